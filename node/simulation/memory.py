"""What a store in memory answers: the contract of the real one, for worlds of thousands of nodes.

What the door, the pen and sync ask of a store it answers alike (tests/simulation proves it against
SQLite). Runs, log states and their hashes are values, so nodes that hold the same hold the same
object. It keeps no read models, and a transaction that fails is not undone: nothing may fail here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from node.simulation.bodies import MemoryBodies, note_absent
from node.simulation.shared import Disk, LogState, MemoryRun, Shared
from node.store import FeedPage, HeldRun, Recent, StoredLog, StoredRun, Writing
from node.store.writing import HELD_PER_PEER_MAX
from protocol.chain import Run
from protocol.cursor import Cursor
from protocol.entry import Tail
from protocol.header import LogId
from protocol.heads import Head, Moved, head_hash
from protocol.limits import BUCKETS, CHANNELS, FEED_ROWS_MAX
from protocol.sync import Wanted, from_anyone

_MODULUS = 2**256


class MemoryTransaction(MemoryBodies, Writing):
    """Reads and writes of one node's memory."""

    def __init__(self, disk: Disk, visible: int, shared: Shared) -> None:
        self._disk = disk
        self._shared = shared
        self.feed_head = visible
        self.appended_to = 0
        self.after_commit = []
        self._asked: LogId | None = None
        self._found: LogState | None = None

    # -- logs and heads

    def _state(self, log: LogId) -> LogState | None:
        if log is self._asked:
            return self._found
        self._asked, self._found = log, None
        for state in self._disk.authors.get(log.author, ()):
            held = state.stored.log
            if held is log or held == log:
                self._found = state
                break
        return self._found

    def _put(self, state: LogState) -> None:
        log = state.stored.log
        others = self._disk.authors.get(log.author, ())
        self._disk.authors[log.author] = self._shared.beside(others, state)
        self._asked, self._found = log, state

    def find_log(self, log: LogId) -> StoredLog | None:
        """The log as stored, or None."""
        state = self._state(log)
        return None if state is None else state.stored

    def heads(self, author: str | None = None, channel: str | None = None) -> list[Head]:
        """The heads as peers are shown them."""
        states = self._all() if author is None else iter(self._disk.authors.get(author, ()))
        heads = (state.public for state in states)
        return [h for h in heads if h is not None and channel in (None, h.log.channel)]

    def _all(self) -> Iterator[LogState]:
        for states in self._disk.authors.values():
            yield from states

    def buckets(self, channels: Sequence[str] = CHANNELS) -> list[int]:
        """The 256 bucket sums."""
        wanted = frozenset(channels)
        known = self._disk.sums.get(wanted)
        if known is None:
            held = [self._disk.buckets[each] for each in wanted if each in self._disk.buckets]
            sums = map(sum, zip(*held, strict=True)) if held else [0] * BUCKETS
            known = self._disk.sums[wanted] = [value % _MODULUS for value in sums]
        return list(known)

    def digest(self, channels: Sequence[str] = CHANNELS) -> str:
        """One word for the bucket sums."""
        wanted = frozenset(channels)
        known = self._disk.digests.get(wanted)
        if known is None:
            known = self._disk.digests[wanted] = super().digest(channels)
        return known

    def heads_in(self, buckets: Sequence[int], channels: Sequence[str] = CHANNELS) -> list[Head]:
        """The heads whose log falls into one of these buckets."""
        wanted, kinds = frozenset(buckets), frozenset(channels)
        return [
            state.public
            for state in self._all()
            if state.bucket in wanted
            and state.public is not None
            and state.public.log.channel in kinds
        ]

    # -- entries

    def runs(self, log: LogId, first: int = 0, last: int | None = None) -> Iterator[StoredRun]:
        """The stored runs that cover a range of a log, cut to it."""
        state = self._state(log)
        if state is None:
            return
        end = state.stored.tail.seq if last is None else min(last, state.stored.tail.seq)
        starts = [run.first for run in state.runs]
        for run in state.runs[max(0, bisect_right(starts, max(0, first)) - 1) :]:
            if run.first > end:
                return
            yield _cut(run, max(0, first), end)

    def head(self, log: LogId) -> Tail | None:
        """Where the log stands here."""
        state = self._state(log)
        return None if state is None else state.stored.tail

    def range(self, log: LogId, first: int, last: int) -> tuple[list[bytes], list[bytes]]:
        """Header lines and body lines of a range of a log."""
        state = self._state(log)
        if state is None:
            return [], []
        if len(state.runs) == 1:
            headers, bodies = state.runs[0].split
            return headers[max(0, first) : last + 1], bodies[max(0, first) : last + 1]
        return super().range(log, first, last)

    def volume(self, log: LogId, since_ms: int) -> tuple[int, int, int]:
        """What runs reaching past a TIME hold of a log."""
        state = self._state(log)
        if state is None:
            return 0, 0, 0
        late = [run for run in state.runs if run.last_time > since_ms]
        if not late:
            return state.stored.tail.seq + 1, 0, 0
        return late[0].first, sum(r.count for r in late), sum(r.line_bytes for r in late)

    def epochs(self, author: str, channel: str) -> list[int]:
        """The epochs held of one author's channel."""
        logs = (state.stored.log for state in self._disk.authors.get(author, ()))
        return [log.epoch for log in logs if log.channel == channel]

    def authors(self) -> list[str]:
        """The keys of all authors."""
        return list(self._disk.authors)

    def logs(self, author: str) -> list[StoredLog]:
        """The logs held of one author."""
        return [state.stored for state in self._disk.authors.get(author, ())]

    def log_runs(
        self, channels: Sequence[str] = CHANNELS, author: str | None = None
    ) -> Iterator[StoredRun]:
        """Every stored run, registry first."""
        states = self._all() if author is None else iter(self._disk.authors.get(author, ()))
        for state in sorted(states, key=lambda each: each.stored.log.channel != "registry"):
            if state.stored.log.channel in channels:
                yield from state.runs

    def append(self, run: Run, source: str, erased: frozenset[int] = frozenset()) -> int:
        """Append a verified run to its log and to the feed."""
        before = self._state(run.log)
        assert run.first == (0 if before is None else before.stored.tail.seq + 1)
        after = self._shared.grow(before, run)
        self._put(after)
        self._move(run.log.channel, before, after)
        self._disk.feed.append(after.runs[-1])
        self._disk.sources.append(source)
        self._disk.entries += len(run.ids)
        self.appended_to = self.last_position()
        note_absent(self._disk, after.runs[-1], self.appended_to, erased)
        return self.appended_to

    def drop_feed(self, up_to: int) -> None:
        """Forget the feed's rows up to a position."""
        assert self.feed_floor <= up_to <= self.feed_head
        gone = up_to - self._disk.feed_floor
        del self._disk.feed[:gone], self._disk.sources[:gone]
        self._disk.feed_floor = up_to

    def _move(self, channel: str, before: LogState | None, after: LogState) -> None:
        self._disk.sums.clear()
        self._disk.digests.clear()
        sums = self._disk.buckets.setdefault(channel, [0] * BUCKETS)
        old = before.adds if before is not None and before.public is not None else 0
        new = after.adds if after.public is not None else 0
        sums[after.bucket] = (sums[after.bucket] - old + new) % _MODULUS

    def show_head(self, log: LogId, public: Tail | None) -> None:
        """Show peers another head than the tail."""
        state = self._state(log)
        assert state is not None
        head = None if public is None else Head(log, *public)
        if head == state.public:
            return
        moved = None if head is None else Moved(head, state.runs[-1].first)
        shown = state._replace(
            public=head, adds=0 if head is None else head_hash(head), moved=moved
        )
        self._put(shown)
        self._move(log.channel, state, shown)

    def last_position(self) -> int:
        """The last feed position given out."""
        return self._disk.last_position

    def flush(self) -> None:
        """Nothing is gathered here."""

    # -- the feed

    @property
    def feed_epoch(self) -> int:
        """Which feed the positions belong to."""
        return self._disk.feed_epoch

    @property
    def feed_floor(self) -> int:
        """The last feed position whose row is gone."""
        return self._disk.feed_floor

    def feed(
        self,
        after: int,
        channels: Sequence[str] = CHANNELS,
        bytes_max: int = 1024 * 1024,
        is_wanted: Wanted = from_anyone,
    ) -> FeedPage:
        """The next page of the feed."""
        runs: list[StoredRun] = []
        size, floor = 0, self._disk.feed_floor
        begin = position = max(after, floor)
        feed, sources = self._disk.feed, self._disk.sources
        while position < self.feed_head and position - begin < FEED_ROWS_MAX:
            run = feed[position - floor]
            if run.log.channel in channels and is_wanted(sources[position - floor]):
                size += run.line_bytes + 2 * run.count
                if size > bytes_max and runs:
                    break
                runs.append(run)
            position += 1
        return FeedPage(runs, position, position < self.feed_head)

    def recent(
        self,
        after: int,
        channels: Sequence[str] = CHANNELS,
        is_wanted: Wanted = from_anyone,
        up_to: int | None = None,
    ) -> Recent:
        """Where the logs stand of which runs came after a position."""
        end = self.feed_head if up_to is None else up_to
        floor = self._disk.feed_floor
        begin = max(after, floor)
        position = min(end, begin + FEED_ROWS_MAX)
        moved: dict[LogId, Moved] = {}
        authors = self._disk.authors
        rows = slice(begin - floor, position - floor)
        for run, source in zip(self._disk.feed[rows], self._disk.sources[rows], strict=True):
            log = run.log
            if not is_wanted(source) or log.channel not in channels or log in moved:
                continue
            for state in authors[log.author]:
                held = state.stored.log
                if (held is log or held == log) and (head := state.moved) is not None:
                    moved[log] = head if head.first == run.first else head._replace(first=run.first)
        return Recent(list(moved.values()), max(after, position), position < end)

    def heads_of(self, logs: Iterable[LogId]) -> list[Head]:
        """The heads of these logs, as peers are shown them."""
        found = map(self._state, logs)
        return [state.public for state in found if state is not None and state.public is not None]

    # -- peers

    def cursor(self, peer: str, filter: str = "") -> Cursor | None:
        """How far that peer's feed was taken."""
        return self._disk.cursors.get((peer, filter))

    def set_cursor(self, peer: str, cursor: Cursor) -> None:
        """Note how far a peer's feed was taken."""
        self._disk.cursors[peer, cursor.filter] = cursor

    def held(self, peer: str | None = None, due_ms: int | None = None) -> list[HeldRun]:
        """Runs not accepted so far."""
        found = [
            run
            for run in self._disk.held.values()
            if peer in (None, run.peer) and (due_ms is None or run.retry_at <= due_ms)
        ]
        return sorted(found, key=lambda run: (run.retry_at, run.log.author, run.log.channel))

    def hold(self, run: HeldRun) -> None:
        """Note a run that was not accepted."""
        if sum(each.peer == run.peer for each in self._disk.held.values()) < HELD_PER_PEER_MAX:
            self._disk.held[run.peer, run.log] = run

    def release(self, log: LogId, peer: str | None = None) -> None:
        """Forget held runs of a log."""
        if self._disk.held:
            gone = [k for k in self._disk.held if k[1] == log and peer in (None, k[0])]
            for key in gone:
                del self._disk.held[key]

    def recall(self, codes: Sequence[str]) -> None:
        """Make held runs with these codes due at once."""
        for key, run in self._disk.held.items():
            if run.code in codes:
                self._disk.held[key] = run._replace(retry_at=0)

    def meta(self, name: str) -> str | None:
        """One small fact."""
        return self._disk.meta.get(name)

    def set_meta(self, name: str, value: str) -> None:
        """Note one small fact."""
        self._disk.meta[name] = value

    def counts(self) -> Mapping[str, int]:
        """How many entries are held, per channel and in all."""
        counts = dict.fromkeys(CHANNELS, 0)
        logs = 0
        for state in self._all():
            counts[state.stored.log.channel] += state.stored.tail.seq + 1
            logs += 1
        return counts | {"entries": sum(counts.values()), "logs": logs}


def _cut(run: MemoryRun, first: int, last: int) -> StoredRun:
    if run.first >= first and run.first + run.count - 1 <= last:
        return run
    return StoredRun(run.log, run.first, run.count, run.headers, run.bodies).cut(first, last)
