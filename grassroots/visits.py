"""Visits to enterprises: the card stays here, the number is published (A6, B2)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import select, update

from grassroots.enterprises import ROWS_MAX, get_enterprise
from node.calendar import day_of
from node.capability import Capability, Route
from node.drafting import Published, draft, own_station, publish
from node.ids import new_id
from node.model import Model
from node.people.permissions import Act
from node.store import VisitNote, table_of
from protocol.records.performance import VisitMade

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

_NOTE = table_of(VisitNote)


class VisitInput(Model):
    """A visit; industry and division come from the enterprise's card unless given."""

    model_config = ConfigDict(extra="forbid")

    enterprise: Annotated[str, Field(max_length=40)] | None = None
    on: str | None = None
    needs_found: Annotated[int, Field(ge=0, le=1_000)] = 0
    industry: str | None = None
    division: str | None = None
    note: Annotated[str, Field(max_length=8_000)] = ""


class VisitView(Model):
    """A visit as the station keeps it; ``entry`` is its public record."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    enterprise: str | None
    visited_on: str
    note: str
    entry: str | None
    created_ms: int


class VisitQuery(Model):
    """Which visits."""

    model_config = ConfigDict(extra="forbid")

    enterprise: Annotated[str, Field(max_length=40, description="only to this one: its id")] = ""
    limit: Annotated[int, Field(ge=1, le=ROWS_MAX, description="rows at most")] = ROWS_MAX


class VisitList(Model):
    """Visits, newest first."""

    items: list[VisitView]


async def add_visit(node: "Node", body: VisitInput) -> Published:
    """Record a visit: the note is kept, the number is published."""
    own_station(node)
    on = body.on or day_of(node.clock.now_ms())
    industry, division = body.industry, body.division
    if body.enterprise is not None:
        id_ = body.enterprise
        card = await node.store.aread(lambda reading: get_enterprise(reading, id_))
        industry, division = industry or card.industry, division or card.division
    record = draft(
        VisitMade,
        {
            "on": on,
            "industry": industry,
            "division": division,
            "needs_found": body.needs_found,
        },
    )
    note = VisitView(
        id=new_id(node.random),
        enterprise=body.enterprise,
        visited_on=on,
        note=body.note,
        entry=None,
        created_ms=node.clock.now_ms(),
    )
    await node.store.awrite(lambda tx: tx.insert(VisitNote, [note.model_dump()]))
    published = await publish(node, record)
    await node.store.awrite(lambda tx: _name_entry(tx, note.id, published.id))
    return published


def _name_entry(tx: "Writing", note: str, entry: str) -> None:
    tx.connection.execute(update(_NOTE).where(_NOTE.c.id == note).values(entry=entry))


def find_visits(reading: "Reading", enterprise: str = "", limit: int = ROWS_MAX) -> list[VisitView]:
    """Visits, the latest first; those to one enterprise if it is given."""
    statement = select(_NOTE).order_by(_NOTE.c.visited_on.desc(), _NOTE.c.id).limit(limit)
    if enterprise:
        statement = statement.where(_NOTE.c.enterprise == enterprise)
    return [VisitView.model_validate(row) for row in reading.connection.execute(statement)]


async def list_visits(node: "Node", query: VisitQuery) -> VisitList:
    """The visits this station made, with their notes."""
    found = await node.store.aread(lambda r: find_visits(r, query.enterprise, query.limit))
    return VisitList(items=found)


CAPABILITY = Capability(
    name="visits",
    title="走访企业",
    serves=("A6", "B2"),
    channels=("performance",),
    routes=(
        Route("GET", "/visits", list_visits, "This station's visits", ("B2",), act=Act.READ_CARDS),
        Route("POST", "/visits", add_visit, "Record a visit", ("B2",), 201, act=Act.WRITE_CARDS),
    ),
)
