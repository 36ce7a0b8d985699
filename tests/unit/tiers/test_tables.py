"""Files in and tables out, at a station's desk (A17, L1)."""

import csv
import io
import json
from typing import get_args

import pytest
from python_calamine import CalamineWorkbook

from grassroots import tables
from grassroots.tables import ExportPath, ExportQuery, ImportInput, ImportPath
from node.exports import Table
from node.readmodels import needs, results
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

ROWS = [
    {"id": "r1", "title": "钛精矿浮选药剂", "abstract": "捕收剂", "keywords": ["钛", "浮选"]},
    {"id": "r2", "title": "=HYPERLINK(1)", "abstract": "公式"},
    {"id": "r3", "title": ""},
]


async def _import(desk: Desk, rows: list[dict[str, object]], **fields: object) -> object:
    body = ImportInput.model_validate({"system": "测试", "rows": rows, **fields})
    return await tables.import_rows(desk.node, ImportPath(kind="results"), body)


async def test_good_rows_are_published_and_bad_ones_refused_by_row_and_field(
    desks: Desks,
) -> None:
    outcome = await _import(desks.chengdu, ROWS, numbers=[4, 5, 7])

    assert isinstance(outcome, tables.ImportOutcome)
    assert (outcome.published, outcome.already_here) == (2, 0)
    assert [(each.row, each.field) for each in outcome.refused] == [(7, "title"), (7, "text")]
    assert desks.chengdu.store.read(results.count) == 2


async def test_the_same_file_again_publishes_nothing(desks: Desks) -> None:
    await _import(desks.chengdu, ROWS[:2])

    again = await _import(desks.chengdu, [*ROWS[:2], {**ROWS[0], "id": "r9"}, ROWS[0]])

    assert isinstance(again, tables.ImportOutcome)
    assert (again.published, again.already_here) == (1, 3)
    assert desks.chengdu.store.read(results.count) == 3


async def test_a_dry_run_publishes_nothing(desks: Desks) -> None:
    outcome = await _import(desks.chengdu, ROWS, dry_run=True)

    assert isinstance(outcome, tables.ImportOutcome)
    assert (outcome.published, outcome.would_publish, len(outcome.refused)) == (0, 2, 2)
    assert desks.chengdu.store.read(results.count) == 0


async def test_needs_are_brought_in_too(desks: Desks) -> None:
    row = {"id": "n1", "title": "盆腔炎用药", "description": "寻求处方", "field": "生物与医药"}
    body = ImportInput.model_validate({"system": "demo", "rows": [row]})

    await tables.import_rows(desks.chengdu.node, ImportPath(kind="needs"), body)

    (view,) = desks.chengdu.store.read(needs.find)
    assert (view.title, view.field, view.source_system) == ("盆腔炎用药", "生物与医药", "demo")


@pytest.mark.parametrize("table", get_args(Table))
async def test_every_table_is_given_in_every_format(desks: Desks, table: Table) -> None:
    await _import(desks.chengdu, ROWS)
    path = ExportPath(table=table)

    for format_ in ("csv", "jsonl", "xlsx"):
        file = await tables.export_rows(desks.chengdu.node, path, ExportQuery(format=format_))
        assert file.name == f"{table}.{format_}"


async def test_an_exported_table_holds_the_rows_with_names_and_without_formulas(
    desks: Desks,
) -> None:
    await _import(desks.chengdu, ROWS)
    path = ExportPath(table="results")
    files = {
        format_: (
            await tables.export_rows(desks.chengdu.node, path, ExportQuery(format=format_))
        ).content
        for format_ in ("csv", "jsonl", "xlsx")
    }

    from_csv = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    from_json = [json.loads(line) for line in files["jsonl"].decode().splitlines()]
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["xlsx"]))
    head, *lines = book.get_sheet_by_index(0).to_python()

    assert files["csv"].startswith(b"\xef\xbb\xbf")
    assert {row["station_name"] for row in from_csv} == {"成都基层站"}
    assert {row["title"] for row in from_csv} == {"钛精矿浮选药剂", "'=HYPERLINK(1)"}
    assert {row["title"] for row in from_json} == {"钛精矿浮选药剂", "=HYPERLINK(1)"}
    place = head.index("title")
    assert {line[place] for line in lines} == {"钛精矿浮选药剂", "=HYPERLINK(1)"}
