"""Files in and tables out, at a station's desk (A17, L1)."""

import csv
import io
import json
from typing import get_args

import pytest
from python_calamine import CalamineWorkbook

from grassroots import drafts, reviewing, tables
from grassroots.draftbook import ROWS_MAX
from grassroots.ownlists import PrivateTable
from grassroots.tables import (
    ExportInput,
    ExportPath,
    ExportQuery,
    ImportInput,
    ImportOutcome,
    ImportPath,
    RecordExportPath,
    TemplatePath,
)
from node.drafting import IdPath
from node.errors import ConflictError
from node.exports import Table
from node.lists import ListKind
from node.notices import inbox
from node.people import Actor, Role
from node.readmodels import needs, results
from node.settings import NeedsConfig
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

CLERK = Actor("c", Role.CLERK, "li", "李四")
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
    assert [(each.row, each.field) for each in outcome.refused] == [(7, "title")]
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
    assert (outcome.published, outcome.would_publish, len(outcome.refused)) == (0, 2, 1)
    assert desks.chengdu.store.read(results.count) == 0


async def test_needs_are_brought_in_too(desks: Desks) -> None:
    row = {"id": "n1", "title": "盆腔炎用药", "description": "寻求处方", "field": "生物与医药"}
    body = ImportInput.model_validate({"system": "demo", "rows": [row]})

    await tables.import_rows(desks.chengdu.node, ImportPath(kind="needs"), body)

    (view,) = desks.chengdu.store.read(needs.find)
    assert (view.title, view.field, view.source_system) == ("盆腔炎用药", "生物与医药", "demo")


async def _import_needs(desk: Desk, *rows: dict[str, object], **more: object) -> ImportOutcome:
    body = ImportInput.model_validate({"system": "demo", "rows": list(rows), **more})
    return await tables.import_rows(desk.node, ImportPath(kind="needs"), body, CLERK)


async def test_needs_of_a_file_wait_where_a_second_person_approves_needs(desks: Desks) -> None:
    desk = desks.chengdu
    desk.config.needs = NeedsConfig(review="always")
    row = {"id": "n1", "title": "盆腔炎用药", "description": "寻求处方", "field": "生物与医药"}

    told = await _import_needs(desk, row)
    again = await _import_needs(desk, row, {**row, "id": "n2", "title": "另一条"})

    assert (told.published, told.handed_in) == (0, 1)
    assert (again.handed_in, again.already_here) == (1, 1)
    assert desk.store.read(needs.count) == 0
    reviewer = Actor("r", Role.REVIEWER, "wang", "王五")
    notices = desk.store.read(lambda each: inbox.find(each, reviewer, inbox.InboxQuery()))
    assert [each.kind for each in notices] == ["draft.waiting", "draft.waiting"]
    waiting = (await drafts.list_drafts(desk.node, drafts.DraftQuery(state="submitted"))).items
    assert {each.title for each in waiting} == {"盆腔炎用药", "另一条"}
    path = IdPath(id=next(each.id for each in waiting if each.title == "盆腔炎用药"))
    with pytest.raises(ConflictError, match="You wrote"):
        await reviewing.review_draft(desk.node, path, drafts.ReviewInput(), CLERK)
    made = await reviewing.review_draft(desk.node, path, drafts.ReviewInput(note="可"), reviewer)
    need = desk.store.read(lambda reading: needs.get(reading, made.id))
    assert (need.source_system, need.source_id) == ("demo", "n1")
    assert (await _import_needs(desk, row)).already_here == 1


async def test_however_many_wait_a_file_brought_in_again_hands_nothing_in_twice(
    desks: Desks,
) -> None:
    desks.chengdu.config.needs = NeedsConfig(review="always")
    rows: list[dict[str, object]] = [
        {"id": f"n{number}", "title": f"需求 {number}", "description": "寻求工艺"}
        for number in range(ROWS_MAX + 1)
    ]
    pages = (rows[:300], rows[300:])

    told = [await _import_needs(desks.chengdu, *page) for page in pages]
    again = [await _import_needs(desks.chengdu, *page) for page in pages]

    assert sum(each.handed_in for each in told) == len(rows)
    assert sum(each.already_here for each in again) == len(rows)


