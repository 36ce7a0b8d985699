"""Visits to enterprises: the card stays here, the number is published (A6, B2)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update

from node.calendar import day_of
from node.capability import Capability, Route
from node.drafting import Published, draft, own_station, publish
from node.errors import NotFoundError
from node.people.permissions import Act
from node.readmodels.rows import like
from node.store import Enterprise, VisitNote, table_of
from protocol.keys import encode_b64
from protocol.records.performance import VisitMade

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

ID_BYTES = 12

_ENTERPRISE = table_of(Enterprise)
_NOTE = table_of(VisitNote)

Short = Annotated[str, Field(max_length=120)]


class EnterpriseInput(BaseModel):
    """An enterprise's card; none of it ever leaves the station unsealed."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    credit_code: Annotated[str, Field(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")] | None = None
    industry: Annotated[str, Field(max_length=5)] | None = None
    division: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")] | None = None
    size: Annotated[str, Field(pattern=r"^(micro|small|medium|large)$")] | None = None
    contact: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    note: Annotated[str, Field(max_length=4_000)] = ""


class EnterpriseView(EnterpriseInput):
    """A card as it is kept; ``created_ms`` in Unix ms."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: str
    created_ms: int


class EnterpriseList(BaseModel):
    """Cards, newest first."""

    items: list[EnterpriseView]


class EnterpriseQuery(BaseModel):
    """Which cards."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=120, description="part of the name")] = ""


class VisitInput(BaseModel):
    """A visit; industry and division come from the enterprise's card unless given."""

    model_config = ConfigDict(extra="forbid")

    enterprise: Annotated[str, Field(max_length=40)] | None = None
    on: str | None = None
    needs_found: Annotated[int, Field(ge=0, le=1_000)] = 0
    industry: str | None = None
    division: str | None = None
    note: Annotated[str, Field(max_length=8_000)] = ""


class VisitView(BaseModel):
    """A visit as the station keeps it; ``entry`` is its public record."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    enterprise: str | None
    visited_on: str
    note: str
    entry: str | None
    created_ms: int


class VisitList(BaseModel):
    """Visits, newest first."""

    items: list[VisitView]


def get_enterprise(reading: "Reading", id_: str) -> EnterpriseView:
    """The card with this id.

    Raises:
        NotFoundError: no such card is kept here.
    """
    row = reading.connection.execute(select(_ENTERPRISE).where(_ENTERPRISE.c.id == id_)).first()
    if row is None:
        raise NotFoundError(f"no enterprise {id_} is kept here", "Add its card first.")
    return EnterpriseView.model_validate(row)


async def add_enterprise(node: "Node", body: EnterpriseInput) -> EnterpriseView:
    """Keep an enterprise's card."""
    card = EnterpriseView(
        **body.model_dump(),
        id=encode_b64(node.random(ID_BYTES)),
        created_ms=node.clock.now_ms(),
    )
    await node.store.awrite(lambda tx: tx.insert(Enterprise, [card.model_dump()]))
    return card


async def list_enterprises(node: "Node", query: EnterpriseQuery) -> EnterpriseList:
    """The cards kept here."""
    statement = select(_ENTERPRISE).order_by(_ENTERPRISE.c.created_ms.desc(), _ENTERPRISE.c.id)
    if query.q:
        statement = statement.where(_ENTERPRISE.c.name.ilike(like(query.q), escape="!"))
    rows = await node.store.aread(
        lambda reading: reading.connection.execute(statement.limit(500)).all()
    )
    return EnterpriseList(items=[EnterpriseView.model_validate(row) for row in rows])


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
        id=encode_b64(node.random(ID_BYTES)),
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


async def list_visits(node: "Node") -> VisitList:
    """The visits this station made, with their notes."""
    statement = select(_NOTE).order_by(_NOTE.c.visited_on.desc(), _NOTE.c.id).limit(500)
    rows = await node.store.aread(lambda reading: reading.connection.execute(statement).all())
    return VisitList(items=[VisitView.model_validate(row) for row in rows])


CAPABILITY = Capability(
    name="visits",
    title="走访企业",
    serves=("A6", "B2"),
    channels=("performance",),
    routes=(
        Route(
            "GET", "/enterprises", list_enterprises, "Enterprise cards", ("B2",), act=Act.READ_CARDS
        ),
        Route(
            "POST",
            "/enterprises",
            add_enterprise,
            "Keep an enterprise's card",
            ("B2",),
            201,
            act=Act.WRITE_CARDS,
        ),
        Route("GET", "/visits", list_visits, "This station's visits", ("B2",), act=Act.READ_CARDS),
        Route("POST", "/visits", add_visit, "Record a visit", ("B2",), 201, act=Act.WRITE_CARDS),
    ),
    commands={
        "visit": "grassroots.commands.visits:app",
        "enterprise": "grassroots.commands.visits:cards",
    },
)
