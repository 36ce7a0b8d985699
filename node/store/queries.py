"""What is asked of the store's tables most often, each statement built once.

Building one costs as much as running it; they run with every message of every peer.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, literal, select

from node.store.tables import BUCKET, CHUNK, CURSOR, FEED, HELD, LOG, META
from protocol.limits import CHANNELS

PUBLIC = LOG.c.public_seq >= 0
HEAD_COLUMNS = (
    LOG.c.author,
    LOG.c.channel,
    LOG.c.epoch,
    LOG.c.public_seq,
    LOG.c.public_id,
    LOG.c.public_time,
)

HEAD_OF = select(*HEAD_COLUMNS).where(
    PUBLIC,
    LOG.c.author == bindparam("author"),
    LOG.c.channel == bindparam("channel"),
    LOG.c.epoch == bindparam("epoch"),
)


LOG_OF = select(LOG.c.number, LOG.c.seq, LOG.c.tail_id, LOG.c.time, LOG.c.line_bytes).where(
    LOG.c.author == bindparam("author"),
    LOG.c.channel == bindparam("channel"),
    LOG.c.epoch == bindparam("epoch"),
)
CHUNK_AT = (
    select(CHUNK.c.first, CHUNK.c.count, CHUNK.c.headers, CHUNK.c.bodies)
    .where(CHUNK.c.log == bindparam("of"), CHUNK.c.first <= bindparam("at"))
    .order_by(CHUNK.c.first.desc())
    .limit(1)
)
LAST_POSITION = select(func.max(FEED.c.position))
META_OF = select(META.c.value).where(META.c.name == bindparam("named"))
CURSOR_OF = select(CURSOR.c.epoch, CURSOR.c.position).where(
    CURSOR.c.peer == bindparam("of"), CURSOR.c.filter == bindparam("under")
)


EPOCHS_OF = select(LOG.c.epoch).where(
    LOG.c.author == bindparam("of"), LOG.c.channel == bindparam("within")
)
METAS_OF = select(META.c.name, META.c.value).where(META.c.name.startswith(bindparam("prefix")))

AUTHORS = select(LOG.c.author).distinct()
LOGS_OF = select(
    LOG.c.number, LOG.c.channel, LOG.c.epoch, LOG.c.seq, LOG.c.tail_id, LOG.c.time,
    LOG.c.line_bytes,
).where(LOG.c.author == bindparam("of"))  # fmt: skip
COUNTS = select(LOG.c.channel, func.sum(LOG.c.seq + 1), func.count()).group_by(LOG.c.channel)


def _literals(values: Iterable[str]) -> list[BindParameter[str]]:
    return [literal(value) for value in values]


@cache
def log_ids(channels: tuple[str, ...], of_author: bool) -> Select[*tuple[Any, ...]]:
    """The logs in some channels, registry first, of one author or of all."""
    query = select(LOG.c.author, LOG.c.channel, LOG.c.epoch).where(
        LOG.c.channel.in_(_literals(channels))
    )
    if of_author:
        query = query.where(LOG.c.author == bindparam("of"))
    return query.order_by((LOG.c.channel != "registry"), LOG.c.number)


@cache
def heads(of_author: bool, in_channel: bool) -> Select[*tuple[Any, ...]]:
    """Heads as peers are shown them, of one author, one channel, both or all."""
    query = select(*HEAD_COLUMNS).where(PUBLIC)
    if of_author:
        query = query.where(LOG.c.author == bindparam("of"))
    if in_channel:
        query = query.where(LOG.c.channel == bindparam("within"))
    return query.order_by(LOG.c.number)


@cache
def buckets(channels: tuple[str, ...]) -> Select[int, bytes]:
    """Bucket sums of some channels."""
    query = select(BUCKET.c.bucket, BUCKET.c.value)
    return query if channels == CHANNELS else query.where(BUCKET.c.channel.in_(_literals(channels)))


@cache
def held(from_peer: bool, until_due: bool) -> Select[*tuple[Any, ...]]:
    """Runs not accepted, of one peer or all, due by a time or whenever."""
    columns = (
        HELD.c.peer, HELD.c.author, HELD.c.channel, HELD.c.epoch, HELD.c.wanted, HELD.c.code,
        HELD.c.detail, HELD.c.retry_at,
    )  # fmt: skip
    query = select(*columns).order_by(HELD.c.retry_at, HELD.c.author, HELD.c.channel)
    if from_peer:
        query = query.where(HELD.c.peer == bindparam("of"))
    if until_due:
        query = query.where(HELD.c.retry_at <= bindparam("until"))
    return query
