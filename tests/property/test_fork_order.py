"""Whichever branch of a fork a node got first, it comes to the same as every other (P9, 1.4)."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest, rebuild
from protocol.entry import Entry
from protocol.forks import prove_fork
from protocol.header import entry_id, parse_header
from protocol.limits import CHANNELS
from protocol.records import (
    EntryKept,
    NeedAmended,
    NeedWithdrawn,
    ReferralRequested,
    StationDescribed,
    VisitMade,
)
from tests.builders import SALT, Country, LogText, NodeInTest, StationInTest, need
from tests.property import trying

FORKED = ("registry", "needs", "performance")


class Fork:
    """A regional station that signs twice, in some channels, and those who built upon either."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.country = Country()
        self.one = self.country.national.admit("四川", "regional")
        self.other = StationInTest(self.country.network, "四川", self.country.clock)
        self.other.id = self.one.id
        self.witness = self.country.national.admit("浙江", "regional")
        self.needs: list[Entry] = []
        self.kept: list[Entry] = []
        for _ in range(dice.randrange(4)):
            self._act_alike()
        for _ in range(dice.randrange(1, 8)):
            self._act(dice.choice((self.one, self.other)))
        self.one.sign(need("分叉甲"))
        self.other.sign(need("分叉乙"))
        self.known = self.country.national.text()
        self._build_upon()
        self._show()
        self._go_on()

    def _act_alike(self) -> None:
        first = self.one.sign(need("一样的"))
        assert self.other.sign(need("一样的")).id == first.id
        self.needs.append(first)

    def _act(self, station: StationInTest) -> None:
        self.country.clock.now += self.dice.randrange(1, 5_000)
        match self.dice.randrange(5):
            case 0:
                act = station.admit(f"新站{len(self.kept)}")
                self.kept.append(self._last(station, "registry"))
                assert act.id == self.kept[-1].id
            case 1:
                station.sign(StationDescribed(description="服务本地"))
            case 2:
                station.sign(VisitMade(on="2026-11-20", needs_found=1))
            case 3 if self.needs:
                named = self.dice.choice(self.needs)
                fields = need("改过的").model_dump() | {"after": named.id}
                record = self.dice.choice([NeedAmended.model_validate(fields), NeedWithdrawn()])
                self._maybe_keep(station.sign(record, named.id))
            case _:
                self._maybe_keep(station.sign(need("又一条")))

    def _maybe_keep(self, entry: Entry) -> None:
        if self.dice.randrange(2):
            self.kept.append(entry)

    def _last(self, station: StationInTest, channel: str) -> Entry:
        return entries(station.log(channel))[-1]

    def _build_upon(self) -> None:
        for entry in self.kept:
            if entry.header.kind.startswith("need.published"):
                self.witness.sign(ReferralRequested(salt=SALT, need=entry.id, to=self.one.id))
            self.witness.sign(EntryKept(header=entry.line.decode(), content=entry.body.decode()))

    def _show(self) -> None:
        """Every proof there is, from the first difference and from later ones."""
        epoch = self.one.log("needs").id.epoch
        for channel in FORKED:
            if any((channel, epoch) not in each.logs for each in (self.one, self.other)):
                continue
            lines = [each.log(channel).headers for each in (self.one, self.other)]
            for first in range(min(map(len, lines))):
                found = prove_fork(self.country.network.id, lines[0][first:], lines[1][first:])
                if found is not None:
                    self.dice.choice((self.witness, self.country.national)).sign(found[0])

    def _go_on(self) -> None:
        epoch = self.one.log("needs").id.epoch + 10
        self.one.sign(need("新的一期"), epoch=epoch)

    def pieces(self) -> list[bytes]:
        """Every log of everyone, both branches, in pieces of a few entries."""
        cut = []
        for station in (self.one, self.country.national, self.witness, self.other):
            for log in station.logs.values():
                start = 0
                while start < len(log.headers):
                    end = start + self.dice.randrange(1, 4)
                    cut.append(log.text(start, end - 1))
                    start = end
        return cut


def entries(log: LogText) -> list[Entry]:
    pairs = zip(log.headers, log.bodies, strict=True)
    return [Entry(parse_header(line), entry_id(line), line, body) for line, body in pairs]


def deliver(folder: Path, fork: Fork, pieces: list[bytes]) -> tuple[object, ...]:
    """Give a fresh node every piece in this order, again and again until it takes no more."""
    folder.mkdir()
    node = NodeInTest.open("sqlite:///node.db", folder, fork.country.national, PROJECTIONS)
    node.ingest.receive(fork.known, "peer")
    is_news = True
    while is_news:
        outcomes = [each for piece in pieces for each in node.ingest.receive(piece, "peer")]
        is_news = any(each.code == "accepted" for each in outcomes)
    digests = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS))
    buckets = node.store.read(lambda reading: reading.buckets(CHANNELS))
    rebuilt = rebuild(node.store, node.ingest)
    node.close()
    assert rebuilt == digests
    return digests.by_name, buckets, node.ingest.roster.digest()


@trying(12)
@given(seed=st.integers(0, 2**32))
def test_whichever_branch_came_first_the_read_models_and_heads_are_the_same(seed: int) -> None:
    fork = Fork(random.Random(seed))
    pieces = fork.pieces()
    one_first = pieces
    other_first = pieces[::-1]
    shuffled = random.Random(seed + 1).sample(pieces, len(pieces))
    with TemporaryDirectory() as folder:
        found = [
            deliver(Path(folder) / name, fork, order)
            for name, order in (("one", one_first), ("other", other_first), ("dice", shuffled))
        ]
    assert found[0] == found[1] == found[2]
