"""Pages of the feed: stored runs in the order they arrived (SPEC 7.3, DESIGN 2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from node.store.plain import ask
from node.store.stored import FeedPage, Recent, StoredLog, StoredRun
from node.store.tables import FEED, LOG
from protocol.entry import Tail
from protocol.header import LogId
from protocol.heads import Head, Moved
from protocol.limits import FEED_ROWS_MAX
from protocol.sync import Wanted

if TYPE_CHECKING:
    from node.store.reading import Reading

BATCH = 64

_ROWS = (
    select(
        FEED.c.position, FEED.c.log, FEED.c.channel, FEED.c.first, FEED.c.count,
        FEED.c.text_bytes, FEED.c.source, LOG.c.author, LOG.c.epoch, LOG.c.seq,
    )
    .join_from(FEED, LOG)
    .where(FEED.c.position > bindparam("after"), FEED.c.position <= bindparam("head"))
    .order_by(FEED.c.position)
    .limit(BATCH)
)  # fmt: skip
_MOVED = (
    select(
        FEED.c.position, FEED.c.first, FEED.c.channel, FEED.c.source, LOG.c.author, LOG.c.epoch,
        LOG.c.public_seq, LOG.c.public_id, LOG.c.public_time,
    )
    .join_from(FEED, LOG)
    .where(FEED.c.position > bindparam("after"), FEED.c.position <= bindparam("head"))
    .order_by(FEED.c.position)
    .limit(FEED_ROWS_MAX)
)  # fmt: skip


class FeedRow(NamedTuple):
    """A row of the feed, and whose log it is of."""

    position: int
    log: int
    channel: str
    first: int
    length: int
    text_bytes: int
    source: str
    author: str
    epoch: int
    seq: int


@dataclass(slots=True)
class _Span:
    """Feed rows that follow each other in one chunk: they go out as one run."""

    chunk: StoredRun
    first: int
    last: int

    def continues(self, log: LogId, first: int) -> bool:
        return self.chunk.log == log and first == self.last + 1 and self.chunk.holds(first)


def read_feed(
    reading: "Reading", after: int, channels: frozenset[str], bytes_max: int, is_wanted: Wanted
) -> FeedPage:
    """The next page after a position; see :meth:`Reading.feed`."""
    spans: list[_Span] = []
    size, position, is_full = 0, after, False
    while not is_full and position - after < FEED_ROWS_MAX and position < reading.feed_head:
        rows = _rows(reading, position)
        for row in rows:
            if row.channel in channels and is_wanted(row.source):
                size += row.text_bytes
                is_full = size > bytes_max and bool(spans)
                if is_full:
                    break
                _add(reading, spans, row)
            position = row.position
        if len(rows) < BATCH:
            break
    runs = [span.chunk.cut(span.first, span.last) for span in spans]
    return FeedPage(runs, position, position < reading.feed_head)


def read_recent(
    reading: "Reading", after: int, channels: frozenset[str], is_wanted: Wanted, up_to: int
) -> Recent:
    """Where logs stand of which there are runs after a position; see :meth:`Reading.recent`."""
    moved: dict[LogId, Moved] = {}
    rows = ask(reading.connection, _MOVED, {"after": after, "head": up_to}) if after < up_to else ()
    position: int = rows[-1][0] if rows else after
    for _, first, channel, source, author, epoch, *public in rows:
        if channel not in channels or public[0] < 0 or not is_wanted(source):
            continue
        log = LogId(author, channel, epoch)
        if log not in moved:
            moved[log] = Moved(Head(log, *public), first)
    return Recent(list(moved.values()), position, position < up_to)


def _add(reading: "Reading", spans: list[_Span], row: FeedRow) -> None:
    log = LogId(row.author, row.channel, row.epoch)
    last = row.first + row.length - 1
    if spans and spans[-1].continues(log, row.first):
        spans[-1].last = last
        return
    chunk = spans[-1].chunk if spans else None
    if chunk is None or chunk.log != log or not chunk.holds(row.first):
        stored = StoredLog(row.log, log, Tail(row.seq, "", 0), 0)
        chunk = reading.chunk_at(stored, row.first)
    spans.append(_Span(chunk, row.first, last))


def _rows(reading: "Reading", after: int) -> Sequence[FeedRow]:
    span = {"after": after, "head": reading.feed_head}
    return [FeedRow(*row) for row in ask(reading.connection, _ROWS, span)]
