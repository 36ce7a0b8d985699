"""A list's template as an XLSX workbook: headings, choices, what each column means (A17, L1)."""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from node.divisions import all_divisions, path_names
from node.industries import all_industries
from node.search.fields import field_names
from node.tables.layout import Column, Layout

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS = 5_000
"""Rows below the heading that offer their choices."""
_WIDTHS = {
    "text": 48,
    "line": 22,
    "words": 26,
    "number": 12,
    "money": 14,
    "yuan": 12,
    "day": 14,
    "code": 18,
}
_EXPLAINED, _CODES = "填写说明", "代码"
_KINDS = {
    "line": "文字，一行",
    "text": "文字，可换行",
    "words": "多个词，用分号隔开",
    "number": "整数",
    "money": "金额，单位万元",
    "yuan": "金额，单位元",
    "day": "日期，如 2026-12-31",
    "code": "从列表中选择",
}


def write_template(layout: Layout, lines: Sequence[Sequence[str]] = ()) -> bytes:
    """The workbook: the list's sheet, what each column means, and the codes to look up.

    Args:
        layout: the list.
        lines: rows to put below the heading, one text a column.
    """
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(layout.title)
    _write_explained(book, layout)
    _write_choices(book, layout)
    _write_lists(book, layout)
    _write_list(book, sheet, layout, lines)
    sheet.activate()
    book.close()
    return file.getvalue()


def _write_list(
    book: "Workbook", sheet: "Worksheet", layout: Layout, lines: Sequence[Sequence[str]]
) -> None:
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#DCE6F4"})
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#F9E0DC"})
    plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for place, column in enumerate(layout.columns):
        sheet.write_string(0, place, column.title, needed if column.is_needed else head)
        sheet.write_comment(0, place, explain(column))
        sheet.set_column(place, place, _WIDTHS[column.kind], plain)
        check = _check_of(column, place)
        if check:
            sheet.data_validation(1, place, ROWS, place, check)
    for number, line in enumerate(lines, 1):
        for place, cell in enumerate(line):
            if cell:
                sheet.write_string(number, place, cell)
    sheet.freeze_panes(1, 0)


def explain(column: Column) -> str:
    """What a column takes, in one line."""
    parts = ["必填" if column.is_needed else "选填", _KINDS[column.kind]]
    return "；".join([*parts, column.note] if column.note else parts)


def _check_of(column: Column, place: int) -> dict[str, Any]:
    """What the spreadsheet itself lets somebody write; a hint where it cannot know."""
    told = {"input_title": column.title[:32], "input_message": explain(column)[:255]}
    if column.kind == "code":
        letter = _letter(place)
        last = 1 + len(column.words)
        return {
            **told,
            "validate": "list",
            "source": f"={_CODES}!${letter}$2:${letter}${last}",
            "error_title": "请从列表中选择",
            "error_message": "这一列只能填写列表中的词。",
        }
    if column.kind == "number":
        return {**told, "validate": "integer", "criteria": ">=", "value": 0}
    return {**told, "validate": "any"}


def _letter(place: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(place))


def _write_explained(book: "Workbook", layout: Layout) -> None:
    rows = [
        (column.title, "是" if column.is_needed else "", _KINDS[column.kind], column.note,
         "、".join(column.words), column.field)
        for column in layout.columns
    ]  # fmt: skip
    headings = ("列名", "必填", "填写方式", "说明", "可选值", "英文列名")
    _write_rows(book, _EXPLAINED, headings, rows, (18, 6, 22, 48, 48, 16))


def _write_choices(book: "Workbook", layout: Layout) -> None:
    """The words of every coded column, each under the column it belongs to."""
    sheet = book.add_worksheet(_CODES)
    bold = book.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(layout.columns):
        if column.kind == "code":
            sheet.set_column(place, place, 22)
            sheet.write_string(0, place, column.title, bold)
            sheet.write_column(1, place, column.words)


def _write_lists(book: "Workbook", layout: Layout) -> None:
    """The long lists of codes the layout's columns are looked up in."""
    wanted = {column.code_list for column in layout.columns}
    if "division" in wanted:
        rows = [(each.code, " ".join(path_names(each.code))) for each in all_divisions()]
        _write_rows(book, "行政区划", ("代码", "名称"), rows, (10, 40))
    if "industry" in wanted:
        _write_rows(book, "行业", ("代码", "名称"), all_industries(), (10, 48))
    if "field" in wanted:
        _write_rows(book, "技术领域", ("名称",), [(name,) for name in field_names()], (40,))


def _write_rows(
    book: "Workbook",
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int],
) -> None:
    sheet = book.add_worksheet(name)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width, wrapped)
    sheet.write_row(0, 0, headings, book.add_format({"bold": True, "bottom": 1}))
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            sheet.write_string(number, place, cell)
    sheet.freeze_panes(1, 0)
