"""The results and offers of researchers, as stations published them (C1-C6)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Row, Text, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.projection import Fact, Projection
from node.readmodels.publications import (
    Publishing,
    find_source_ids,
    forget_publications,
    joined,
    project_publications,
    source_columns,
)
from node.readmodels.rows import (
    contains,
    count_groups,
    count_rows,
    equal,
    newest_page,
    rows_in,
)
from node.store import table_of
from protocol.records import Record
from protocol.records.results import ResultAmended, ResultPublished, ResultWithdrawn
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class ResultRow(SQLModel, table=True):
    """A result as it stands after its amendments."""

    __tablename__ = "result"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger, index=True)
    revision: str
    revised: int = Field(sa_type=BigInteger)
    state: str
    closed_by: str
    closed_note: str = Field(sa_type=Text)
    title: str
    text: str = Field(sa_type=Text)
    keywords: str = Field(sa_type=Text)
    field: str
    discipline: str
    category: str
    owner: str
    trl: int | None = None
    ip: str
    stage: str
    division: str
    source_system: str
    source_id: str
    source_url: str
    lang: str


class ResultView(BaseModel):
    """A published result, technology or product.

    ``state`` is open or withdrawn; ``trl`` is the maturity 1..9 of GB/T 22900; ``stage`` is the
    place in the maturation chain (C6).
    """

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    revision: str
    revised: int
    state: str
    closed_by: str
    closed_note: str
    title: str
    text: str
    keywords: list[str]
    field: str
    discipline: str
    category: str
    owner: str
    trl: int | None
    ip: str
    stage: str
    division: str
    source_system: str
    source_id: str
    source_url: str
    lang: str


_RESULT = table_of(ResultRow)


def _content(record: Record) -> dict[str, object]:
    assert isinstance(record, ResultPublished | ResultAmended)
    return {
        "title": record.title,
        "text": record.text,
        "keywords": joined(record.keywords),
        "field": record.field or "",
        "discipline": record.discipline or "",
        "category": record.category or "",
        "owner": record.owner or "",
        "trl": record.trl,
        "ip": record.ip or "",
        "stage": record.stage or "",
        "division": record.division or "",
        **source_columns(record.source),
        "lang": record.lang,
    }


def _closing(record: Record) -> str:
    assert isinstance(record, ResultWithdrawn)
    return record.reason


_PUBLISHING = Publishing(
    model=ResultRow,
    opening=ResultPublished.KIND,
    amendment=ResultAmended.KIND,
    closings={ResultWithdrawn.KIND: "withdrawn"},
    content=_content,
    closing=_closing,
)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    project_publications(_PUBLISHING, tx, facts)


# The acts' table belongs to the projection of the needs; both fold their own kinds out of it.
def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    return forget_publications(_PUBLISHING, tx, ids)


PROJECTION = Projection("results", 2, (ResultRow,), _PUBLISHING.kinds, _project, forget=_forget)


def _view(row: Row[tuple[object, ...]]) -> ResultView:
    fields = dict(row._mapping)
    fields["keywords"] = json.loads(fields["keywords"])
    return ResultView.model_validate(fields)


def get(reading: "Reading", result: str) -> ResultView:
    """The result with this id.

    Raises:
        NotFoundError: no such result is held here.
    """
    row = reading.connection.execute(select(_RESULT).where(_RESULT.c.id == result)).first()
    if row is None:
        raise NotFoundError(f"no result {result} is held here", "check the id, or wait for sync")
    return _view(row)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    state: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ResultView]:
    """Results, newest first.

    Args:
        q: words all of which title, text, keywords or owner hold.
        station: only results this station published.
        field: only this field (C9).
        state: open or withdrawn.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = equal(
        (_RESULT.c.station, station), (_RESULT.c.field, field), (_RESULT.c.state, state)
    )
    if q:
        columns = (_RESULT.c.title, _RESULT.c.text, _RESULT.c.keywords, _RESULT.c.owner)
        conditions.append(contains(q, *columns))
    return [_view(row) for row in newest_page(reading, _RESULT, conditions, limit, after)]


def find_many(reading: "Reading", ids: Iterable[str]) -> dict[str, ResultView]:
    """Those of the results that are held, by id."""
    return {str(row.id): _view(row) for row in rows_in(reading, _RESULT, _RESULT.c.id, ids)}


def find_sources(reading: "Reading", station: str, system: str) -> set[str]:
    """The ids, in their own system, of results this station published from there."""
    return find_source_ids(reading, _RESULT, station, system)


def count(reading: "Reading", station: str = "", state: str = "") -> int:
    """How many results are published, of one station or in one state if given."""
    return count_rows(
        reading, _RESULT, *equal((_RESULT.c.station, station), (_RESULT.c.state, state))
    )


def count_by(reading: "Reading", column: str) -> dict[str, int]:
    """How many results by field, discipline, stage, state or station, most first."""
    return count_groups(reading, _RESULT.c[column])
