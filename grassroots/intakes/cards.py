"""Cards of enterprises and visits out of files: they are kept, not published (A17, B2)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from grassroots.enterprises import EnterpriseInput, add_enterprise
from grassroots.intakes.intake import Intake, Item, Key, read_model, refuse
from grassroots.visits import VisitInput, add_visit
from node.drafting import own_station
from node.imports import Row
from node.people import Actor
from node.store import Enterprise, VisitNote, table_of
from node.tables import ENTERPRISES, VISITS, read_fields

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_ENTERPRISE = table_of(Enterprise)
_NOTE = table_of(VisitNote)


async def prepare_enterprises(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Cards; one is known by its credit code, one without by its name."""

    def look(reading: "Reading") -> set[Key]:
        found = reading.connection.execute(select(_ENTERPRISE.c.name, _ENTERPRISE.c.credit_code))
        return {key for row in found for key in _card_keys(row.name, row.credit_code)}

    def read(row: Row) -> Item:
        card = read_model(EnterpriseInput, read_fields(ENTERPRISES, row))
        return Item(frozenset(_card_keys(card.name, card.credit_code)), card)

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, EnterpriseInput)
            await add_enterprise(node, each.value)

    return Intake(read, await node.store.aread(look), keep)


def _card_keys(name: str, credit_code: str | None) -> list[Key]:
    return [("code", credit_code)] if credit_code else [("name", name)]


async def prepare_visits(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Visits of enterprises that have a card; one is known by enterprise, day and note."""
    own_station(node)

    def look(reading: "Reading") -> tuple[dict[str, str], set[Key]]:
        cards: dict[str, str] = {}
        for row in reading.connection.execute(select(_ENTERPRISE)):
            cards[row.name] = row.id
            if row.credit_code:
                cards[row.credit_code] = row.id
        notes = reading.connection.execute(select(_NOTE))
        return cards, {(each.enterprise or "", each.visited_on, each.note) for each in notes}

    cards, held = await node.store.aread(look)

    def read(row: Row) -> Item:
        fields = read_fields(VISITS, row)
        named = fields.pop("enterprise", None)
        if named is not None:
            if str(named) not in cards:
                reason = f"{str(named)[:60]} has no card here; bring in the enterprises first"
                refuse({"enterprise": reason})
            fields["enterprise"] = cards[str(named)]
        visit = read_model(VisitInput, fields)
        return Item(frozenset({(visit.enterprise or "", str(visit.on), visit.note)}), visit)

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, VisitInput)
            await add_visit(node, each.value)

    return Intake(read, held, keep)
