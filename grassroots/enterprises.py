"""Enterprises' cards: who they are and whom to speak to; kept at this station only (B14, D11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from sqlalchemy import select, update

from node.capability import Capability, Route
from node.drafting import IdPath, check_codes
from node.errors import ConflictError, NotFoundError
from node.ids import new_id
from node.model import Model
from node.people.permissions import Act
from node.readmodels.rows import contains, like
from node.store import Enterprise, table_of
from protocol.records.fields import Division, Industry

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

ROWS_MAX = 500
DISCLOSED = (
    "name", "credit_code", "industry", "division", "size", "park", "contact", "phone", "email"
)  # fmt: skip
"""What of a card is told to a station the enterprise is disclosed to; its notes never are."""

_CARD = table_of(Enterprise)

Short = Annotated[str, Field(max_length=120)]


def _check_code(code: str) -> str:
    from stdnum.cn import uscc
    from stdnum.exceptions import ValidationError as NumberError

    try:
        return str(uscc.validate(code))
    except NumberError:
        raise ValueError(
            "is no unified social credit code: 18 characters, the last a check character; "
            "copy it from the business licence"
        ) from None


CreditCode = Annotated[str, Field(max_length=40), AfterValidator(_check_code)]
"""GB 32100: 18 characters whose last one checks the others; spaces and hyphens are left out."""
ParkKind = Literal["high-tech", "economic", "industrial", "incubator", "university", "other"]
"""J4: what kind of park it lies in."""


class EnterpriseInput(Model):
    """An enterprise's card; none of it ever leaves the station unsealed.

    ``tech_sme`` says that it is on the list of technology SMEs (科技型中小企业, B14).
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    credit_code: CreditCode | None = None
    industry: Industry | None = None
    division: Division | None = None
    size: Annotated[str, Field(pattern=r"^(micro|small|medium|large)$")] | None = None
    park: Short | None = None
    park_kind: ParkKind | None = None
    tech_sme: bool | None = None
    contact: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    note: Annotated[str, Field(max_length=4_000)] = ""


class EnterpriseView(Model):
    """A card as it is kept; times in Unix ms, ``changed_ms`` None until it is changed."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    credit_code: str | None = None
    industry: str | None = None
    division: str | None = None
    size: str | None = None
    park: str | None = None
    park_kind: str | None = None
    tech_sme: bool | None = None
    contact: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str = ""
    created_ms: int
    changed_ms: int | None = None


class EnterpriseList(Model):
    """Cards, newest first."""

    items: list[EnterpriseView]


class EnterpriseQuery(Model):
    """Which cards."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=120, description="in name, park or credit code")] = ""
    division: Annotated[str, Field(max_length=6, description="how its code begins")] = ""
    industry: Annotated[str, Field(max_length=5, description="how its code begins")] = ""
    limit: Annotated[int, Field(ge=1, le=ROWS_MAX, description="rows at most")] = ROWS_MAX


def get_enterprise(reading: "Reading", id_: str) -> EnterpriseView:
    """The card with this id.

    Raises:
        NotFoundError: no such card is kept here.
    """
    row = reading.connection.execute(select(_CARD).where(_CARD.c.id == id_)).first()
    if row is None:
        raise NotFoundError(f"no enterprise {id_} is kept here", "Add its card first.")
    return EnterpriseView.model_validate(row)


def find_enterprises(reading: "Reading", query: EnterpriseQuery) -> list[EnterpriseView]:
    """Cards, newest first."""
    statement = select(_CARD).order_by(_CARD.c.created_ms.desc(), _CARD.c.id).limit(query.limit)
    if query.q.strip():
        statement = statement.where(
            contains(query.q, _CARD.c.name, _CARD.c.park, _CARD.c.credit_code)
        )
    for column, begin in ((_CARD.c.division, query.division), (_CARD.c.industry, query.industry)):
        if begin:
            statement = statement.where(column.like(like(begin).removeprefix("%"), escape="!"))
    rows = reading.connection.execute(statement)
    return [EnterpriseView.model_validate(row) for row in rows]


def name_enterprises(reading: "Reading") -> dict[str, str]:
    """The name on every card, by id, in the order of names: for choosing one of them."""
    rows = reading.connection.execute(select(_CARD.c.id, _CARD.c.name).order_by(_CARD.c.name))
    return {row.id: row.name for row in rows}


def tell_enterprise(card: EnterpriseView) -> dict[str, str]:
    """The fields of a card that one station is told, with the enterprise's consent (D11)."""
    told = card.model_dump(include=set(DISCLOSED), exclude_none=True)
    return {name: str(told[name]) for name in DISCLOSED if name in told}


def secrets_of(card: EnterpriseView) -> list[str]:
    """What in a public text would say which enterprise it is about."""
    return [each for each in (card.name, card.credit_code, card.phone, card.email) if each]


def _check_known(body: EnterpriseInput) -> None:
    check_codes({"division": body.division, "industry": body.industry})


def _check_new(tx: "Writing", body: EnterpriseInput, but: str = "") -> None:
    """Refuse a second card for one credit code.

    Raises:
        ConflictError: it says which card has the code.
    """
    if body.credit_code is None:
        return
    has_code = _CARD.c.credit_code == body.credit_code
    query = select(_CARD.c.id, _CARD.c.name).where(has_code, _CARD.c.id != but)
    other = tx.connection.execute(query).first()
    if other is not None:
        raise ConflictError(
            f"The credit code {body.credit_code} is on another card: {other.name} ({other.id}).",
            f"Use that card: /enterprises/{other.id}; or correct the code.",
            "card-twice",
        )


async def add_enterprise(node: "Node", body: EnterpriseInput) -> EnterpriseView:
    """Keep an enterprise's card.

    Raises:
        InvalidError: a code that is in no list.
        ConflictError: another card has its credit code.
    """
    _check_known(body)
    card = EnterpriseView(
        **body.model_dump(),
        id=new_id(node.random),
        created_ms=node.clock.now_ms(),
    )

    def keep(tx: "Writing") -> None:
        _check_new(tx, body)
        tx.insert(Enterprise, [card.model_dump()])

    await node.store.awrite(keep)
    return card


async def edit_enterprise(node: "Node", path: IdPath, body: EnterpriseInput) -> EnterpriseView:
    """Write a card anew.

    Raises:
        NotFoundError: no such card.
        InvalidError: a code that is in no list.
        ConflictError: another card has its credit code.
    """
    _check_known(body)

    def change(tx: "Writing") -> EnterpriseView:
        card = get_enterprise(tx, path.id)
        _check_new(tx, body, card.id)
        fields: Mapping[str, object] = {**body.model_dump(), "changed_ms": node.clock.now_ms()}
        tx.connection.execute(update(_CARD).where(_CARD.c.id == card.id).values(**fields))
        return get_enterprise(tx, card.id)

    return await node.store.awrite(change)


async def list_enterprises(node: "Node", query: EnterpriseQuery) -> EnterpriseList:
    """The cards kept here."""
    found = await node.store.aread(lambda reading: find_enterprises(reading, query))
    return EnterpriseList(items=found)


CAPABILITY = Capability(
    name="enterprises",
    title="企业档案",
    serves=("B2", "B14", "D11"),
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
        Route(
            "POST",
            "/enterprises/{id}/edit",
            edit_enterprise,
            "Write an enterprise's card anew",
            ("B2",),
            act=Act.WRITE_CARDS,
        ),
    ),
)
