"""Bringing in files of lists, and handing tables out (A17, L1)."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from grassroots.intakes import INTAKES, Intake, Item
from grassroots.ownlists import PrivateTable, export_private
from node.capability import Capability, Download, Route
from node.errors import InvalidError
from node.exports import Table, export_table
from node.imports import PAGE_ROWS, Row, read_pages
from node.lists import ListKind
from node.model import Model
from node.people import OPERATOR, Actor
from node.people.permissions import Act
from node.tables import LAYOUTS, Layout, get_layout
from node.tables.rows import find_heading
from node.tables.template import write_template
from node.tables.writing import MEDIA, XLSX, Format

if TYPE_CHECKING:
    from node.app import Node

assert set(INTAKES) == set(LAYOUTS)


class ImportPath(Model):
    """What the rows are."""

    kind: ListKind


class ImportInput(Model):
    """A page of rows: column name to value; ``numbers`` are their places in the file, from 1.

    ``system`` names where the file comes from, unless a row's own ``source`` does. Who sends needs
    declares that none of them holds a state or work secret, but for rows that say so themselves.
    """

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, Field(min_length=1, max_length=60)]
    rows: Annotated[
        list[dict[str, str | int | bool | list[str] | None]],
        Field(min_length=1, max_length=PAGE_ROWS),
    ]
    numbers: list[int] = Field(default_factory=list, max_length=PAGE_ROWS)
    first: Annotated[int, Field(ge=1)] = 1
    dry_run: bool = False


class RefusedView(Model):
    """A row that was not taken: the field, its heading in the file, the reason."""

    row: int
    field: str
    column: str = ""
    reason: str


class ImportOutcome(Model):
    """What became of the rows; with ``dry_run`` none is published, but counted as if it were.

    ``handed_in`` are needs that wait for a second person's approval.
    """

    published: int
    handed_in: int = 0
    would_publish: int
    already_here: int
    refused: list[RefusedView]


class TemplatePath(Model):
    """Which list."""

    table: ListKind


class RecordExportPath(Model):
    """Which of the station's own lists."""

    table: PrivateTable


class ExportPath(Model):
    """Which table."""

    table: Table


class ExportQuery(Model):
    """As which kind of file."""

    model_config = ConfigDict(extra="forbid")

    format: Format = "csv"


class ExportInput(ExportQuery):
    """As which kind of file."""


class _Page:
    """The rows of one page, understood one by one."""

    def __init__(self, layout: Layout, intake: Intake) -> None:
        self.items: list[Item] = []
        self.refused: list[RefusedView] = []
        self.already_here = 0
        self._layout = layout
        self._intake = intake

    def take(self, number: int, row: Row) -> None:
        try:
            item = self._intake.read(row)
        except InvalidError as error:
            self.refused += [
                self._refuse(number, row, field.removeprefix("source."), reason)
                for field, reason in (error.reasons or {"": error.message}).items()
            ]
            return
        if item.keys & self._intake.held:
            self.already_here += 1
            return
        self._intake.held.update(item.keys)
        self.items.append(item)

    def _refuse(self, number: int, row: Row, field: str, reason: str) -> RefusedView:
        column = find_heading(self._layout, row, field)
        return RefusedView(row=number, field=field, column=column, reason=reason)


async def import_rows(
    node: "Node", path: ImportPath, body: ImportInput, actor: Actor = OPERATOR
) -> ImportOutcome:
    """Keep or publish the rows of a file; a row already here is skipped (A17)."""
    numbers = body.numbers or range(body.first, body.first + len(body.rows))
    if len(numbers) != len(body.rows):
        raise InvalidError("numbers and rows are not equally many")
    layout = get_layout(path.kind)
    rows: list[Row] = [{**row} for row in body.rows]
    intake = await INTAKES[path.kind](node, rows, body.system)
    page = _Page(layout, intake)
    for number, row in zip(numbers, rows, strict=True):
        page.take(number, row)
    if page.items and not body.dry_run:
        await intake.keep(page.items, actor)
    taken = 0 if body.dry_run else len(page.items)
    return ImportOutcome(
        published=0 if intake.waits else taken,
        handed_in=taken if intake.waits else 0,
        would_publish=len(page.items) if body.dry_run else 0,
        already_here=page.already_here,
        refused=page.refused,
    )


async def import_file(
    node: "Node", path: ImportPath, file: Path, system: str, actor: Actor, *, dry_run: bool
) -> ImportOutcome:
    """Bring in a whole file that lies here, page by page, as :func:`import_rows` does each.

    Raises:
        ConfigError: the file cannot be read, or holds no list.
    """
    total = ImportOutcome(published=0, would_publish=0, already_here=0, refused=[])
    pages = await asyncio.to_thread(list, read_pages(file))
    for page in pages:
        total.refused += [
            RefusedView(row=each.row, field=each.field, reason=each.reason) for each in page.refused
        ]
        if not page.rows:
            continue
        body = ImportInput(system=system, rows=page.rows, numbers=page.numbers, dry_run=dry_run)
        outcome = await import_rows(node, path, body, actor)
        total.published += outcome.published
        total.handed_in += outcome.handed_in
        total.would_publish += outcome.would_publish
        total.already_here += outcome.already_here
        total.refused += outcome.refused
    total.refused.sort(key=lambda each: each.row)
    return total


async def export_rows(node: "Node", path: ExportPath, query: ExportQuery) -> Download:
    """A table as a file."""
    return await node.store.aread(lambda reading: export_table(reading, path.table, query.format))


async def export_records(node: "Node", path: RecordExportPath, body: ExportInput) -> Download:
    """A list that never leaves the station, as a file; the audit trail says who took it."""
    table, format_ = path.table, body.format
    return await node.store.aread(lambda reading: export_private(reading, table, format_))


async def get_template(node: "Node", path: TemplatePath) -> Download:
    """The workbook to fill in for a list: headings, choices, codes."""
    layout = get_layout(path.table)
    content = await asyncio.to_thread(write_template, layout)
    return Download(f"{layout.name}-template.xlsx", XLSX, content)


CAPABILITY = Capability(
    name="tables",
    title="导入导出",
    serves=("A17", "L1"),
    routes=(
        Route(
            "POST",
            "/imports/{kind}",
            import_rows,
            "Bring in the rows of a file",
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
        Route(
            "POST",
            "/records/{table}/export",
            export_records,
            "A list of this station's own as a file",
            ("L1",),
            act=Act.READ_CARDS,
            media=tuple(MEDIA.values()),
        ),
        Route(
            "GET",
            "/templates/{table}",
            get_template,
            "The workbook to fill in for a list",
            ("A17", "L1"),
            media=(XLSX,),
        ),
    ),
)
