"""Every stored entry and its verdict: the trail from any fact back to a signature (P2)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Table, delete, func, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.rows import batched, count_rows, newest_page, rows_in
from node.store import table_of
from protocol.errors import Reason
from protocol.header import LogId
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing

DETAIL_CHARS_MAX = 300


class EntryRow(SQLModel, table=True):
    """One stored entry; ``reason`` is empty where the entry has its effect."""

    __tablename__ = "entry"

    id: str = Field(primary_key=True)
    author: str
    station: str
    channel: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger, index=True)
    kind: str
    subject: str
    reason: str
    detail: str


class EntryView(Model):
    """Header fields of a stored entry and what it counts for here.

    ``reason`` and ``detail`` say why an entry is inert; both are empty where it is in force.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    author: str
    station: str
    channel: str
    epoch: int
    seq: int
    time: int
    kind: str
    subject: str
    reason: str
    detail: str

    @property
    def log(self) -> LogId:
        return LogId(self.author, self.channel, self.epoch)


_ENTRY = table_of(EntryRow)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    tx.insert(
        EntryRow,
        [
            {
                "id": fact.id,
                "author": fact.log.author,
                "station": fact.station,
                "channel": fact.log.channel,
                "epoch": fact.log.epoch,
                "seq": fact.seq,
                "time": fact.time,
                "kind": fact.kind,
                "subject": fact.subject,
                "reason": str(fact.reason),
                "detail": fact.detail and fact.detail.replace("\x00", "")[:DETAIL_CHARS_MAX],
            }
            for fact in facts
        ],
    )


def _digested(table: Table) -> ColumnElement[bool]:
    """Not what lies beyond a cut or in a disputed part: a node that heard of the cut or the fork
    first never took it in."""
    return table.c.reason.not_in([Reason.REVOKED.value, Reason.DISPUTED.value])


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    for batch in batched(ids):
        tx.connection.execute(delete(_ENTRY).where(_ENTRY.c.id.in_(batch)))
    return ()


PROJECTION = Projection(
    "entries", 2, (EntryRow,), None, _project, digested=_digested, forget=_forget
)


def get(reading: "Reading", entry: str) -> EntryView:
    """The entry with this id.

    Raises:
        NotFoundError: no such entry is held here.
    """
    row = reading.connection.execute(select(_ENTRY).where(_ENTRY.c.id == entry)).first()
    if row is None:
        raise NotFoundError(f"no entry {entry} is held here", "check the id, or wait for sync")
    return EntryView.model_validate(row)


def find(
    reading: "Reading",
    *,
    reason: str = "",
    station: str = "",
    channel: str = "",
    kind: str = "",
    subject: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[EntryView]:
    """Stored entries, newest first.

    Args:
        reason: a reason code, ``any`` for all inert entries, or empty for all.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = [
        column == value
        for column, value in (
            (_ENTRY.c.station, station),
            (_ENTRY.c.channel, channel),
            (_ENTRY.c.kind, kind),
            (_ENTRY.c.subject, subject),
        )
        if value
    ]
    if reason:
        conditions.append(_ENTRY.c.reason != "" if reason == "any" else _ENTRY.c.reason == reason)
    rows = newest_page(reading, _ENTRY, conditions, limit, after)
    return [EntryView.model_validate(row) for row in rows]


def find_many(reading: "Reading", ids: Iterable[str]) -> dict[str, EntryView]:
    """Those of the entries that are held, by id."""
    rows = rows_in(reading, _ENTRY, _ENTRY.c.id, ids)
    return {str(row.id): EntryView.model_validate(row) for row in rows}


def find_times(reading: "Reading", ids: Sequence[str]) -> dict[str, int]:
    """When the entries were written (Unix ms), by id; those not held here are left out."""
    rows = rows_in(reading, _ENTRY, _ENTRY.c.id, ids)
    return {str(row.id): int(row.time) for row in rows}


def count(reading: "Reading") -> int:
    """How many entries are stored."""
    return count_rows(reading, _ENTRY)


def count_inert(reading: "Reading") -> dict[str, int]:
    """How many stored entries are inert, by reason."""
    query = (
        select(_ENTRY.c.reason, func.count())
        .where(_ENTRY.c.reason != "")
        .group_by(_ENTRY.c.reason)
        .order_by(_ENTRY.c.reason)
    )
    return dict(reading.connection.execute(query).all())
