"""What needs, results and resources share: a published text, its amendments and its closing.

The opening entry makes the row. Amendments and closings are kept beside it and folded again
whenever one arrives, so that the order of arrival between the author's logs cannot matter: of
several the one that stands last in the author's logs, by (EPOCH, SEQ, id), is in force. Only the
station that published may amend or close, and of a need that went over its owners, each in its
turn (SPEC 12.8).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Row, Table, Text, delete, select, update
from sqlmodel import Field, SQLModel

from node.projection import Fact
from node.readmodels.rows import batched, encode_json, rows_in
from node.readmodels.transfers import Tenure, find_transfers, is_any_transfer, tenures
from node.store import table_of
from protocol.records import KINDS, Record, Source

if TYPE_CHECKING:
    from node.store import Reading, Writing

AMENDED = "amended"


class PublicationActRow(SQLModel, table=True):
    """An amendment, a step or a closing of a publication, in force or not."""

    __tablename__ = "publication_act"

    id: str = Field(primary_key=True)
    publication: str = Field(index=True)
    station: str
    kind: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)


ACTS = table_of(PublicationActRow)
_ANY_ACT = select(ACTS.c.id).limit(1)
"""Built once: it runs with every page of needs, in the path of live entries."""

_NO_CONTENT = frozenset(
    {"id", "station", "time", "owner", "opened", "revision", "revised", "state", "closed_by",
     "closed_note"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publishing:
    """How one channel's texts are published: kinds, table and columns.

    ``closings`` maps a closing kind to the state it leads to; ``content`` turns an opening or an
    amendment into columns; ``closing`` gives a closing's note (reason, referral). ``steps`` are
    kinds that change some columns and leave the rest; ``opened`` gives columns that only the
    opening fills. ``is_owned`` where texts may go over to another station: what a former owner
    wrote may lose its effect, so a row that acts or transfers changed keeps its first content.
    """

    model: type[SQLModel]
    opening: str
    amendment: str
    closings: dict[str, str]
    content: Callable[[Record], dict[str, object]]
    closing: Callable[[Record], str]
    steps: dict[str, Callable[[Record], dict[str, object]]] = field(default_factory=dict)
    opened: Callable[[Record], dict[str, object]] | None = None
    is_owned: bool = False

    @property
    def table(self) -> Table:
        return table_of(self.model)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({self.opening, self.amendment, *self.closings, *self.steps})


def project_publications(publishing: Publishing, tx: "Writing", facts: Sequence[Fact]) -> set[str]:
    """Fold facts of one channel: openings into rows, acts beside them, then the rows acted on.

    Returns:
        The ids of texts that were folded again; every other one is as its opening said it.
    """
    opened: list[dict[str, object]] = []
    acts: list[dict[str, object]] = []
    for fact in facts:
        if fact.record is None:
            continue
        if fact.kind == publishing.opening:
            opened.append(_opened_row(publishing, fact, fact.record))
        elif fact.subject != "-":
            acts.append(_act_row(fact, fact.record))
    touched = {str(act["publication"]) for act in acts}
    if opened:
        tx.insert(publishing.model, opened)
        ids = [str(row["id"]) for row in opened]
        touched |= _acted_on(tx, ids)
        if publishing.is_owned and is_any_transfer(tx):
            touched |= find_transfers(tx, ids).keys()
    if acts:
        tx.insert(PublicationActRow, acts)
    if touched:
        refold_publications(publishing, tx, touched)
    return touched


def forget_publications(publishing: Publishing, tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    """Take back openings and acts; the openings that lost an act are to be folded again."""
    acted_on = {str(row.publication) for row in rows_in(tx, ACTS, ACTS.c.id, ids)}
    table = publishing.table
    for batch in batched(ids):
        tx.connection.execute(delete(ACTS).where(ACTS.c.id.in_(batch)))
    for batch in batched({*ids, *acted_on}):
        tx.connection.execute(delete(table).where(table.c.id.in_(batch)))
    return acted_on


def _opened_row(publishing: Publishing, fact: Fact, record: Record) -> dict[str, object]:
    row = publishing.content(record)
    row["id"] = row["revision"] = fact.id
    row["station"] = fact.station
    row["time"] = row["revised"] = fact.time
    row["state"] = "open"
    row["closed_by"] = row["closed_note"] = ""
    if publishing.opened is not None:
        row |= publishing.opened(record)
    if publishing.is_owned:
        row["owner"] = fact.station
        row["opened"] = ""
    return row


def _act_row(fact: Fact, record: Record) -> dict[str, object]:
    return {
        "id": fact.id,
        "publication": fact.subject,
        "station": fact.station,
        "kind": fact.kind,
        "epoch": fact.log.epoch,
        "seq": fact.seq,
        "time": fact.time,
        "body": record.body().decode("utf-8"),
    }


def _acted_on(tx: "Writing", ids: Iterable[str]) -> set[str]:
    if tx.connection.execute(_ANY_ACT).first() is None:
        return set()
    found: set[str] = set()
    for batch in batched(ids):
        query = select(ACTS.c.publication).where(ACTS.c.publication.in_(batch)).distinct()
        found.update(tx.connection.execute(query).scalars())
    return found


def refold_publications(publishing: Publishing, tx: "Writing", ids: set[str]) -> None:
    """Fold the acts of texts again, each by whoever owned the text."""
    table = publishing.table
    acts: dict[str, list[Row[tuple[object, ...]]]] = {}
    for act in rows_in(tx, ACTS, ACTS.c.publication, ids):
        if act.kind in publishing.kinds:
            acts.setdefault(act.publication, []).append(act)
    transfers = find_transfers(tx, ids) if publishing.is_owned else {}
    for row in rows_in(tx, table, table.c.id, ids):
        owners = tenures(row.station, transfers.get(row.id, ()))
        changes = _folded(publishing, _in_force(owners, acts.get(row.id, ())))
        if publishing.is_owned:
            changes = _from_opening(row, owners[-1].station, changes)
        if changes:
            tx.connection.execute(update(table).where(table.c.id == row.id).values(**changes))


def _in_force(
    owners: Sequence[Tenure], acts: Sequence[Row[tuple[object, ...]]]
) -> list[Row[tuple[object, ...]]]:
    ordered = sorted(acts, key=lambda act: (act.epoch, act.seq, act.id))
    return [
        act
        for owner in owners
        for act in ordered
        if owner.covers(act.station, (act.epoch, act.seq))
    ]


def _from_opening(
    row: Row[tuple[object, ...]], owner: str, changes: dict[str, object]
) -> dict[str, object]:
    """A row as its opening said it, then as its owner and acts changed it, if they did."""
    now = row._mapping
    first = json.loads(row.opened) if row.opened else {
        name: value for name, value in now.items() if name not in _NO_CONTENT
    }  # fmt: skip
    is_changed = bool(changes) or owner != row.station
    return first | {
        "revision": row.id, "revised": row.time, "state": "open", "owner": owner,
        "closed_by": "", "closed_note": "", "opened": encode_json(first) if is_changed else "",
    } | changes  # fmt: skip


def _folded(publishing: Publishing, acts: Sequence[Row[tuple[object, ...]]]) -> dict[str, object]:
    changes: dict[str, object] = {}
    for act in acts:
        record = KINDS[act.kind].model_validate_json(act.body)
        if act.kind == publishing.amendment:
            changes |= publishing.content(record)
            changes |= {"revision": act.id, "revised": act.time}
        elif act.kind in publishing.steps:
            changes |= publishing.steps[act.kind](record) | {"revised": act.time}
        else:
            changes["state"] = publishing.closings[act.kind]
            changes |= {"closed_by": act.id, "closed_note": publishing.closing(record)}
            if "closed" in publishing.table.c:
                changes["closed"] = act.time
    return changes


def find_acts(reading: "Reading", publication: str) -> list[dict[str, object]]:
    """The amendments, steps and closings of one publication, oldest first."""
    query = (
        select(ACTS)
        .where(ACTS.c.publication == publication)
        .order_by(ACTS.c.epoch, ACTS.c.seq, ACTS.c.id)
    )
    return [
        {"id": row.id, "kind": row.kind, "station": row.station, "time": row.time}
        for row in reading.connection.execute(query)
    ]


def source_columns(source: Source | None) -> dict[str, object]:
    """Columns for where a text came from: system, id there, link."""
    if source is None:
        return {"source_system": "", "source_id": "", "source_url": ""}
    return {
        "source_system": source.system,
        "source_id": source.id,
        "source_url": source.url or "",
    }


def joined(values: Sequence[str]) -> str:
    """A JSON column of strings; the empty list is the commonest."""
    return encode_json(list(values)) if values else "[]"


def find_source_ids(reading: "Reading", table: Table, station: str, system: str) -> set[str]:
    """The ids, in their own system, of what a station published from there."""
    query = select(table.c.source_id).where(
        table.c.station == station, table.c.source_system == system
    )
    return set(reading.connection.execute(query).scalars())
