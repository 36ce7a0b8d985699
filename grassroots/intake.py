"""What becomes of the rows of a file: needs and results are published, cards and visits kept (A17).

A list is taken in by three things: how a row is read, which rows are here already, and how those
that are new are kept.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import select

from grassroots.drafts import is_review_required
from grassroots.enterprises import EnterpriseInput, add_enterprise
from grassroots.handing_in import find_sources_handed_in, hand_in_needs
from grassroots.needs import texts_of
from grassroots.secrecy import check_open, find_marks
from grassroots.visits import VisitInput, add_visit
from node.drafting import check_codes, new_salt, own_station
from node.errors import InvalidError
from node.imports import Row
from node.mapping import to_need, to_result
from node.people import Actor
from node.readmodels import needs, results
from node.store import Enterprise, VisitNote, table_of
from node.tables import ENTERPRISES, VISITS, read_fields
from node.tables.layout import plain_heading
from protocol.records import Record
from protocol.records.needs import NeedContent, NeedPublished, Source
from protocol.records.results import ResultContent

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

Shape = TypeVar("Shape", bound=BaseModel)
Key = tuple[str, ...]
_ENTERPRISE = table_of(Enterprise)
_NOTE = table_of(VisitNote)


class Item(NamedTuple):
    """A row understood: by which keys it is known again, and what it says."""

    keys: frozenset[Key]
    value: object


class Intake(NamedTuple):
    """A list ready to take rows: ``held`` are the keys of what is here, ``keep`` keeps new ones.

    Where ``waits``, what is kept waits for a second person before it is published.
    """

    read: Callable[[Row], Item]
    held: set[Key]
    keep: Callable[[Sequence[Item], Actor], Awaitable[None]]
    waits: bool = False


Prepare = Callable[["Node", Sequence[Row], str], Awaitable[Intake]]
"""Makes the intake for a page of rows of a system."""


def _source_key(record: Record) -> Key:
    assert isinstance(record, NeedContent | ResultContent)
    source = record.source
    assert isinstance(source, Source)
    return source.system, source.id


def _publishing(
    to_record: Callable[[Row, str, str], Record],
    find_sources: Callable[["Reading", str, str], set[str]],
) -> Prepare:
    """The intake of records that are published; their source tells those that are here."""

    async def prepare(node: "Node", rows: Sequence[Row], system: str) -> Intake:
        me = own_station(node)
        systems = {_system_of(row) or system for row in rows}

        def look(reading: "Reading") -> set[Key]:
            return {(name, id_) for name in systems for id_ in find_sources(reading, me.id, name)}

        def read(row: Row) -> Item:
            record = to_record(row, system, new_salt(node))
            return Item(frozenset({_source_key(record)}), record)

        async def keep(items: Sequence[Item], actor: Actor) -> None:
            records = [each.value for each in items]
            await node.publisher.apublish_many(
                [(each, "-") for each in records if isinstance(each, Record)]
            )

        return Intake(read, await node.store.aread(look), keep)

    return prepare


_prepare_sources = _publishing(to_need, needs.find_sources)


async def _prepare_needs(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Needs, past the same gates as those somebody types: marks of secrets, a second person."""
    intake = await _prepare_sources(node, rows, system)
    waits = await is_review_required(node)

    def read(row: Row) -> Item:
        item = intake.read(row)
        assert isinstance(item.value, NeedPublished)
        marks = find_marks(texts_of(item.value).values())
        check_open(marks)
        if marks:
            named = "、".join(each.mark for each in marks)
            raise InvalidError(f"it hints at classified matter ({named}); draft it by hand")
        return item

    async def hand_in(items: Sequence[Item], actor: Actor) -> None:
        records = [each.value for each in items if isinstance(each.value, NeedPublished)]
        await hand_in_needs(node, records, actor)

    if not waits:
        return intake._replace(read=read)
    handed_in = await node.store.aread(find_sources_handed_in)
    return Intake(read, intake.held | handed_in, hand_in, waits)


def _system_of(row: Row) -> str:
    names = ("source", "来源系统")
    found = (value for name, value in row.items() if plain_heading(name) in names and value)
    return " ".join(str(next(found, "")).split())


async def _prepare_enterprises(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Cards; one is known by its credit code, one without by its name."""

    def look(reading: "Reading") -> set[Key]:
        found = reading.connection.execute(select(_ENTERPRISE.c.name, _ENTERPRISE.c.credit_code))
        return {key for row in found for key in _card_keys(row.name, row.credit_code)}

    def read(row: Row) -> Item:
        card = _model(EnterpriseInput, read_fields(ENTERPRISES, row))
        return Item(frozenset(_card_keys(card.name, card.credit_code)), card)

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, EnterpriseInput)
            await add_enterprise(node, each.value)

    return Intake(read, await node.store.aread(look), keep)


def _card_keys(name: str, credit_code: str | None) -> list[Key]:
    return [("code", credit_code)] if credit_code else [("name", name)]


async def _prepare_visits(node: "Node", rows: Sequence[Row], system: str) -> Intake:
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
                raise InvalidError(reason, reasons={"enterprise": reason})
            fields["enterprise"] = cards[str(named)]
        visit = _model(VisitInput, fields)
        return Item(frozenset({(visit.enterprise or "", str(visit.on), visit.note)}), visit)

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, VisitInput)
            await add_visit(node, each.value)

    return Intake(read, held, keep)


def _model(model: type[Shape], fields: Mapping[str, object]) -> Shape:
    """The fields of a row as the input of an operation; its codes are looked up as well."""
    check_codes(fields)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        reasons = {
            ".".join(str(part) for part in each["loc"]): each["msg"]
            for each in error.errors(include_url=False, include_context=False)
        }
        told = "; ".join(f"{field}: {reason}" for field, reason in reasons.items())
        raise InvalidError(told, "Correct the cells named.", reasons) from None


INTAKES: Mapping[str, Prepare] = {
    "enterprises": _prepare_enterprises,
    "visits": _prepare_visits,
    "needs": _prepare_needs,
    "results": _publishing(to_result, results.find_sources),
}
"""How each list that has a layout is taken in."""
