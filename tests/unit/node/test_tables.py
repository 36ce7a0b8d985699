"""Lists as data: what a column says is what template, import and export do (A17, L1)."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from pydantic import BaseModel
from python_calamine import CalamineWorkbook

from node.errors import InvalidError, NotFoundError
from node.imports import Value, read_file
from node.readmodels.activities import HeldView, RenderedView
from node.readmodels.needs import NeedView
from node.readmodels.performance import ReportView
from node.readmodels.referrals import ReferralView
from node.readmodels.resources import ResourceView
from node.readmodels.results import ResultView
from node.readmodels.screenings import ScreenedView, ScreeningView
from node.readmodels.stations import StationView
from node.sheets import read_sheet
from node.tables import (
    CONTRACTS,
    ENTERPRISES,
    LAYOUTS,
    NEEDS,
    RESOURCES,
    RESULTS,
    VISITS,
    Layout,
    get_layout,
)
from node.tables import read_fields as read
from node.tables.headings import HEADINGS, LEFT_OUT, find_title, write_line
from node.tables.layout import Column, plain_heading
from node.tables.rows import find_heading, in_words
from node.tables.template import explain, write_template
from node.tables.writing import write_table
from protocol.scoring import INDICATORS

EVERY = sorted(LAYOUTS)


@pytest.mark.parametrize("name", EVERY)
def test_a_template_has_a_heading_for_each_column_and_explains_it(name: str) -> None:
    layout = get_layout(name)

    book = CalamineWorkbook.from_filelike(io.BytesIO(write_template(layout)))

    headings, *rest = book.get_sheet_by_name(layout.title).to_python()
    _, *explained = book.get_sheet_by_name("填写说明").to_python()
    assert (headings, rest) == ([column.title for column in layout.columns], [])
    assert [row[0] for row in explained] == headings
    assert ("行业" in book.sheet_names) == ("industry" in layout.by_field)
    assert ("行政区划" in book.sheet_names) == ("division" in layout.by_field)


@pytest.mark.parametrize("name", EVERY)
def test_a_template_offers_the_words_of_every_coded_column(name: str) -> None:
    layout = get_layout(name)
    archive = zipfile.ZipFile(io.BytesIO(write_template(layout)))
    sheet = archive.read("xl/worksheets/sheet1.xml").decode("utf-8")
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_template(layout)))
    codes = book.get_sheet_by_name("代码").to_python()

    offered = re.findall(r"<formula1>代码!\$([A-Z]+)\$2:\$[A-Z]+\$(\d+)</formula1>", sheet)

    coded = [column for column in layout.columns if column.kind == "code"]
    assert len(offered) == len(coded)
    for column, (_, last) in zip(coded, offered, strict=True):
        place = codes[0].index(column.title)
        words = [row[place] for row in codes[1 : int(last)]]
        assert words == list(column.words)
        assert {column.codes[str(word)] for word in words} == set(column.codes.values())


@pytest.mark.parametrize("name", EVERY)
def test_what_a_template_says_is_wrong_without_is_refused_without(name: str) -> None:
    layout = get_layout(name)

    with pytest.raises(InvalidError) as caught:
        read(layout, {})

    assert set(caught.value.reasons) == {c.field for c in layout.columns if c.is_needed}
    assert all(explain(c).startswith("必填") for c in layout.columns if c.is_needed)


@pytest.mark.parametrize("heading", ["需求名称", "title", "标题", " 需求名称* ", "Title"])
def test_a_column_is_known_by_each_of_its_headings(heading: str) -> None:
    assert read(NEEDS, {heading: "甲"}) == {"title": "甲"}


@pytest.mark.parametrize("heading", ["预算（万元）", "预算(万元)", "预算万元"])
def test_money_under_a_chinese_heading_is_in_ten_thousands_of_yuan(heading: str) -> None:
    assert read(NEEDS, {"title": "t", heading: "12.5"})["budget_fen"] == 12_500_000
    assert read(NEEDS, {"title": "t", "budget_fen": "12"})["budget_fen"] == 12


@pytest.mark.parametrize(
    "written", ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "2026-03-05 10:00:00"]
)
def test_a_day_is_read_in_every_usual_spelling(written: str) -> None:
    assert read(VISITS, {"走访日期": written}) == {"on": "2026-03-05"}


@pytest.mark.parametrize(
    ("layout", "row", "field"),
    [
        (NEEDS, {"title": "t", "需求类型": "不知道"}, "kind"),
        (NEEDS, {"title": "t", "预算（万元）": "约40"}, "budget_fen"),
        (NEEDS, {"title": "t", "预算（万元）": "-1"}, "budget_fen"),
        (NEEDS, {"title": "t", "预算（万元）": "1e999999"}, "budget_fen"),
        (NEEDS, {"title": "t", "预算（万元）": "NaN"}, "budget_fen"),
        (NEEDS, {"title": "t", "due": "2026-02-30"}, "due"),
        (RESULTS, {"title": "t", "成熟度": "七"}, "trl"),
        (ENTERPRISES, {"企业名称": "甲", "企业规模": "巨型"}, "size"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_its_field(
    layout: Layout, row: dict[str, Value], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        read(layout, row)

    assert list(caught.value.reasons) == [field]


def test_a_reason_names_the_heading_that_stands_in_the_file() -> None:
    row: dict[str, Value] = {"成果名称": "t", "TRL": "x"}

    assert find_heading(RESULTS, row, "trl") == "TRL"
    assert find_heading(RESULTS, row, "ip") == "知识产权"
    assert find_heading(RESULTS, row, "record") == "record"


@pytest.mark.parametrize("name", EVERY)
def test_the_word_an_export_writes_is_read_back_as_the_same_code(name: str) -> None:
    for column in get_layout(name).columns:
        for code in set(column.codes.values()):
            assert column.codes[column.word_of(code)] == code
        assert column.word_of("尚不认识") == "尚不认识"


def test_two_columns_with_one_heading_are_refused_when_the_program_starts() -> None:
    with pytest.raises(AssertionError):
        Layout("x", "x", (Column("a", "甲", ""), Column("b", "乙", "", known_as=("甲",))))


def test_a_list_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="everything"):
        get_layout("everything")


CHINESE = re.compile(r"[\u4e00-\u9fff]")
VIEWS: list[tuple[str, type[BaseModel], tuple[str, ...]]] = [
    ("stations", StationView, ("parents",)),
    ("needs", NeedView, ()),
    ("results", ResultView, ()),
    ("resources", ResourceView, ()),
    ("referrals", ReferralView, ()),
    ("activities-held", HeldView, ()),
    ("services-rendered", RenderedView, ()),
    ("performance", ReportView, tuple(INDICATORS)),
    ("screenings", ScreeningView, tuple(ScreenedView.model_fields)),
]
GATHERED = {"performance": {"indicators"}, "screenings": {"items"}}


@pytest.mark.parametrize(("table", "view", "more"), VIEWS, ids=[name for name, _, _ in VIEWS])
def test_each_column_of_a_public_table_has_a_chinese_heading_of_its_own(
    table: str, view: type[BaseModel], more: tuple[str, ...]
) -> None:
    names = [*view.model_fields, *more]
    told = [each for each in names if each not in LEFT_OUT | GATHERED.get(table, set())]

    titles = [find_title(table, name) for name in told]

    assert [title for title in titles if not CHINESE.search(title)] == []
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", ["needs", "results", "resources"])
def test_no_heading_beside_those_of_a_template_is_one_an_import_reads(name: str) -> None:
    layout = get_layout(name)
    view = {"needs": NeedView, "results": ResultView, "resources": ResourceView}[name]
    own = {column.title for column in layout.columns}

    line = write_line(name, dict.fromkeys(view.model_fields, ""), {})

    beside = {plain_heading(title) for title in line if title not in own}
    assert beside & layout.headings == set()
    assert {plain_heading(title) for title in HEADINGS.values()} >= beside - {"站点编号"}


def test_money_is_written_as_it_is_read_down_to_the_fen(tmp_path: Path) -> None:
    fen = [0, 1, 99, 12_345_678, 10**14]
    rows = [{"name": "甲", "amount_fen": each, "technology_fen": each} for each in fen]
    lines = [in_words(CONTRACTS, row) for row in rows]
    prices = [in_words(RESOURCES, {"title": "t", "price_fen": each}) for each in fen]

    for format_ in ("xlsx", "csv"):
        for layout, written, field in (
            (CONTRACTS, lines, "amount_fen"),
            (RESOURCES, prices, "price_fen"),
        ):
            file = tmp_path / f"{field}.{format_}"
            file.write_bytes(write_table("t", format_, written).content)
            read_back = []
            for _, row in read_file(file):
                assert isinstance(row, dict)
                read_back.append(_amounts(layout, row)[field])
            assert read_back == fen


def _amounts(layout: Layout, row: dict[str, Value]) -> dict[str, object]:
    kinds = ("money", "yuan")
    amounts = Layout("x", "x", tuple(each for each in layout.columns if each.kind in kinds))
    return read(amounts, row)


def test_an_amount_in_a_sheet_is_a_number_to_add_up() -> None:
    file = write_table("t", "xlsx", [in_words(CONTRACTS, {"amount_fen": 12_500_000})]).content

    [_, [cell]] = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()

    assert cell == 12.5
    assert read_sheet(file, "t")[1] == ["12.5"]


def test_a_price_is_in_yuan_under_its_chinese_heading() -> None:
    given: dict[str, Value] = {
        "类别": "技术服务",
        "资源类型": "服务产品",
        "名称": "检测",
        "介绍": "x",
    }

    assert read(RESOURCES, {**given, "费用（元）": "1,234.50元"})["price_fen"] == 123_450
    assert read(RESOURCES, {**given, "price_fen": "5"})["price_fen"] == 5
    with pytest.raises(InvalidError) as caught:
        read(RESOURCES, {**given, "费用（元）": "面议"})
    assert list(caught.value.reasons) == ["price_fen"]


def test_a_cell_quoted_against_formulas_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    told = ["=1+1", "-id", "'quoted'", "plain"]
    lines = [{"a": each, "b": "x"} for each in told]

    file.write_bytes(write_table("x", "csv", lines).content)

    assert b"'=1+1" in file.read_bytes()
    assert [row["a"] for _, row in read_file(file) if isinstance(row, dict)] == told
