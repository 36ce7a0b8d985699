"""Lines of a table as a file for people: XLSX, CSV or JSON lines (L1)."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from node.capability import Download
from node.imports import FORMULA
from node.tables.rows import Cell

Format = Literal["xlsx", "csv", "jsonl"]
Line = Mapping[str, Cell]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {"xlsx": XLSX, "csv": "text/csv", "jsonl": "application/x-ndjson"}
CELL_CHARS_MAX = 32_767
"""What one cell of an XLSX sheet holds."""


def write_table(
    table: str, format: Format, lines: Sequence[Line], headings: Sequence[str] = ()
) -> Download:
    """A file of lines, named after the table.

    Args:
        table: its name.
        format: as which kind of file.
        lines: heading to cell, one a line.
        headings: those that stand first, whether or not there is a line.
    """
    name = f"{table}.{format}"
    if format == "jsonl":
        text = "".join(json.dumps(each, ensure_ascii=False, default=str) + "\n" for each in lines)
        return Download(name, f"{MEDIA[format]}; charset=utf-8", text.encode("utf-8"))
    columns = list(dict.fromkeys([*headings, *(each for line in lines for each in line)]))
    if format == "csv":
        return Download(name, f"{MEDIA[format]}; charset=utf-8", _csv(columns, lines))
    return Download(name, MEDIA[format], _xlsx(table, columns, lines))


def _csv(columns: Sequence[str], lines: Sequence[Line]) -> bytes:
    """With a byte order mark, so that spreadsheets open it as UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows({name: _inert(value) for name, value in line.items()} for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _inert(value: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is given a quote in front."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _xlsx(table: str, columns: Sequence[str], lines: Sequence[Line]) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(table)
    head = book.add_format({"bold": True, "bottom": 1})
    sheet.write_row(0, 0, columns, head)
    for number, line in enumerate(lines, 1):
        for place, name in enumerate(columns):
            value = line.get(name)
            if isinstance(value, Decimal):
                sheet.write_number(number, place, float(value))
            elif isinstance(value, str):
                sheet.write_string(number, place, value[:CELL_CHARS_MAX])
            elif value is not None:
                sheet.write(number, place, value)
    sheet.freeze_panes(1, 0)
    if lines:
        sheet.autofilter(0, 0, len(lines), len(columns) - 1)
    book.close()
    return file.getvalue()
