"""Whatever a member signs, no node stumbles over it: it has effect, or is inert with a reason."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest, rebuild
from protocol.limits import CHANNELS
from protocol.records import KINDS
from tests.builders import Country, NodeInTest, StationInTest, need
from tests.property import trying
from tests.property.hostile_bytes import EDIT_BYTES, TARGETS, spoil
from tests.unit.protocol.samples import A, B, C

RECORDS = next(target for target in TARGETS if target.name == "record")
acts = st.tuples(
    st.integers(0, len(RECORDS.corpus) - 1),
    st.binary(max_size=3 * EDIT_BYTES),
    st.integers(0, 7),
)


def sign_all(member: StationInTest, said: list[tuple[int, bytes, int]]) -> None:
    """Sign spoilt bodies of any kind, about anything that was signed before."""
    subjects = [member.sign(need()).id, member.id]
    for start, edits, about in said:
        *_, raw = spoil(RECORDS, start, edits)
        kind, _, body = RECORDS.corpus[start].partition(b" ")
        body = raw.removeprefix(kind + b" ").replace(b"\n", b"")[:65_536] or b"{}"
        for sample, id_ in zip((A, B, C), subjects[::-1], strict=False):
            body = body.replace(sample.encode(), id_.encode())
        channel = KINDS[kind.decode()].CHANNEL
        channel = channel if channel in CHANNELS else "needs"
        subject = ([*subjects, "-"])[about % (len(subjects) + 1)]
        subjects.append(member.sign_raw(channel, kind.decode(), body.ljust(2), subject).id)


@trying(8)
@given(level=st.sampled_from(["regional", "grassroots"]), said=st.lists(acts, max_size=20))
def test_what_a_hostile_member_signs_is_taken_in_and_folded_the_same_again(
    level: str, said: list[tuple[int, bytes, int]]
) -> None:
    country = Country()
    member = country.national.admit("恶意站", level)
    sign_all(member, said)
    with TemporaryDirectory() as folder:
        node = NodeInTest.open("sqlite:///node.db", Path(folder), country.national, PROJECTIONS)
        node.ingest.receive(country.national.text(), "peer")
        outcomes = node.ingest.receive(member.text(), "peer")
        assert {outcome.code for outcome in outcomes} == {"accepted"}
        digest = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS))
        assert rebuild(node.store, node.ingest) == digest
        node.close()
