"""Technology contracts: five types, turnover and technology amount apart, in fen (E14)."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import func, select

from grassroots.engagements.book import Id, Title, get_view
from grassroots.engagements.rows import get_row, list_rows
from grassroots.referrals import ConcludeInput, ContractInput, conclude_referral
from node.calendar import day_of
from node.drafting import IdPath, Published, own_station
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.ids import new_id
from node.model import Model
from node.readmodels import referrals
from node.readmodels.rows import equal
from node.store import table_of
from node.store.services import TechnologyContract
from protocol.records.fields import Day

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

ContractType = Literal["development", "transfer", "licence", "consulting", "service"]
FIELDS = (
    "electronics",
    "aerospace",
    "manufacturing",
    "medicine",
    "materials",
    "energy",
    "environment",
    "nuclear",
    "agriculture",
    "transport",
    "city",
)
"""The technical fields in which technology contracts are registered."""
FEN_MAX = 10**14

_CONTRACT = table_of(TechnologyContract)
Fen = Annotated[int, Field(ge=0, le=FEN_MAX)]


class TechnologyContractInput(Model):
    """A contract as it was signed; money in fen, the technology amount within the turnover.

    The two are different figures of the same contract and are never added (E14).
    """

    model_config = ConfigDict(extra="forbid")

    type: ContractType
    name: Title
    field: Annotated[str, Field(max_length=20)] = ""
    amount_fen: Fen
    technology_fen: Fen
    signed: Day
    registration: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    engagement: Id | None = None
    referral: Id | None = None
    agreement: Id | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.technology_fen > self.amount_fen:
            raise ValueError("technology_fen is above amount_fen")
        if self.field and self.field not in FIELDS:
            raise ValueError(f"field is none of {', '.join(FIELDS)}")
        return self


class TechnologyContractView(Model):
    """A contract as the station keeps it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    type: str
    name: str
    field: str
    amount_fen: int
    technology_fen: int
    signed: str
    registration: str | None
    engagement: str | None
    referral: str | None
    agreement: str | None
    created_ms: int


class ContractQuery(Model):
    """Which contracts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: Annotated[str, Field(pattern=r"^(|[0-9]{4})$", description="signed in this year")] = ""
    engagement: Id = ""
    referral: Id = ""


class ContractList(Model):
    """Contracts, the newest signed first."""

    items: list[TechnologyContractView]


class YearTotal(Model):
    """One year's contracts of one type: how many, turnover and technology amount apart."""

    model_config = ConfigDict(frozen=True)

    year: str
    type: str
    contracts: int
    amount_fen: int
    technology_fen: int


class YearTotals(Model):
    """Contracts by year and type, the newest year first (E14, K1)."""

    items: list[YearTotal]


class ConcludeNote(Model):
    """A remark for the other station."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(max_length=2_000)] = ""


async def add_contract(node: "Node", body: TechnologyContractInput) -> TechnologyContractView:
    """Record a technology contract once; what needs its figures takes them from here.

    Raises:
        NotFoundError: engagement or referral are not held here.
        NotAllowedError: this station is no party to the referral.
        ConflictError: a contract of that registration number is recorded already.
    """
    now_ms = node.clock.now_ms()
    if body.signed > day_of(now_ms):
        raise InvalidError(
            "It was signed on a day that has not come.", "Correct the day.", {"signed": "too late"}
        )
    referral = body.referral or None
    if body.engagement:
        engagement = body.engagement
        view = await node.store.aread(lambda reading: get_view(reading, engagement))
        referral = referral or view.referral
    if referral is not None:
        case = referral
        found = await node.store.aread(lambda reading: referrals.get(reading, case))
        if own_station(node).id not in (found.sender, found.receiver):
            raise NotAllowedError("This station is no party to that referral.")
    await node.store.aread(lambda reading: _check_new(reading, body.registration))
    row = {
        **body.model_dump(),
        "id": new_id(node.random),
        "engagement": body.engagement or None,
        "referral": referral,
        "created_ms": now_ms,
    }
    await node.store.awrite(lambda tx: tx.insert(TechnologyContract, [row]))
    return TechnologyContractView.model_validate(row)


def _check_new(reading: "Reading", registration: str | None) -> None:
    if registration is None:
        return
    same = select(_CONTRACT.c.id).where(_CONTRACT.c.registration == registration)
    if (known := reading.connection.execute(same).scalar()) is not None:
        raise ConflictError(
            f"a contract of that registration number is recorded already: {known}",
            "Each contract is recorded once; look it up in the list.",
        )


def find(reading: "Reading", query: ContractQuery) -> list[TechnologyContractView]:
    """Contracts, the newest signed first, 500 at most."""
    table = _CONTRACT.c
    conditions = equal((table.engagement, query.engagement), (table.referral, query.referral))
    if query.year:
        conditions += [table.signed >= f"{query.year}-01-01", table.signed <= f"{query.year}-12-31"]
    order = (table.signed.desc(), table.id)
    rows = list_rows(reading, TechnologyContract, *conditions, order=order)
    return [TechnologyContractView.model_validate(row) for row in rows]


def sum_years(reading: "Reading") -> list[YearTotal]:
    """Contracts by year and type, the newest year first."""
    year = func.substr(_CONTRACT.c.signed, 1, 4)
    query = (
        select(
            year.label("year"),
            _CONTRACT.c.type,
            func.count().label("contracts"),
            func.sum(_CONTRACT.c.amount_fen).label("amount_fen"),
            func.sum(_CONTRACT.c.technology_fen).label("technology_fen"),
        )
        .group_by(year, _CONTRACT.c.type)
        .order_by(year.desc(), _CONTRACT.c.type)
    )
    return [
        YearTotal(
            year=row.year,
            type=row.type,
            contracts=row.contracts,
            amount_fen=int(row.amount_fen),
            technology_fen=int(row.technology_fen),
        )
        for row in reading.connection.execute(query)
    ]


async def list_contracts(node: "Node", query: ContractQuery) -> ContractList:
    """The technology contracts recorded here."""
    return ContractList(items=await node.store.aread(lambda reading: find(reading, query)))


async def total_contracts(node: "Node") -> YearTotals:
    """Contracts by year and type: turnover and technology amount, never added."""
    return YearTotals(items=await node.store.aread(sum_years))


async def conclude_with_contract(node: "Node", path: IdPath, body: ConcludeNote) -> Published:
    """Conclude the contract's referral with the figures recorded, so that they are typed once.

    Raises:
        NotFoundError: no such contract is recorded here.
        ConflictError: it belongs to no referral, or the referral does not wait for that.
    """
    row = await node.store.aread(
        lambda reading: get_row(reading, TechnologyContract, path.id, "contract")
    )
    view = TechnologyContractView.model_validate(row)
    if view.referral is None:
        raise ConflictError(
            "That contract belongs to no referral.", "Record it with the referral it came of."
        )
    contract = ContractInput(
        type=view.type,
        amount_fen=view.amount_fen,
        technology_fen=view.technology_fen,
        signed=view.signed,
        registration=view.registration,
    )
    concluded = ConcludeInput(outcome="contract", contract=contract, note=body.note)
    return await conclude_referral(node, IdPath(id=view.referral), concluded)
