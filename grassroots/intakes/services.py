"""Activities and technology contracts out of files, as the forms take them (A17, E14, L2)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from grassroots.engagements.activities import ActivityInput, add_activity
from grassroots.engagements.contracts import TechnologyContractInput, add_contract
from grassroots.intakes.intake import Intake, Item, Key, cells_under, read_model, refuse
from node.calendar import day_of
from node.drafting import own_station
from node.imports import Row
from node.people import Actor
from node.readmodels.referrals import ReferralRow
from node.store import table_of
from node.store.services import Activity, Engagement, TechnologyContract
from node.tables import ACTIVITIES, CONTRACTS, read_fields
from node.tables.services import CONTRACT_ID

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_ACTIVITY = table_of(Activity)
_CONTRACT = table_of(TechnologyContract)
_ENGAGEMENT = table_of(Engagement)
_REFERRAL = table_of(ReferralRow)


async def prepare_activities(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Activities; one is known by kind, title and day. The numbers are published (L2)."""
    own_station(node)

    def look(reading: "Reading") -> tuple[set[Key], set[str]]:
        of = _ACTIVITY.c
        found = reading.connection.execute(select(of.kind, of.title, of.on_date))
        return {(kind, title, on) for kind, title, on in found}, _engagements(reading)

    held, engagements = await node.store.aread(look)

    def read(row: Row) -> Item:
        fields = read_fields(ACTIVITIES, row)
        reasons = _unknown(fields, engagement=engagements)
        if _whole(fields, "enterprises") > _whole(fields, "participants"):
            reasons["enterprises"] = "more enterprises than participants"
        refuse(reasons)
        held_on = read_model(ActivityInput, fields)
        return Item(frozenset({(held_on.kind, held_on.title, str(held_on.on))}), held_on)

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, ActivityInput)
            await add_activity(node, each.value)

    return Intake(read, held, keep)


async def prepare_contracts(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Contracts; one is known by its registration, one without by name, type, day and amount."""
    me, today = own_station(node).id, day_of(node.clock.now_ms())

    def look(reading: "Reading") -> tuple[set[Key], set[str], set[str]]:
        found = reading.connection.execute(select(_CONTRACT))
        held = {key for row in found for key in _held_keys({**row._mapping})}
        party = or_(_REFERRAL.c.sender == me, _REFERRAL.c.receiver == me)
        cases = reading.connection.execute(select(_REFERRAL.c.id).where(party)).scalars()
        return held, _engagements(reading), set(cases)

    held, engagements, cases = await node.store.aread(look)

    def read(row: Row) -> Item:
        ids = {("id", id_) for id_ in cells_under(row, (CONTRACT_ID,))} & held
        if ids:
            return Item(frozenset(ids), None)
        fields = read_fields(CONTRACTS, row)
        reasons = _unknown(fields, engagement=engagements, referral=cases)
        if _whole(fields, "technology_fen") > _whole(fields, "amount_fen"):
            reasons["technology_fen"] = "more than the amount of the contract"
        if str(fields["signed"]) > today:
            reasons["signed"] = "a day that has not come"
        refuse(reasons)
        contract = read_model(TechnologyContractInput, fields)
        return Item(frozenset(_new_keys(contract, held)), contract)

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, TechnologyContractInput)
            await add_contract(node, each.value)

    return Intake(read, held, keep)


def _engagements(reading: "Reading") -> set[str]:
    return set(reading.connection.execute(select(_ENGAGEMENT.c.id)).scalars())


def _unknown(fields: Mapping[str, object], **known: set[str]) -> dict[str, str]:
    """Fields that name what is not here, each with its reason."""
    return {
        name: f"{str(fields[name])[:64]} is not known here"
        for name, ids in known.items()
        if name in fields and str(fields[name]) not in ids
    }


def _whole(fields: Mapping[str, object], name: str) -> int:
    value = fields.get(name, 0)
    assert isinstance(value, int)
    return value


def _told(row: Mapping[str, object]) -> Key:
    return ("told", *(str(row[name]) for name in ("name", "type", "signed", "amount_fen")))


def _held_keys(row: Mapping[str, object]) -> list[Key]:
    keys: list[Key] = [("id", str(row["id"])), _told(row)]
    if row["registration"] is None:
        return [*keys, ("bare", *_told(row))]
    return [*keys, ("registration", str(row["registration"]))]


def _new_keys(contract: TechnologyContractInput, held: set[Key]) -> set[Key]:
    """A contract whose registration came later is the one that was recorded without it."""
    told = _told(contract.model_dump())
    if contract.registration is None:
        return {told}
    bare = ("bare", *told)
    return {("registration", contract.registration), *({bare} & held)}
