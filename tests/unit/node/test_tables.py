"""Lists as data: what a column says is what template, import and export do (A17, L1)."""

import io
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from node.errors import InvalidError, NotFoundError
from node.imports import Value
from node.tables import ENTERPRISES, LAYOUTS, NEEDS, RESULTS, VISITS, Layout, get_layout
from node.tables import read_fields as read
from node.tables.layout import Column
from node.tables.rows import find_heading
from node.tables.template import explain, write_template

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
    assert "行政区划" in book.sheet_names


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
