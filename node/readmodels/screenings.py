"""National's lists of results screened against what regions need (A2, C1, D12)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, delete, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.rows import batched, encode_json, equal, newest_page, rows_in
from node.store import table_of
from protocol.records.programmes import ResultsScreened
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class ScreeningRow(SQLModel, table=True):
    """A list as it was published."""

    __tablename__ = "screening"

    id: str = Field(primary_key=True)
    station: str
    time: int = Field(sa_type=BigInteger, index=True)
    title: str
    year: int
    programme: str
    text: str = Field(sa_type=Text)
    items: str = Field(sa_type=Text)
    replaces: str = Field(index=True)


class ScreenedRow(SQLModel, table=True):
    """A result, or a need it may answer, that a list names."""

    __tablename__ = "screened"

    screening: str = Field(primary_key=True)
    named: str = Field(primary_key=True, index=True)


class ScreenedView(Model):
    """A result of a list, the needs it may answer, and why it was chosen."""

    model_config = ConfigDict(frozen=True)

    result: str
    needs: list[str]
    note: str


class ScreeningView(Model):
    """A list of screened results; ``replaced_by`` is the list that stands in its place, if any."""

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    title: str
    year: int
    programme: str
    text: str
    items: list[ScreenedView]
    replaces: str
    replaced_by: str = ""


_SCREENING = table_of(ScreeningRow)
_SCREENED = table_of(ScreenedRow)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    lists: list[dict[str, object]] = []
    named: list[dict[str, object]] = []
    for fact in facts:
        record = fact.record
        if not isinstance(record, ResultsScreened):
            continue
        lists.append(_row(fact, record))
        ids = {id_ for each in record.items for id_ in (each.result, *each.needs)}
        named += [{"screening": fact.id, "named": id_} for id_ in sorted(ids)]
    if lists:
        tx.insert(ScreeningRow, lists)
        tx.insert(ScreenedRow, named)


def _row(fact: Fact, record: ResultsScreened) -> dict[str, object]:
    return {
        "id": fact.id,
        "station": fact.station,
        "time": fact.time,
        "title": record.title,
        "year": record.year,
        "programme": record.programme or "",
        "text": record.text,
        "items": encode_json([each.model_dump(mode="json") for each in record.items]),
        "replaces": record.replaces or "",
    }


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    for batch in batched(ids):
        tx.connection.execute(delete(_SCREENING).where(_SCREENING.c.id.in_(batch)))
        tx.connection.execute(delete(_SCREENED).where(_SCREENED.c.screening.in_(batch)))
    return ()


PROJECTION = Projection(
    "screenings",
    1,
    (ScreeningRow, ScreenedRow),
    frozenset({ResultsScreened.KIND}),
    _project,
    forget=_forget,
)


def _views(reading: "Reading", rows: Sequence[Row[tuple[object, ...]]]) -> list[ScreeningView]:
    """Lists with what stands in their place; only the station that made a list replaces it."""
    later = rows_in(reading, _SCREENING, _SCREENING.c.replaces, (str(row.id) for row in rows))
    by = {(row.replaces, row.station): str(row.id) for row in sorted(later, key=lambda r: r.time)}
    return [
        ScreeningView(
            **{**row._mapping, "items": json.loads(row.items)},
            replaced_by=by.get((row.id, row.station), ""),
        )
        for row in rows
    ]


def get(reading: "Reading", screening: str) -> ScreeningView:
    """The list with this id.

    Raises:
        NotFoundError: no such list is held here.
    """
    query = select(_SCREENING).where(_SCREENING.c.id == screening)
    rows = reading.connection.execute(query).all()
    if not rows:
        raise NotFoundError(f"no list {screening} is held here", "check the id, or wait for sync")
    return _views(reading, rows)[0]


def find(
    reading: "Reading", *, year: int = 0, limit: int = 50, after: str = ""
) -> Sequence[ScreeningView]:
    """Lists, newest first, those that were replaced among them.

    Args:
        year: only of this year; 0 for all.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = [_SCREENING.c.year == year] if year else equal()
    return _views(reading, newest_page(reading, _SCREENING, conditions, limit, after))


def find_naming(reading: "Reading", id_: str) -> list[ScreeningView]:
    """The lists in force that name a result or a need, newest first (D12)."""
    query = (
        select(_SCREENING)
        .join(_SCREENED, _SCREENED.c.screening == _SCREENING.c.id)
        .where(_SCREENED.c.named == id_)
        .order_by(_SCREENING.c.time.desc(), _SCREENING.c.id)
    )
    found = _views(reading, reading.connection.execute(query).all())
    return [each for each in found if not each.replaced_by]
