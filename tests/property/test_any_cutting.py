"""However a log is cut into runs on its way, the same of its entries are accepted (SPEC 6.7)."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from protocol.chain import join_text
from protocol.errors import Code
from protocol.limits import CHANNELS, FUTURE_MS_MAX
from protocol.records import LogCut, Quota, StationDescribed
from tests.builders import DAY_MS, START_MS, Country, LogText, NodeInTest, StationInTest, need
from tests.property import trying

QUOTA = Quota(entries_per_day=8, bytes_per_day=9_000)


def write_logs(country: Country, dice: random.Random) -> StationInTest:
    """A member whose logs run into its quota, past its term, the clock and perhaps a cut."""
    country.clock.now = START_MS + 2 * DAY_MS
    member = country.national.admit("小站", "regional", quota=QUOTA)
    if dice.randrange(2):
        shorter = member.admission(
            "regional", country.national.id, quota=QUOTA, station=member.id, replaces=member.act,
            until_ms=country.clock.now + dice.randrange(3) * DAY_MS,
        )  # fmt: skip
        member.act = country.national.sign(shorter).id
    for channel in ("needs", "registry"):
        time = country.clock.now
        for number in range(dice.randrange(1, 25)):
            time += dice.choice([1, DAY_MS // 9, DAY_MS // 4])
            record = (
                need(f"需求{number}" * dice.randrange(1, 40))
                if channel == "needs"
                else StationDescribed(description=f"第{number}版")
            )
            member.sign(record, time=time)
        if dice.randrange(4) == 0:
            member.sign(record, time=time + 9 * FUTURE_MS_MAX)
    country.clock.now += dice.randrange(4) * DAY_MS
    if dice.randrange(3) == 0:
        country.national.end(member, tuple(cut_of(dice, log) for log in member.logs.values()))
    return member


def cut_of(dice: random.Random, log: LogText) -> LogCut:
    """A cut somewhere in a log."""
    seq = dice.randrange(len(log.headers))
    id_ = log.headers[seq + 1].split(b" ")[6].decode() if seq + 1 < len(log.headers) else None
    assert log.tail is not None
    return LogCut(channel=log.id.channel, epoch=log.id.epoch, seq=seq, id=id_ or log.tail.id)


def pieces_of(log: LogText, dice: random.Random, longest: int) -> list[bytes]:
    """A log in pieces of up to so many entries."""
    pieces, start = [], 0
    while start < len(log.headers):
        end = start + dice.randrange(1, longest + 1)
        pieces.append(join_text(log.headers[start:end], log.bodies[start:end]))
        start = end
    return pieces


def accepted(folder: Path, country: Country, pieces: list[bytes]) -> tuple[list[bytes], object]:
    """What a fresh node holds when it was given everything until no more comes."""
    folder.mkdir()
    node = NodeInTest.open("sqlite:///node.db", folder, country.national)
    node.ingest.receive(country.national.text(), "peer")
    position = -1
    while position != node.store.visible:
        position = node.store.visible
        for piece in pieces:
            for outcome in node.ingest.receive(piece, "peer"):
                assert outcome.code not in (Code.BAD_CHAIN, Code.BAD_SIGNATURE, Code.FORK)
    held = node.store.read(lambda reading: sorted(reading.log_texts()))
    shown = node.store.read(lambda reading: reading.buckets(CHANNELS))
    node.close()
    return b"".join(held).split(b"\n"), shown


@trying(15)
@given(seed=st.integers(0, 2**32), longest=st.integers(1, 9))
def test_any_cutting_of_the_same_logs_gives_the_same_accepted_entries(
    seed: int, longest: int
) -> None:
    dice = random.Random(seed)
    country = Country()
    member = write_logs(country, dice)
    whole = [log.text() for log in member.logs.values()]
    cut = [piece for log in member.logs.values() for piece in pieces_of(log, dice, longest)]
    mixed = dice.sample(cut, len(cut))
    with TemporaryDirectory() as folder:
        results = [
            accepted(Path(folder) / str(number), country, pieces)
            for number, pieces in enumerate((whole, [b"".join(whole)], cut, mixed))
        ]
    assert all(sorted(held) == sorted(results[0][0]) for held, _ in results)
    assert all(shown == results[0][1] for _, shown in results)
