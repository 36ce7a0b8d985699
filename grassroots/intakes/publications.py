"""Needs, results and resources out of files: published past the gates a form has (A17, F1).

A row is known again by its source, and one that was handed out here by the id of its entry.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from grassroots.drafts import is_review_required
from grassroots.handing_in import find_sources_handed_in, hand_in_needs
from grassroots.intakes.intake import Intake, Item, Key, Prepare, cells_under, refuse
from grassroots.needs import texts_of
from grassroots.resources.offers import ResourceInput, draft_offer, offer_resources
from grassroots.secrecy import check_open, find_marks
from node.drafting import fill, new_salt, own_station
from node.errors import InvalidError
from node.imports import Row
from node.mapping import published_fields, to_need, to_result
from node.people import Actor
from node.readmodels import needs, resources, results
from node.tables import RESOURCES
from node.tables.columns import ID, SOURCE
from node.tables.headings import ENTRY
from protocol.records import Record
from protocol.records.needs import NeedContent, NeedPublished, Source
from protocol.records.resources import KINDS_OF_TYPE, ResourceContent
from protocol.records.results import ResultContent

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_ENTRY_HEADINGS = (ENTRY, *ID.headings)
_OF_PERSONS = ("expert", "broker")
_OF_PRODUCTS = ("service", "information")


class _Shelf(NamedTuple):
    """What is published already: by source and system of a station, and by ids of entries."""

    find_sources: Callable[["Reading", str, str], set[str]]
    find_many: Callable[["Reading", Collection[str]], Mapping[str, object]]


def _source_key(content: object) -> Key:
    assert isinstance(content, NeedContent | ResultContent | ResourceContent)
    source = content.source
    assert isinstance(source, Source)
    return source.system, source.id


def _publishing(
    read_row: Callable[["Node", Row, str], object],
    shelf: _Shelf,
    publish: Callable[["Node", Sequence[object]], Awaitable[None]],
) -> Prepare:
    """The intake of what is published; source and entry tell those that are here."""

    async def prepare(node: "Node", rows: Sequence[Row], system: str) -> Intake:
        me = own_station(node)
        systems = {_system_of(row) or system for row in rows}
        named = {id_ for row in rows for id_ in cells_under(row, _ENTRY_HEADINGS)}

        def look(reading: "Reading") -> tuple[set[Key], set[str]]:
            held: set[Key] = {
                (name, id_) for name in systems for id_ in shelf.find_sources(reading, me.id, name)
            }
            return held, {*shelf.find_many(reading, named)}

        held, entries = await node.store.aread(look)

        def read(row: Row) -> Item:
            for id_ in cells_under(row, _ENTRY_HEADINGS):
                if id_ in entries:
                    return Item(frozenset({(id_,)}), None)
            value = read_row(node, row, system)
            return Item(frozenset({_source_key(value)}), value)

        async def keep(items: Sequence[Item], actor: Actor) -> None:
            await publish(node, [each.value for each in items])

        return Intake(read, held | {(id_,) for id_ in entries}, keep)

    return prepare


async def _publish_records(node: "Node", values: Sequence[object]) -> None:
    await node.publisher.apublish_many([(each, "-") for each in values if isinstance(each, Record)])


def _read_need(node: "Node", row: Row, system: str) -> NeedPublished:
    """A need, without marks of secrets and without hints at what may be one."""
    record = to_need(row, system, new_salt(node))
    marks = find_marks(texts_of(record).values())
    check_open(marks)
    if marks:
        named = "、".join(each.mark for each in marks)
        raise InvalidError(f"it hints at classified matter ({named}); draft it by hand")
    return record


_prepare_needs = _publishing(
    _read_need, _Shelf(needs.find_sources, needs.find_many), _publish_records
)


async def prepare_needs(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Needs, past the same gates as those somebody types: marks of secrets, a second person."""
    intake = await _prepare_needs(node, rows, system)
    if not await is_review_required(node):
        return intake

    async def hand_in(items: Sequence[Item], actor: Actor) -> None:
        records = [each.value for each in items if isinstance(each.value, NeedPublished)]
        await hand_in_needs(node, records, actor)

    handed_in = await node.store.aread(find_sources_handed_in)
    return Intake(intake.read, intake.held | handed_in, hand_in, waits=True)


prepare_results = _publishing(
    lambda node, row, system: to_result(row, system, new_salt(node)),
    _Shelf(results.find_sources, results.find_many),
    _publish_records,
)


def _read_resource(node: "Node", row: Row, system: str) -> ResourceInput:
    """A resource; nobody is named in it who has not agreed, as on the form (F1, F2)."""
    fields = published_fields(RESOURCES, row, system)
    refuse(_misplaced(fields))
    source = fields.pop("source")
    assert isinstance(source, dict)
    url = source.pop("url")
    body = fill(ResourceInput, {**fields, "url": url, "source": source})
    draft_offer(node, body)
    return body


def _misplaced(fields: Mapping[str, object]) -> dict[str, str]:
    """Fields that a resource of this type does not have, each with its reason."""
    type_, kind = str(fields["type"]), str(fields["kind"])
    reasons: dict[str, str] = {}
    if kind not in KINDS_OF_TYPE[type_]:
        column, of = RESOURCES.by_field["kind"], RESOURCES.by_field["type"].word_of(type_)
        words = ", ".join(column.word_of(each) for each in KINDS_OF_TYPE[type_])
        reasons["kind"] = f"{column.word_of(kind)} is no kind of {of}, whose are: {words}"
    if type_ not in _OF_PERSONS and "person" in fields:
        reasons["person.name"] = "belongs to experts and brokers only"
    if type_ not in _OF_PRODUCTS:
        reasons |= {
            name: "belongs to services and information only"
            for name in ("bundle", "price_fen")
            if name in fields
        }
    since, until = fields.get("since"), fields.get("until")
    if since is not None and until is not None and str(until) < str(since):
        reasons["until"] = "it ends before it begins"
    return reasons


async def _offer(node: "Node", values: Sequence[object]) -> None:
    await offer_resources(node, [each for each in values if isinstance(each, ResourceInput)])


prepare_resources = _publishing(
    _read_resource, _Shelf(resources.find_sources, resources.find_many), _offer
)


def _system_of(row: Row) -> str:
    return next(iter(cells_under(row, SOURCE.headings)), "")
