"""Small chunks become large ones in the background (DESIGN 2.1).

Live entries arrive one by one, each a chunk of its own; a log read later reads fewer, fuller
ones. Bytes and feed rows stay what they are: a feed row says log, first and count.
"""

from collections.abc import Iterator

from sqlalchemy import delete, func, insert, select

from node.store.tables import CHUNK
from node.store.writing import Writing
from protocol.limits import RUN_BYTES_MAX, RUN_ENTRIES_MAX

SMALL = RUN_ENTRIES_MAX // 2
"""Chunks of fewer entries are worth merging."""
MERGED_MIN = 8
"""Fewer neighbours than this are left alone: rewriting them would cost more than it saves."""

Piece = tuple[int, int, int]
"""A chunk's first seq, its entries, the bytes of its text with bodies that are absent."""


def merge_chunks(tx: Writing, logs_max: int = 32) -> int:
    """Merge neighbouring small chunks of the logs that have the most of them.

    Args:
        tx: an open transaction.
        logs_max: logs to work on; the next run takes the next ones.

    Returns:
        How many chunks there are fewer now.
    """
    tx.flush()
    query = (
        select(CHUNK.c.log)
        .where(CHUNK.c.count < SMALL)
        .group_by(CHUNK.c.log)
        .having(func.count() >= MERGED_MIN)
        .order_by(func.count().desc(), CHUNK.c.log)
        .limit(logs_max)
    )
    logs = tx.connection.execute(query).scalars().all()
    return sum(_merge_log(tx, log) for log in logs)


def _merge_log(tx: Writing, log: int) -> int:
    size = CHUNK.c.line_bytes + 2 * CHUNK.c.count
    query = select(CHUNK.c.first, CHUNK.c.count, size).where(CHUNK.c.log == log)
    pieces = [(row[0], row[1], row[2]) for row in tx.connection.execute(query.order_by("first"))]
    fewer = 0
    for group in _groups(pieces):
        _merge(tx, log, group[0][0], group[-1][0])
        fewer += len(group) - 1
    return fewer


def _groups(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Neighbours that fit into one chunk together, where there are enough of them."""
    group: list[Piece] = []
    entries = size = 0
    for piece in [*pieces, (0, RUN_ENTRIES_MAX, 0)]:
        entries += piece[1]
        size += piece[2]
        if entries > RUN_ENTRIES_MAX or size > RUN_BYTES_MAX or piece[1] >= SMALL:
            if len(group) >= MERGED_MIN:
                yield group
            group, entries, size = [], 0, 0
            if piece[1] >= SMALL:
                continue
            entries, size = piece[1], piece[2]
        group.append(piece)


def _merge(tx: Writing, log: int, first: int, last: int) -> None:
    where = (CHUNK.c.log == log, CHUNK.c.first >= first, CHUNK.c.first <= last)
    query = select(CHUNK).where(*where).order_by(CHUNK.c.first)
    rows = tx.connection.execute(query).mappings().all()
    merged = {
        "log": log,
        "first": first,
        "count": sum(row["count"] for row in rows),
        "line_bytes": sum(row["line_bytes"] for row in rows),
        "last_time": rows[-1]["last_time"],
        "headers": b"".join(row["headers"] for row in rows),
        "bodies": b"".join(row["bodies"] for row in rows),
    }
    tx.connection.execute(delete(CHUNK).where(*where))
    tx.connection.execute(insert(CHUNK), [merged])
