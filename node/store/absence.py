"""Bodies that are not held: which they are, filling them in, erasing them (SPEC 4.4, 4.6).

A chunk's body line may be empty; a row says so by log and seq, and whether the body is erased.
What erases is kept beside it, by what it names, since either may arrive first.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, literal, select, tuple_, update

from node.store.bulk import upsert_rows
from node.store.plain import ask
from node.store.stored import StoredLog
from node.store.tables import ABSENT, CHUNK, ERASURE, LOG
from protocol.header import LogId

Place = tuple[LogId, int]
"""A position: a log and a seq."""


class Erasure(NamedTuple):
    """One entry that an erasure names, at ``log`` and ``seq`` by ``id``, and the erasure's place.

    Whether it has effect is another question, which the roster answers (SPEC 4.6).
    """

    log: LogId
    seq: int
    id: str
    by: LogId
    by_seq: int
    by_id: str


class Turn(NamedTuple):
    """A place in the order in which absent bodies came to be known: feed position, log, seq."""

    position: int
    log: int
    seq: int


FIRST_TURN = Turn(-1, -1, -1)


class AbsentBody(NamedTuple):
    """A body that is to be asked of peers: its entry's place, its SIZE, its turn."""

    log: LogId
    seq: int
    size: int
    turn: Turn


_ANY_ERASURE = select(ERASURE.c.seq).limit(1)
_ANY_ABSENT = select(ABSENT.c.seq).limit(1)
_ABSENT_IN = select(ABSENT.c.seq, ABSENT.c.erased).where(
    ABSENT.c.log == bindparam("of"),
    ABSENT.c.seq >= bindparam("from"),
    ABSENT.c.seq <= bindparam("to"),
)
_ERASURES = select(
    ERASURE.c.author, ERASURE.c.channel, ERASURE.c.epoch, ERASURE.c.seq, ERASURE.c.id,
    ERASURE.c.by_author, ERASURE.c.by_epoch, ERASURE.c.by_seq, ERASURE.c.by_id,
).order_by(
    ERASURE.c.author, ERASURE.c.channel, ERASURE.c.epoch, ERASURE.c.seq, ERASURE.c.by_id
)  # fmt: skip
_ERASURES_IN = _ERASURES.where(
    ERASURE.c.author == bindparam("author"),
    ERASURE.c.channel == bindparam("channel"),
    ERASURE.c.epoch == bindparam("epoch"),
    ERASURE.c.seq >= bindparam("from"),
    ERASURE.c.seq <= bindparam("to"),
)
_LOG_ID = (LOG.c.author, LOG.c.channel, LOG.c.epoch)
_FIRST_ABSENT = (
    select(*_LOG_ID, func.min(ABSENT.c.seq))
    .join_from(ABSENT, LOG)
    .where(LOG.c.author == bindparam("of"), ABSENT.c.erased == 0)
    .group_by(*_LOG_ID)
    .order_by(*_LOG_ID)
)


def find_absent(connection: Connection, log: StoredLog, first: int, last: int) -> dict[int, bool]:
    """The seqs of a range whose bodies are not held, and whether each is erased."""
    span = {"of": log.number, "from": first, "to": last}
    return {row[0]: bool(row[1]) for row in ask(connection, _ABSENT_IN, span)}


def list_absent(
    connection: Connection, after: Turn, limit: int, channels: Sequence[str]
) -> list[AbsentBody]:
    """Absent bodies that are not erased, from a turn on; mostly there are none at all."""
    if not ask(connection, _ANY_ABSENT):
        return []
    order = (ABSENT.c.position, ABSENT.c.log, ABSENT.c.seq)
    query = (
        select(*_LOG_ID, ABSENT.c.seq, ABSENT.c.size, ABSENT.c.position, ABSENT.c.log)
        .join_from(ABSENT, LOG)
        .where(
            ABSENT.c.erased == 0,
            LOG.c.channel.in_(channels),
            tuple_(*order) > tuple_(*map(literal, after)),
        )
        .order_by(*order)
        .limit(limit)
    )
    return [
        AbsentBody(LogId(row[0], row[1], row[2]), row[3], row[4], Turn(row[5], row[6], row[3]))
        for row in connection.execute(query)
    ]


def list_marked(connection: Connection) -> list[tuple[LogId, int, bool]]:
    """Every body that is not held, and whether it is erased."""
    query = select(*_LOG_ID, ABSENT.c.seq, ABSENT.c.erased).join_from(ABSENT, LOG)
    return [
        (LogId(row[0], row[1], row[2]), row[3], bool(row[4])) for row in connection.execute(query)
    ]


