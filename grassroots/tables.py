"""Bringing in files of needs and results, and handing tables out (A17, L1)."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from node.capability import Capability, Download, Route
from node.drafting import new_salt, own_station
from node.errors import InvalidError
from node.exports import MEDIA, Format, Table, export_table
from node.imports import PAGE_ROWS, Row, first
from node.mapping import to_need, to_result
from node.people.permissions import Act
from node.readmodels import needs, results
from protocol.records import Record
from protocol.records.needs import NeedContent, Source
from protocol.records.results import ResultContent

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

Kind = Literal["needs", "results"]
_ToRecord = Callable[[Row, str, str], Record]
_TO_RECORD: dict[str, _ToRecord] = {"needs": to_need, "results": to_result}
_FIND_SOURCES: dict[str, Callable[["Reading", str, str], set[str]]] = {
    "needs": needs.find_sources,
    "results": results.find_sources,
}


class ImportPath(BaseModel):
    """What the rows are."""

    kind: Kind


class ImportInput(BaseModel):
    """A page of rows: column name to value; ``numbers`` are their places in the file, from 1.

    ``system`` names where the file comes from, unless a row's own ``source`` does.
    """

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, Field(min_length=1, max_length=60)]
    rows: Annotated[
        list[dict[str, str | int | bool | list[str] | None]],
        Field(min_length=1, max_length=PAGE_ROWS),
    ]
    numbers: Annotated[list[int], Field(max_length=PAGE_ROWS)] = []
    first: Annotated[int, Field(ge=1)] = 1
    dry_run: bool = False


class RefusedView(BaseModel):
    """A row that was not taken, with the reason for the field."""

    row: int
    field: str
    reason: str


class ImportOutcome(BaseModel):
    """What became of the rows; with ``dry_run`` none is published, but counted as if it were."""

    published: int
    would_publish: int
    already_here: int
    refused: list[RefusedView]


class ExportPath(BaseModel):
    """Which table."""

    table: Table


class ExportQuery(BaseModel):
    """As which kind of file."""

    model_config = ConfigDict(extra="forbid")

    format: Format = "csv"


class _Page:
    """The rows of one page, understood one by one."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.refused: list[RefusedView] = []
        self.already_here = 0

    def take(
        self, number: int, row: Row, make: Callable[[Row], Record], held: set[tuple[str, str]]
    ) -> None:
        try:
            record = make(row)
        except InvalidError as error:
            reasons = error.reasons or {"": error.message}
            self.refused += [
                RefusedView(row=number, field=field.removeprefix("source."), reason=reason)
                for field, reason in reasons.items()
            ]
            return
        source = _source_of(record)
        if source in held:
            self.already_here += 1
            return
        held.add(source)
        self.records.append(record)


def _source_of(record: Record) -> tuple[str, str]:
    assert isinstance(record, NeedContent | ResultContent)
    source = record.source
    assert isinstance(source, Source)
    return source.system, source.id


async def import_rows(node: "Node", path: ImportPath, body: ImportInput) -> ImportOutcome:
    """Publish the rows of a file as needs or results; a row already here is skipped (A17)."""
    me = own_station(node)
    systems = {first(row, ("source",)) or body.system for row in body.rows}
    held = await node.store.aread(lambda reading: _held(reading, path.kind, me.id, systems))
    to_record = _TO_RECORD[path.kind]
    numbers = body.numbers or range(body.first, body.first + len(body.rows))
    if len(numbers) != len(body.rows):
        raise InvalidError("numbers and rows are not equally many")
    page = _Page()
    for number, row in zip(numbers, body.rows, strict=True):
        page.take(number, row, lambda r: to_record(r, body.system, new_salt(node)), held)
    if page.records and not body.dry_run:
        await node.publisher.apublish_many([(record, "-") for record in page.records])
    return ImportOutcome(
        published=0 if body.dry_run else len(page.records),
        would_publish=len(page.records) if body.dry_run else 0,
        already_here=page.already_here,
        refused=page.refused,
    )


def _held(
    reading: "Reading", kind: Kind, station: str, systems: Iterable[str]
) -> set[tuple[str, str]]:
    find = _FIND_SOURCES[kind]
    return {(system, id_) for system in systems for id_ in find(reading, station, system)}


async def export_rows(node: "Node", path: ExportPath, query: ExportQuery) -> Download:
    """A table as a file."""
    return await node.store.aread(lambda reading: export_table(reading, path.table, query.format))


CAPABILITY = Capability(
    name="tables",
    title="导入导出",
    serves=("A17", "L1"),
    routes=(
        Route(
            "POST",
            "/imports/{kind}",
            import_rows,
            "Publish the rows of a file",
            ("A17",),
            act=Act.PUBLISH,
        ),
        Route(
            "GET",
            "/exports/{table}",
            export_rows,
            "A table as a file",
            ("L1",),
            media=tuple(MEDIA.values()),
        ),
    ),
)
