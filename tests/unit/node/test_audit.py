"""The audit of inner signatures: bounded, thorough, and shown to all (SPEC 5.3)."""

from collections.abc import Callable

import pytest

from node.audit import audit_next, audited_to, note_audited
from node.forks import find_forks, find_showing, settle_showing
from node.readmodels import PROJECTIONS, entries
from protocol.header import LogId, entry_id, is_header_signed
from protocol.limits import RUN_ENTRIES_MAX
from protocol.records import FlawShown, Quota
from tests.builders import Country, NodeInTest, StationInTest, need

Open = Callable[..., NodeInTest]


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional")


@pytest.fixture
def node(open_node: Open, country: Country, sichuan: StationInTest) -> NodeInTest:
    """The node of another region, which has heard who is a member."""
    witness = country.national.admit("浙江", "regional")
    made = open_node(witness, PROJECTIONS)
    made.ingest.receive(country.national.text(), "peer")
    return made


def sign_badly(station: StationInTest, title: str) -> None:
    """Append an entry whose signature is nobody's; what follows names it all the same."""
    station.sign(need(title))
    log = station.log("needs")
    assert log.tail is not None
    line = log.headers[-1][:-86] + b"A" * 86
    log.headers[-1] = line
    log.tail = log.tail._replace(id=entry_id(line))


def audit(node: NodeInTest) -> int:
    """What the job does, until it comes to the feed's end; how many pieces that took."""
    pieces = 0
    while audit_piece(node):
        pieces += 1
    return pieces


def audit_piece(node: NodeInTest) -> bool:
    ingest = node.ingest
    found = node.store.read(lambda r: audit_next(r, ingest.roster, ingest.network.id))
    if found.position == found.before:
        return False
    node.store.write(lambda tx: note_audited(tx, found))
    return True


def show(node: NodeInTest) -> list[str]:
    """What the job that shows evidence does; the kinds it published."""
    ingest, key, network = node.ingest, node.station.key.public, node.ingest.network.id
    showing = node.store.read(lambda r: find_showing(r, ingest.roster, network, key))
    made = node.publisher.publish_many([(record, "-") for record in showing.records])
    node.store.write(lambda tx: settle_showing(tx, showing))
    return [entry.header.kind for entry in made]


def codes(node: NodeInTest, text: bytes) -> list[str]:
    return [str(each.code) for each in node.ingest.receive(text, "peer")]


def reasons(node: NodeInTest, station: StationInTest) -> list[str]:
    found = node.store.read(
        lambda r: entries.find(r, station=station.id, channel="needs", limit=500)
    )
    return [each.reason for each in sorted(found, key=lambda each: each.seq)]


def test_the_first_entry_its_author_did_not_sign_disputes_what_follows(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    sichuan.sign(need("好的"))
    sign_badly(sichuan, "坏的")
    sign_badly(sichuan, "又一条坏的")
    sichuan.sign(need("末尾的签名是好的"))
    assert codes(node, sichuan.text("needs")) == ["accepted"]
    assert reasons(node, sichuan) == [""] * 5

    audit(node)

    assert show(node) == [FlawShown.KIND]
    assert show(node) == []
    assert reasons(node, sichuan) == ["", "", "disputed", "disputed", "disputed"]
    heads = node.store.read(lambda r: r.heads(sichuan.key.public, "needs"))
    assert [head.seq for head in heads] == [1]
    seen = node.store.read(lambda r: find_forks(r, node.ingest.roster))
    assert [(each.station, each.seq) for each in seen] == [(sichuan.id, 2)]


def test_a_node_that_learns_of_the_flaw_first_takes_in_what_comes_before_it(
    node: NodeInTest, open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    sichuan.sign(need("好的"))
    sign_badly(sichuan, "坏的")
    sichuan.sign(need("末尾"))
    codes(node, sichuan.text("needs"))
    audit(node)
    show(node)
    late = open_node(country.national, PROJECTIONS, name="late")
    late.ingest.receive(node.store.read(lambda r: b"".join(r.log_texts(("registry",)))), "peer")

    assert codes(late, sichuan.log("needs").text(0, 1)) == ["accepted"]
    assert codes(late, sichuan.text("needs")) == ["duplicate"]
    assert late.store.read(lambda r: r.buckets(("needs",))) == node.store.read(
        lambda r: r.buckets(("needs",))
    )


def test_evidence_found_twice_is_shown_once(
    node: NodeInTest, open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    sign_badly(sichuan, "坏的")
    sichuan.sign(need("末尾"))
    other = open_node(country.national, PROJECTIONS, name="other")
    for each in (node, other):
        each.ingest.receive(country.national.text() + sichuan.text("needs"), "peer")
    audit(node)
    show(node)
    other.ingest.receive(node.store.read(lambda r: b"".join(r.log_texts(("registry",)))), "peer")

    audit(other)

    assert show(other) == []


def test_a_piece_of_the_audit_is_bounded_and_the_next_goes_on_where_it_ended(
    node: NodeInTest, sichuan: StationInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2 * RUN_ENTRIES_MAX - 1):
        sichuan.sign(need(f"需求{number}"))
    codes(node, sichuan.text("needs"))
    checked: list[bytes] = []

    def counting(line: bytes, author: str) -> bool:
        checked.append(line)
        return is_header_signed(line, author)

    monkeypatch.setattr("node.audit.AUDIT_BYTES", 64 * 1024)
    monkeypatch.setattr("protocol.flaws.is_header_signed", counting)

    pieces = audit(node)

    assert pieces >= 3
    assert len(set(checked)) == len(checked)
    assert set(sichuan.log("needs").headers) <= set(checked)
    assert node.store.read(audited_to) == node.store.visible
    assert audit(node) == 0


def test_what_this_node_signed_itself_is_not_audited(
    node: NodeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit(node)
    node.publisher.publish_many([(need(), "-"), (need(), "-")])
    monkeypatch.setattr("protocol.flaws.is_header_signed", lambda line, author: 1 / 0)

    assert audit(node) == 1


def test_a_run_that_can_only_be_cut_at_a_flaw_tells_against_its_author(
    open_node: Open, country: Country
) -> None:
    small = country.national.admit("小站", "regional", quota=Quota(entries_per_day=3))
    witness = open_node(country.national.admit("浙江", "regional"), PROJECTIONS)
    witness.ingest.receive(country.national.text(), "peer")
    small.sign(need("好的"))
    sign_badly(small, "坏的")
    small.sign(need("末尾"))

    assert codes(witness, small.text("needs")) == ["bad-signature"]

    assert show(witness) == [FlawShown.KIND]
    assert codes(witness, small.text("needs")) == ["accepted"]
    held = witness.store.read(lambda r: r.head(LogId(small.key.public, "needs", epoch_of(small))))
    assert held is not None
    assert held.seq == 1


def epoch_of(station: StationInTest) -> int:
    return station.log("needs").id.epoch
