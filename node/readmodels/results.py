"""The results and offers of researchers, as stations published them (C1-C6)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.publications import (
    ACTS,
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
    like,
    newest_page,
    rows_in,
)
from node.store import table_of
from protocol.records import Record
from protocol.records.results import (
    Evaluation,
    Programme,
    ResultAdvanced,
    ResultAmended,
    ResultPublished,
    ResultWithdrawn,
)
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
    patents: str = Field(sa_type=Text)
    ipc: str = Field(sa_type=Text)
    stage: str
    begun_stage: str
    programme_level: str
    programme_name: str
    programme_number: str
    evaluation_by: str
    evaluation_on: str
    evaluation_finding: str
    division: str
    source_system: str
    source_id: str
    source_url: str
    lang: str


class ResultView(Model):
    """A published result, technology or product.

    ``state`` is open or withdrawn; ``trl`` is the maturity 1..9 of GB/T 22900; ``stage`` is the
    place in the maturation chain (C6), ``begun_stage`` where it stood when it was published;
    ``programme_level`` is national or local (C1, C2); ``evaluation_…`` what an evaluation found
    (C11).
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
    patents: list[str]
    ipc: list[str]
    stage: str
    begun_stage: str
    programme_level: str
    programme_name: str
    programme_number: str
    evaluation_by: str
    evaluation_on: str
    evaluation_finding: str
    division: str
    source_system: str
    source_id: str
    source_url: str
    lang: str


class StageStep(Model):
    """A step in the maturation chain (C6): when, by which entry, and what was said of it.

    ``on`` is the day the station names, empty where the description alone changed.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    time: int
    stage: str
    trl: int | None = None
    on: str = ""
    note: str = ""


_LISTS = ("keywords", "patents", "ipc")
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
        "patents": joined(record.patents),
        "ipc": joined(record.ipc),
        "stage": record.stage or "",
        **_origin(record.programme, record.evaluation),
        "division": record.division or "",
        **source_columns(record.source),
        "lang": record.lang,
    }


def _origin(programme: Programme | None, evaluation: Evaluation | None) -> dict[str, object]:
    return {
        "programme_level": programme.level if programme else "",
        "programme_name": programme.name if programme else "",
        "programme_number": (programme.number or "") if programme else "",
        "evaluation_by": evaluation.by if evaluation else "",
        "evaluation_on": evaluation.on if evaluation else "",
        "evaluation_finding": evaluation.finding if evaluation else "",
    }


def _opened(record: Record) -> dict[str, object]:
    assert isinstance(record, ResultPublished)
    return {"begun_stage": record.stage or ""}


def _advanced(record: Record) -> dict[str, object]:
    assert isinstance(record, ResultAdvanced)
    return {"stage": record.stage, **({"trl": record.trl} if record.trl is not None else {})}


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
    steps={ResultAdvanced.KIND: _advanced},
    opened=_opened,
)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    project_publications(_PUBLISHING, tx, facts)


# The acts' table belongs to the projection of the needs; both fold their own kinds out of it.
def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    return forget_publications(_PUBLISHING, tx, ids)


PROJECTION = Projection("results", 3, (ResultRow,), _PUBLISHING.kinds, _project, forget=_forget)


def _view(row: Row[tuple[object, ...]]) -> ResultView:
    fields = dict(row._mapping)
    fields |= {name: json.loads(fields[name]) for name in _LISTS}
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
    stage: str = "",
    programme: str = "",
    ipc: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ResultView]:
    """Results, newest first.

    Args:
        q: words all of which title, text, keywords or owner hold.
        station: only results this station published.
        field: only this field (C9).
        state: open or withdrawn.
        stage: only at this stage of the maturation chain (C6).
        programme: national or local: only of programmes of that level (C1, C2).
        ipc: only of patents in this class, however much of it is given (C7).
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = equal(
        (_RESULT.c.station, station),
        (_RESULT.c.field, field),
        (_RESULT.c.state, state),
        (_RESULT.c.stage, stage),
        (_RESULT.c.programme_level, programme),
    )
    if ipc:
        conditions.append(_RESULT.c.ipc.like(like(f'"{ipc}'), escape="!"))
    if q:
        columns = (_RESULT.c.title, _RESULT.c.text, _RESULT.c.keywords, _RESULT.c.owner)
        conditions.append(contains(q, *columns))
    return [_view(row) for row in newest_page(reading, _RESULT, conditions, limit, after)]


def find_many(reading: "Reading", ids: Iterable[str]) -> dict[str, ResultView]:
    """Those of the results that are held, by id."""
    return {str(row.id): _view(row) for row in rows_in(reading, _RESULT, _RESULT.c.id, ids)}


def find_stages(reading: "Reading", result: ResultView) -> list[StageStep]:
    """How a result has ripened, from where it stood when it was published (C6)."""
    steps = []
    if result.begun_stage:
        steps.append(StageStep(id=result.id, time=result.time, stage=result.begun_stage))
    query = (
        select(ACTS)
        .where(
            ACTS.c.publication == result.id,
            ACTS.c.station == result.station,
            ACTS.c.kind.in_((ResultAmended.KIND, ResultAdvanced.KIND)),
        )
        .order_by(ACTS.c.epoch, ACTS.c.seq, ACTS.c.id)
    )
    for act in reading.connection.execute(query):
        said = json.loads(act.body)
        is_step = act.kind == ResultAdvanced.KIND
        before = steps[-1].stage if steps else ""
        if is_step or said.get("stage", "") not in ("", before):
            named = {name: said[name] for name in ("trl", "on", "note") if is_step and name in said}
            steps.append(StageStep(id=act.id, time=act.time, stage=said["stage"], **named))
    return steps


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