async def test_a_row_with_a_mark_of_secrets_is_refused_and_the_others_are_taken(
    desks: Desks,
) -> None:
    row = {"id": "n1", "title": "盆腔炎用药", "description": "寻求处方"}

    told = await _import_needs(
        desks.chengdu, row, {**row, "id": "n2", "title": "绝密★启用前"},
        {**row, "id": "n3", "description": "军工配套项目"},
    )  # fmt: skip

    assert told.published == 1
    assert [each.row for each in told.refused] == [2, 3]
    assert "marks of state secrets" in told.refused[0].reason
    assert "draft it by hand" in told.refused[1].reason


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
    assert {row["站点"] for row in from_csv} == {"成都基层站"}
    assert {row["状态"] for row in from_csv} == {"有效"}
    assert {row["成果名称"] for row in from_csv} == {"钛精矿浮选药剂", "'=HYPERLINK(1)"}
    assert {row["station_name"] for row in from_json} == {"成都基层站"}
    assert {row["title"] for row in from_json} == {"钛精矿浮选药剂", "=HYPERLINK(1)"}
    place = head.index("成果名称")
    assert {line[place] for line in lines} == {"钛精矿浮选药剂", "=HYPERLINK(1)"}


CARDS = [
    {"企业名称": "甲轴承厂", "统一社会信用代码": "91510100MA61RJ7P2J", "企业规模": "中型企业"},
    {"企业名称": "乙农场", "行政区划代码": "510107", "科技型中小企业": "是"},
    {"企业名称": "丙", "企业规模": "巨型"},
    {"联系人": "无名"},
]
VISITS = [
    {"企业": "甲轴承厂", "走访日期": "2026/3/5", "发现需求数": "2", "走访情况": "轴承发热"},
    {"企业": "91510100MA61RJ7P2J", "走访日期": "2026-03-06"},
    {"企业": "丁公司", "走访日期": "2026-03-06"},
]


async def _bring_in(desk: Desk, kind: str, rows: list[dict[str, str]], **more: object) -> object:
    body = ImportInput.model_validate({"system": "台账", "rows": rows, **more})
    return await tables.import_rows(desk.node, ImportPath.model_validate({"kind": kind}), body)


async def test_cards_are_brought_in_once_and_refused_by_column(desks: Desks) -> None:
    first = await _bring_in(desks.chengdu, "enterprises", CARDS)
    again = await _bring_in(desks.chengdu, "enterprises", CARDS)

    assert isinstance(first, tables.ImportOutcome)
    assert isinstance(again, tables.ImportOutcome)
    assert (first.published, again.published, again.already_here) == (2, 0, 2)
    assert [(each.row, each.column) for each in first.refused] == [(3, "企业规模"), (4, "企业名称")]
    assert desks.chengdu.text().find("轴承厂".encode()) == -1


async def test_visits_find_their_enterprise_by_name_or_code(desks: Desks) -> None:
    await _bring_in(desks.chengdu, "enterprises", CARDS)

    tried = await _bring_in(desks.chengdu, "visits", VISITS, dry_run=True)
    first = await _bring_in(desks.chengdu, "visits", VISITS)
    again = await _bring_in(desks.chengdu, "visits", VISITS)

    assert isinstance(tried, tables.ImportOutcome)
    assert isinstance(first, tables.ImportOutcome)
    assert isinstance(again, tables.ImportOutcome)
    assert (tried.would_publish, first.published, again.already_here) == (2, 2, 2)
    assert [(each.row, each.column) for each in first.refused] == [(3, "企业")]


@pytest.mark.parametrize("table", ["enterprises", "visits"])
async def test_a_list_handed_out_can_be_brought_in_again_and_holds_nothing_new(
    desks: Desks, table: PrivateTable
) -> None:
    await _bring_in(desks.chengdu, "enterprises", CARDS)
    await _bring_in(desks.chengdu, "visits", VISITS)
    path = RecordExportPath(table=table)

    file = await tables.export_records(desks.chengdu.node, path, ExportInput(format="csv"))

    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    again = await _bring_in(desks.chengdu, table, rows)
    assert isinstance(again, tables.ImportOutcome)
    assert (again.published, again.already_here, again.refused) == (0, 2, [])


async def test_a_template_is_given_for_every_list_that_can_be_brought_in(desks: Desks) -> None:
    for table in get_args(ListKind):
        file = await tables.get_template(desks.chengdu.node, TemplatePath(table=table))

        assert file.name == f"{table}-template.xlsx"
        assert file.content.startswith(b"PK")
