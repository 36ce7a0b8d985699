"""What nodes that hold the same runs share: runs, log states and what they add to buckets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from node.store import Erasure, HeldRun, StoredLog, StoredRun
from node.store.writing import line_bytes_of
from protocol.chain import Run, join_text
from protocol.cursor import Cursor
from protocol.header import LogId, parse_header
from protocol.heads import Head, Moved, head_hash, place_of


class MemoryRun(StoredRun):
    """A stored run that keeps its text, its lines and its largest TIME at hand."""

    __slots__ = ("joined", "last_time", "line_bytes", "split")

    joined: bytes
    split: tuple[list[bytes], list[bytes]]
    last_time: int
    line_bytes: int

    def lines(self) -> tuple[list[bytes], list[bytes]]:
        """Header lines and body lines, without LF."""
        return self.split

    def text(self) -> bytes:
        """The run as log text."""
        return self.joined


class LogState(NamedTuple):
    """One log as it stands at some node.

    ``adds`` is what its public head adds to its bucket; ``moved`` is its head and where its last
    run begins.
    """

    stored: StoredLog
    runs: tuple[MemoryRun, ...]
    public: Head | None
    adds: int
    bucket: int
    moved: Moved | None


@dataclass(frozen=True, slots=True)
class _Grown:
    """What appending a run to a state gives; both are kept, so that their ids stay theirs."""

    before: LogState | None
    run: Run
    after: LogState


class Shared:
    """Values that many stores hold: log states by what they grew from."""

    def __init__(self) -> None:
        self._grown: dict[tuple[int, int], _Grown] = {}
        self._beside: dict[tuple[int, ...], tuple[LogState, ...]] = {}

    def grow(self, before: LogState | None, run: Run) -> LogState:
        """The log's state after a run."""
        key = (id(before), id(run))
        known = self._grown.get(key)
        if known is None:
            known = self._grown[key] = _Grown(before, run, _appended(before, run))
        return known.after

    def beside(self, others: tuple[LogState, ...], state: LogState) -> tuple[LogState, ...]:
        """An author's logs with one of them in a new state.

        Which states they are decides it, and the tuple that is kept holds them all, so that their
        ids stay theirs.
        """
        log = state.stored.log
        logs = (*(each for each in others if each.stored.log != log), state)
        return self._beside.setdefault(tuple(map(id, logs)), logs)


def _appended(before: LogState | None, run: Run) -> LogState:
    size = line_bytes_of(run)
    stored = _stored(run.log, run.first, list(run.headers), list(run.bodies), run.times[-1], size)
    total = size + (before.stored.line_bytes if before else 0)
    head = Head(run.log, *run.tail)
    runs = (*(before.runs if before else ()), stored)
    log = StoredLog(0, run.log, run.tail, total)
    moved = Moved(head, run.first)
    return LogState(log, runs, head, head_hash(head), place_of(run.log)[0], moved)


def _stored(
    log: LogId, first: int, headers: list[bytes], bodies: list[bytes], last_time: int, size: int
) -> MemoryRun:
    run = MemoryRun(
        log, first, len(headers), b"\n".join(headers) + b"\n", b"\n".join(bodies) + b"\n"
    )
    for name, value in (
        ("joined", join_text(headers, bodies)),
        ("split", (headers, bodies)),
        ("last_time", last_time),
        ("line_bytes", size),
    ):
        object.__setattr__(run, name, value)
    return run


def with_bodies(run: MemoryRun, bodies: Mapping[int, bytes]) -> MemoryRun:
    """The run with other body lines, by seq; itself where none of them is in it."""
    within = {seq: body for seq, body in bodies.items() if run.holds(seq)}
    if not within:
        return run
    headers, lines = run.split
    lines = [within.get(seq, body) for seq, body in enumerate(lines, run.first)]
    return _stored(run.log, run.first, headers, lines, run.last_time, run.line_bytes)


def part_of(run: MemoryRun, first: int, count: int) -> MemoryRun:
    """Some consecutive entries of a run as a run."""
    headers, bodies = run.split
    span = slice(first - run.first, first - run.first + count)
    lines, given = headers[span], bodies[span]
    size = sum(map(len, lines)) + sum(map(len, given))
    return _stored(run.log, first, lines, given, parse_header(lines[-1]).time, size)


class AbsentAt(NamedTuple):
    """A body that is not held: its SIZE, where the feed stood, whether it is erased."""

    size: int
    position: int
    erased: bool


class Disk:
    """All that one node holds."""

    def __init__(self, feed_epoch: int) -> None:
        self.authors: dict[str, tuple[LogState, ...]] = {}
        self.feed_floor = 0
        self.feed: list[MemoryRun] = []
        self.sources: list[str] = []
        self.entries = 0
        self.buckets: dict[str, list[int]] = {}
        self.sums: dict[frozenset[str], list[int]] = {}
        self.digests: dict[frozenset[str], str] = {}
        self.cursors: dict[tuple[str, str], Cursor] = {}
        self.held: dict[tuple[str, LogId], HeldRun] = {}
        self.meta: dict[str, str] = {}
        self.absent: dict[LogId, dict[int, AbsentAt]] = {}
        self.erasures: list[Erasure] = []
        self.feed_epoch = feed_epoch

    @property
    def last_position(self) -> int:
        """The last feed position given out."""
        return self.feed_floor + len(self.feed)

    def copy(self) -> "Disk":
        """A second disk with the same content."""
        other = Disk(self.feed_epoch)
        other.authors = dict(self.authors)
        other.feed_floor = self.feed_floor
        other.feed, other.sources = list(self.feed), list(self.sources)
        other.entries = self.entries
        other.buckets = {channel: list(values) for channel, values in self.buckets.items()}
        other.meta = dict(self.meta)
        other.absent = {log: dict(marks) for log, marks in self.absent.items()}
        other.erasures = list(self.erasures)
        return other
