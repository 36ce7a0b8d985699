"""Whatever happens between nodes, each holds beginnings of logs that their authors signed.

A state machine over real stores, with plain dictionaries as the model: what was signed of every
log, and how much of it each node holds. After every step a node's logs, heads and buckets are
those of the model; in the end all compare with all, and hold the same.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from node.store import merge_chunks
from protocol.chain import join_text
from protocol.errors import Code
from protocol.header import LogId
from protocol.heads import fold_heads
from protocol.limits import CHANNELS, INTEGER_MAX
from protocol.messages import ACCEPTED, DUPLICATE
from protocol.pull import pull
from protocol.push import push
from protocol.reconciling import reconcile
from tests.builders import Country, NodeInTest, StationInTest, need, result
from tests.property import trying
from tests.property.conversing import converse, peer_of

NODES = ("四川", "浙江", "广东")
MEMBERS_MAX = 3
SLICE_MAX = 8
SHM = Path("/dev/shm")

names = st.sampled_from(NODES)
numbers = st.integers(0, 40)
slices = st.tuples(numbers, numbers, st.integers(0, SLICE_MAX - 1))

Held = dict[LogId, int]


class Histories(RuleBasedStateMachine):
    """Three regional nodes; members of others, signed for by hand, pass through them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir=SHM if SHM.is_dir() else None)
        self.country = Country()
        self.members: list[StationInTest] = []
        self.admitted_at: dict[str, int] = {}
        self.signed: dict[LogId, list[tuple[bytes, bytes]]] = {}
        self.held: dict[str, Held] = {name: {} for name in NODES}
        self.saved: dict[str, Held] = {}
        self.strayed: set[tuple[str, str]] = set()
        self.stations = {name: self._admit(name) for name in NODES}
        self.nodes: dict[str, NodeInTest] = {}
        for name in NODES:
            self._path(name).mkdir()
            self._open(name)
            self._receive(name, self.registry, 0, len(self.signed[self.registry]) - 1)

    def teardown(self) -> None:
        """Everyone compares with everyone, and all hold what anyone held."""
        for _ in range(2):
            for one in NODES:
                for other in NODES:
                    if one != other:
                        self._compare(one, other)
        assert self._filled(NODES[0]) == self._filled(NODES[1]) == self._filled(NODES[2])
        for node in self.nodes.values():
            node.close()
        self.folder.cleanup()

    # -- what happens

    @rule(name=names, count=st.integers(1, 3), is_need=st.booleans())
    def publish(self, name: str, count: int, is_need: bool) -> None:
        """A node never signs for a position for which it signed before, whatever it has lost."""
        self.country.clock.now += 400
        node = self.nodes[name]
        drafts = [(need(f"需求{n}") if is_need else result(f"成果{n}"), "-") for n in range(count)]
        entries = node.publisher.publish_many(drafts)
        log = entries[-1].header.log
        known = self.signed.get(log, [])
        lines = self._lines(name, log)
        assert lines[: len(known)] == known
        assert len(lines) - len(known) in (count, count + 1)
        self.signed[log] = lines
        self.held[name][log] = len(lines)
        self._check(name)

    @precondition(lambda self: len(self.members) < MEMBERS_MAX)
    @rule()
    def admit(self) -> None:
        self._admit(f"小站{len(self.members)}")

    @precondition(lambda self: self.members)
    @rule(which=numbers, count=st.integers(1, 4))
    def sign_by_hand(self, which: int, count: int) -> None:
        member = self.members[which % len(self.members)]
        for number in range(count):
            self.country.clock.now += 1
            member.sign(need(f"又一条{number}"))
        self._note(member, "needs")

    @rule(name=names, piece=slices)
    def hand_over(self, name: str, piece: tuple[int, int, int]) -> None:
        self._receive(name, *self._slice(*piece))

    @rule(name=names, which=numbers)
    def hand_over_again(self, name: str, which: int) -> None:
        held = sorted(self._filled(name).items())
        log, count = held[which % len(held)]
        assert self._receive(name, log, max(0, count - 20), count - 1) == DUPLICATE

    @rule(name=names, pieces=st.lists(slices, min_size=2, max_size=5))
    def hand_over_in_disorder(self, name: str, pieces: list[tuple[int, int, int]]) -> None:
        text = b"".join(self._text(*self._slice(*piece)) for piece in pieces)
        self.nodes[name].ingest.receive(text, "peer")
        self._adopt(name)

    @rule(name=names, piece=slices, place=st.integers(0, 2**16), bit=st.integers(0, 7))
    def hand_over_spoilt(
        self, name: str, piece: tuple[int, int, int], place: int, bit: int
    ) -> None:
        text = bytearray(self._text(*self._slice(*piece)))
        text[place % len(text)] ^= 1 << bit
        self.nodes[name].ingest.receive(bytes(text), "peer")
        self._adopt(name)

    @rule(one=names, other=names)
    def pull(self, one: str, other: str) -> None:
        if one == other:
            return
        me, peer = self.nodes[one], self.nodes[other]
        converse(me, peer, pull(peer_of(me, peer), 0))
        if (one, other) in self.strayed:
            self._adopt(one)
        else:
            self._merge(one, other)

    @rule(one=names, other=names)
    def push(self, one: str, other: str) -> None:
        if one == other:
            return
        me, peer = self.nodes[one], self.nodes[other]
        converse(me, peer, push(peer_of(me, peer), None))
        self._merge(other, one)

    @rule(one=names, other=names)
    def compare(self, one: str, other: str) -> None:
        if one != other:
            self._compare(one, other)

    @rule(name=names)
    def restart(self, name: str) -> None:
        self.nodes[name].close()
        self._open(name)
        self._check(name)

    @rule(name=names)
    def merge_small_chunks(self, name: str) -> None:
        self.nodes[name].store.write(merge_chunks)
        self._check(name)

    @rule(name=names)
    def save(self, name: str) -> None:
        """A copy of the disk, but for the guard file."""
        self.nodes[name].close()
        shutil.copy(self._path(name) / "node.db", self._path(name) / "saved")
        self._open(name)
        self.saved[name] = dict(self.held[name])

    @precondition(lambda self: self.saved)
    @rule(which=numbers)
    def roll_back(self, which: int) -> None:
        """The disk goes back in time; until heads are compared feeds and cursors may not fit."""
        name = sorted(self.saved)[which % len(self.saved)]
        self.nodes[name].close()
        for left in self._path(name).glob("node.db*"):
            left.unlink()
        shutil.copy(self._path(name) / "saved", self._path(name) / "node.db")
        self._open(name)
        self.held[name] = dict(self.saved[name])
        self.strayed |= {pair for each in NODES for pair in ((name, each), (each, name))}
        self._check(name)

    # -- the model

    @property
    def registry(self) -> LogId:
        return self.country.national.log("registry").id

    def _admit(self, name: str) -> StationInTest:
        station = self.country.national.admit(name, "regional")
        self._note(self.country.national, "registry")
        self.admitted_at[station.key.public] = len(self.signed[self.registry]) - 1
        if name not in NODES:
            self.members.append(station)
        return station

    def _note(self, station: StationInTest, channel: str) -> None:
        log = station.log(channel)
        self.signed[log.id] = list(zip(log.headers, log.bodies, strict=True))

    def _filled(self, name: str) -> Held:
        return {log: count for log, count in self.held[name].items() if count}

    def _text(self, log: LogId, first: int, last: int) -> bytes:
        lines = self.signed[log][first : last + 1]
        return join_text([line for line, _ in lines], [body for _, body in lines])

    def _slice(self, which: int, first: int, more: int) -> tuple[LogId, int, int]:
        """A stretch of some log: its first and its last seq."""
        log = sorted(self.signed)[which % len(self.signed)]
        first %= len(self.signed[log])
        return log, first, min(first + more, len(self.signed[log]) - 1)

    def _expected(self, name: str, log: LogId, first: int, last: int) -> str:
        """What the rules say of a stretch of a log that is handed to a node (SPEC 5)."""
        held = self.held[name].get(log, 0)
        if last < held:
            return DUPLICATE
        if self.held[name].get(self.registry, 0) <= self.admitted_at.get(log.author, -1):
            return Code.NOT_ADMITTED
        return Code.GAP if first > held else ACCEPTED

    # -- the nodes

    def _path(self, name: str) -> Path:
        return Path(self.folder.name) / name

    def _open(self, name: str) -> None:
        station = self.stations[name]
        self.nodes[name] = NodeInTest.open("sqlite:///node.db", self._path(name), station)

    def _lines(self, name: str, log: LogId) -> list[tuple[bytes, bytes]]:
        held = self.nodes[name].store.read(lambda reading: reading.range(log, 0, INTEGER_MAX))
        return list(zip(*held, strict=True))

    def _receive(self, name: str, log: LogId, first: int, last: int) -> str:
        expected = self._expected(name, log, first, last)
        (outcome,) = self.nodes[name].ingest.receive(self._text(log, first, last), "peer")
        assert outcome.code == expected, outcome
        if expected == ACCEPTED:
            self.held[name][log] = last + 1
        assert outcome.next == self.held[name].get(log, 0)
        self._check(name)
        return expected

    def _compare(self, one: str, other: str) -> None:
        me, peer = self.nodes[one], self.nodes[other]
        converse(me, peer, reconcile(peer_of(me, peer), CHANNELS))
        self._merge(one, other)
        self.strayed.discard((one, other))

    def _merge(self, one: str, other: str) -> None:
        """``one`` holds everything now that ``other`` holds."""
        for log, count in self.held[other].items():
            self.held[one][log] = max(count, self.held[one].get(log, 0))
        self._check(one, other)

    def _adopt(self, name: str) -> None:
        """A node may have taken some of what it was given; it has not lost anything by it."""
        heads = self.nodes[name].store.read(lambda reading: reading.heads())
        for head in heads:
            assert head.seq + 1 >= self.held[name].get(head.log, 0)
            self.held[name][head.log] = head.seq + 1
        self._check(name)

    def _check(self, *changed: str) -> None:
        """What these nodes hold is what the model says, byte for byte."""
        for name in changed:
            store = self.nodes[name].store
            heads = store.read(lambda reading: reading.heads())
            assert {head.log: head.seq + 1 for head in heads} == self._filled(name)
            for log, count in self._filled(name).items():
                assert self._lines(name, log) == self.signed[log][:count]
            assert store.read(lambda reading: reading.buckets(CHANNELS)) == fold_heads(heads)


TestHistories = Histories.TestCase
TestHistories.settings = trying(12, steps=30)
