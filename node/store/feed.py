"""Pages of the feed: stored runs in the order they arrived (SPEC 7.3, DESIGN 2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, select

from node.store.stored import FeedPage, StoredLog, StoredRun
from node.store.tables import FEED, LOG
from protocol.entry import Tail
from protocol.header import LogId

if TYPE_CHECKING:
    from node.store.reading import Reading

ROWS_MAX = 4_096
"""Feed rows examined for one page at the most."""
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

FeedRow = Row[*tuple[Any, ...]]


@dataclass(slots=True)
class _Span:
    """Feed rows that follow each other in one chunk: they go out as one run."""

    chunk: StoredRun
    first: int
    last: int

    def continues(self, log: LogId, first: int) -> bool:
        return self.chunk.log == log and first == self.last + 1 and self.chunk.holds(first)


def read_feed(
    reading: "Reading", after: int, channels: frozenset[str], bytes_max: int, skip: str | None
) -> FeedPage:
    """The next page after a position; see :meth:`Reading.feed`."""
    spans: list[_Span] = []
    size, position, is_full = 0, after, False
    while not is_full and position - after < ROWS_MAX:
        rows = _rows(reading, position)
        for row in rows:
            if row.channel in channels and row.source != skip:
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


def _add(reading: "Reading", spans: list[_Span], row: FeedRow) -> None:
    log = LogId(row.author, row.channel, row.epoch)
    last = row.first + row.count - 1
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
    return reading.connection.execute(_ROWS, span).all()
