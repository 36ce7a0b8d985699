"""What can be asked of the store: heads, the feed, ranges, cursors, held runs (DESIGN 2.1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from node.errors import NotFoundError
from node.store import queries
from node.store.bodies import ReadingBodies
from node.store.feed import read_feed, read_recent
from node.store.plain import ask, ask_one
from node.store.stored import FeedPage, HeldRun, Recent, StoredLog, StoredRun
from node.store.tables import CHUNK, LOG
from protocol.cursor import Cursor
from protocol.entry import Entry, Tail
from protocol.header import LogId, entry_id, parse_header
from protocol.heads import Head, heads_digest
from protocol.limits import BUCKETS, CHANNELS
from protocol.sync import Wanted, from_anyone

FEED_FLOOR = "feed_floor"


class Reading(ReadingBodies):
    """One consistent look at the store; valid inside the closure it was handed to.

    ``connection`` is for the queries of read models. ``visible`` is the last feed position that
    may be shown to peers: own entries are shown only once the guard file has them.
    """

    def __init__(self, connection: Connection, visible: int, feed_epoch: int | None = None) -> None:
        self.connection = connection
        self.feed_head = visible
        self._feed_epoch = feed_epoch

    def _settle(self) -> None:
        """Hook of :class:`~node.store.writing.Writing`: write out what is still gathered."""

    # -- logs and heads

    def find_log(self, log: LogId) -> StoredLog | None:
        """The log as stored, or None when nothing of it is held."""
        row = ask_one(self.connection, queries.LOG_OF, log._asdict())
        if row is None:
            return None
        return StoredLog(row[0], log, Tail(row[1], row[2], row[3]), row[4])

    def head(self, log: LogId) -> Tail | None:
        """Where the log stands here, or None when nothing of it is held."""
        found = self.find_log(log)
        return found and found.tail

    def heads(self, author: str | None = None, channel: str | None = None) -> list[Head]:
        """The heads held, of one author or channel or of all, as peers are shown them."""
        self._settle()
        query = queries.heads(author is not None, channel is not None)
        found = ask(self.connection, query, _given(of=author, within=channel))
        return [_head(row) for row in found]

    def buckets(self, channels: Sequence[str] = CHANNELS) -> list[int]:
        """The 256 bucket sums over the heads of these channels (SPEC 7.5)."""
        self._settle()
        sums = [0] * BUCKETS
        for bucket, value in ask(self.connection, queries.buckets(tuple(channels))):
            sums[bucket] = (sums[bucket] + int.from_bytes(value, "big")) % 2**256
        return sums

    def digest(self, channels: Sequence[str] = CHANNELS) -> str:
        """One word for the bucket sums (SPEC 7.3)."""
        return heads_digest(self.buckets(channels))

    def heads_in(self, buckets: Sequence[int], channels: Sequence[str] = CHANNELS) -> list[Head]:
        """The heads whose log falls into one of these buckets, in these channels."""
        self._settle()
        query = select(*queries.HEAD_COLUMNS).where(
            queries.PUBLIC, LOG.c.channel.in_(channels), LOG.c.bucket.in_(buckets)
        )
        return [_head(row) for row in self.connection.execute(query.order_by(LOG.c.number))]

    def heads_of(self, logs: Iterable[LogId]) -> list[Head]:
        """The heads of these logs, as peers are shown them."""
        self._settle()
        found = (ask_one(self.connection, queries.HEAD_OF, log._asdict()) for log in logs)
        return [_head(row) for row in found if row is not None]

    # -- entries

    def runs(self, log: LogId, first: int = 0, last: int | None = None) -> Iterator[StoredRun]:
        """The stored runs that cover ``first`` to ``last`` of a log, cut to that range."""
        self._settle()
        found = self.find_log(log)
        if found is None:
            return
        end = found.tail.seq if last is None else min(last, found.tail.seq)
        position = max(0, first)
        while position <= end:
            run = self.chunk_at(found, position)
            yield run.cut(position, end)
            position = run.first + run.count

    def chunk_at(self, log: StoredLog, seq: int) -> StoredRun:
        """The chunk that holds an entry, whole; it is there, since the log reaches that far."""
        row = ask_one(self.connection, queries.CHUNK_AT, {"of": log.number, "at": seq})
        assert row is not None
        return StoredRun(log.log, row[0], row[1], row[2], row[3])

    def volume(self, log: LogId, since_ms: int) -> tuple[int, int, int]:
        """What chunks reaching past a TIME hold of a log: first seq, entries, bytes of lines."""
        self._settle()
        found = self.find_log(log)
        if found is None:
            return 0, 0, 0
        query = select(
            func.min(CHUNK.c.first), func.sum(CHUNK.c.count), func.sum(CHUNK.c.line_bytes)
        ).where(CHUNK.c.log == found.number, CHUNK.c.last_time > since_ms)
        first, entries, size = self.connection.execute(query).one()
        return (found.tail.seq + 1 if first is None else first), int(entries or 0), int(size or 0)

    def epochs(self, author: str, channel: str) -> list[int]:
        """The epochs held of one author's channel."""
        self._settle()
        found = ask(self.connection, queries.EPOCHS_OF, {"of": author, "within": channel})
        return [row[0] for row in found]

    def authors(self) -> list[str]:
        """The keys of all authors of whom something is held."""
        self._settle()
        return [row[0] for row in ask(self.connection, queries.AUTHORS)]

    def logs(self, author: str) -> list[StoredLog]:
        """The logs held of one author."""
        self._settle()
        return [
            StoredLog(row[0], LogId(author, row[1], row[2]), Tail(row[3], row[4], row[5]), row[6])
            for row in ask(self.connection, queries.LOGS_OF, {"of": author})
        ]

    def range(self, log: LogId, first: int, last: int) -> tuple[list[bytes], list[bytes]]:
        """Header lines and body lines of a range of a log, as many of them as are held."""
        headers: list[bytes] = []
        bodies: list[bytes] = []
        for run in self.runs(log, first, last):
            run_headers, run_bodies = run.lines()
            headers += run_headers
            bodies += run_bodies
        return headers, bodies

    def entry(self, log: LogId, seq: int) -> Entry:
        """One entry as signed.

        Raises:
            NotFoundError: the log does not reach that far here.
        """
        headers, bodies = self.range(log, seq, seq)
        if not headers:
            raise NotFoundError(f"entry {seq} of that log is not held here")
        return Entry(parse_header(headers[0]), entry_id(headers[0]), headers[0], bodies[0])

    def log_runs(
        self, channels: Sequence[str] = CHANNELS, author: str | None = None
    ) -> Iterator[StoredRun]:
        """Every stored run, log by log, registry first, chunk by chunk."""
        self._settle()
        query = queries.log_ids(tuple(channels), author is not None)
        for row in ask(self.connection, query, _given(of=author)):
            yield from self.runs(LogId(row[0], row[1], row[2]))

    def log_texts(
        self, channels: Sequence[str] = CHANNELS, author: str | None = None
    ) -> Iterator[bytes]:
        """Every log as signed text, registry first, a chunk at a time (``export log``)."""
        for run in self.log_runs(channels, author):
            yield run.text()

    # -- the feed

    @property
    def feed_epoch(self) -> int:
        """Which feed the positions belong to; a restored or new store has another."""
        if self._feed_epoch is None:
            self._feed_epoch = int(self.meta("feed_epoch") or 0)
        return self._feed_epoch

    @property
    def feed_floor(self) -> int:
        """The last feed position whose row is gone; 0 while all of them are kept."""
        return int(self.meta(FEED_FLOOR) or 0)

    def last_position(self) -> int:
        """The last feed position given out, visible or not; it never goes back."""
        row = ask_one(self.connection, queries.LAST_POSITION)
        return max((row and row[0]) or 0, self.feed_floor)

    def feed(
        self,
        after: int,
        channels: Sequence[str] = CHANNELS,
        bytes_max: int = 1024 * 1024,
        is_wanted: Wanted = from_anyone,
    ) -> FeedPage:
        """The next page of the feed: whole runs, as they arrived, up to ``bytes_max`` of text.

        Args:
            after: the last feed position already taken.
            channels: the filter; other channels' rows are examined and left out.
            bytes_max: bytes of log text; one run goes out even if it alone is longer.
            is_wanted: asked with each row's source, a peer's key or empty for own entries.
        """
        return read_feed(self, after, frozenset(channels), bytes_max, is_wanted)

    def recent(
        self,
        after: int,
        channels: Sequence[str] = CHANNELS,
        is_wanted: Wanted = from_anyone,
        up_to: int | None = None,
    ) -> Recent:
        """Where the logs stand of which runs came after a position; filtered as :meth:`feed`.

        Args:
            after: the last feed position already examined; 4,096 rows are at most.
            channels, is_wanted: the filter.
            up_to: the last position to examine, the feed's head if None.
        """
        end = self.feed_head if up_to is None else up_to
        return read_recent(self, after, frozenset(channels), is_wanted, end)

    # -- peers

    def cursor(self, peer: str, filter: str = "") -> Cursor | None:
        """How far that peer's feed was taken under that filter, or None before first contact."""
        row = ask_one(self.connection, queries.CURSOR_OF, {"of": peer, "under": filter})
        return None if row is None else Cursor(row[0], row[1], filter)

    def held(self, peer: str | None = None, due_ms: int | None = None) -> list[HeldRun]:
        """Runs not accepted so far, of one peer or all, due by a time if one is given."""
        query = queries.held(peer is not None, due_ms is not None)
        return [
            HeldRun(row[0], LogId(row[1], row[2], row[3]), *row[4:])
            for row in ask(self.connection, query, _given(of=peer, until=due_ms))
        ]

    # -- facts about the store

    def meta(self, name: str) -> str | None:
        """One small fact about this store."""
        row = ask_one(self.connection, queries.META_OF, {"named": name})
        return None if row is None else str(row[0])

    def metas(self, prefix: str) -> dict[str, str]:
        """The small facts whose names begin so, by name."""
        found = ask(self.connection, queries.METAS_OF, {"prefix": prefix})
        return {str(name): str(value) for name, value in found}

    def counts(self) -> Mapping[str, int]:
        """How many entries are held, per channel, and in all under ``entries`` and ``logs``."""
        self._settle()
        counts = dict.fromkeys(CHANNELS, 0)
        entries = logs = 0
        for channel, held, number in ask(self.connection, queries.COUNTS):
            counts[channel] = int(held)
            entries += int(held)
            logs += int(number)
        return counts | {"entries": entries, "logs": logs}


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _head(row: Sequence[Any]) -> Head:
    author, channel, epoch, seq, id_, time = row
    return Head(LogId(author, channel, epoch), seq, id_, time)