def first_absent(connection: Connection, author: str) -> list[Place]:
    """Of each log of an author, the first entry whose body is absent and not erased."""
    found = ask(connection, _FIRST_ABSENT, {"of": author})
    return [(LogId(row[0], row[1], row[2]), row[3]) for row in found]


def count_absent(connection: Connection) -> tuple[int, int]:
    """How many bodies are absent, and how many erased."""
    query = select(ABSENT.c.erased, func.count()).group_by(ABSENT.c.erased)
    counts = {bool(row[0]): int(row[1]) for row in connection.execute(query)}
    return counts.get(False, 0), counts.get(True, 0)


def find_erasures(
    connection: Connection, log: LogId | None, first: int, last: int
) -> list[Erasure]:
    """What names entries of a range of a log, or any entry where the log is None."""
    if log is None:
        found = ask(connection, _ERASURES)
    else:
        span = {"from": first, "to": last}
        found = ask(connection, _ERASURES_IN, log._asdict() | span)
    return [
        Erasure(LogId(author, channel, epoch), seq, id_, LogId(by_author, channel, by_epoch), *by)
        for author, channel, epoch, seq, id_, by_author, by_epoch, *by in found
    ]


def has_erasures(connection: Connection) -> bool:
    """Whether any entry is named at all; the commonest answer is no."""
    return bool(ask(connection, _ANY_ERASURE))


def insert_erasures(connection: Connection, erasures: Iterable[Erasure]) -> None:
    """Keep what erasures name."""
    upsert_rows(
        connection,
        ERASURE,
        [
            {
                **each.log._asdict(),
                "seq": each.seq,
                "id": each.id,
                "by_author": each.by.author,
                "by_epoch": each.by.epoch,
                "by_seq": each.by_seq,
                "by_id": each.by_id,
            }
            for each in erasures
        ],
    )


def clear_marks(connection: Connection) -> None:
    """Forget which bodies are absent and what is erased, to find it anew in the chunks."""
    connection.execute(delete(ABSENT))
    connection.execute(delete(ERASURE))


def absent_rows(
    log: int, first: int, headers: Sequence[bytes], bodies: Sequence[bytes], position: int,
    erased: frozenset[int],
) -> list[dict[str, object]]:  # fmt: skip
    """The rows of a run's empty body lines."""
    return [
        {
            "log": log,
            "seq": seq,
            "size": size_of(header),
            "position": position,
            "erased": int(seq in erased),
        }
        for seq, (header, body) in enumerate(zip(headers, bodies, strict=True), first)
        if not body
    ]


def feed_row(
    position: int, log: StoredLog, first: int, count: int, line_bytes: int, source: str
) -> dict[str, object]:
    """A row of the feed; its text is counted with bodies that are absent, too."""
    return {
        "position": position, "log": log.number, "channel": log.log.channel, "first": first,
        "count": count, "source": source, "text_bytes": line_bytes + 2 * count,
    }  # fmt: skip


def stretches(seqs: Iterable[int]) -> list[tuple[int, int]]:
    """Seqs as stretches of consecutive ones: the first of each, and how many."""
    found: list[tuple[int, int]] = []
    for seq in sorted(seqs):
        if found and seq == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((seq, 1))
    return found


def size_of(header: bytes) -> int:
    """The SIZE of a header line that was checked before."""
    return int(header.split(b" ", 11)[10])


def put_bodies(connection: Connection, log: StoredLog, bodies: Mapping[int, bytes]) -> None:
    """Write body lines of a log anew, filled or empty, chunk by chunk; nothing else of it moves."""
    rest = dict(sorted(bodies.items()))
    while rest:
        seq = next(iter(rest))
        query = (
            select(CHUNK.c.first, CHUNK.c.count, CHUNK.c.bodies)
            .where(CHUNK.c.log == log.number, CHUNK.c.first <= seq)
            .order_by(CHUNK.c.first.desc())
            .limit(1)
        )
        first, count, blob = connection.execute(query).one()
        lines = blob.split(b"\n")
        for each in [each for each in rest if each < first + count]:
            lines[each - first] = rest.pop(each)
        connection.execute(
            update(CHUNK)
            .where(CHUNK.c.log == log.number, CHUNK.c.first == first)
            .values(bodies=b"\n".join(lines))
        )


def drop_absent(connection: Connection, log: StoredLog, seqs: Iterable[int]) -> None:
    """These bodies are held now."""
    for seq in seqs:
        connection.execute(delete(ABSENT).where(ABSENT.c.log == log.number, ABSENT.c.seq == seq))


def mark_erased(connection: Connection, log: StoredLog, seq: int, *, erased: bool) -> None:
    """Say of an absent body whether it is erased."""
    connection.execute(
        update(ABSENT)
        .where(ABSENT.c.log == log.number, ABSENT.c.seq == seq)
        .values(erased=int(erased))
    )
