"""Workbooks in: what a spreadsheet holds is read as typed, what would exhaust a node is refused."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from node import sheets
from node.errors import ConfigError
from node.imports import RefusedRow, count_rows, read_file, read_pages


def workbook(*rows: list[object]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value)
    book.close()
    return file.getvalue()


def forged(cell: str, text: bytes = b"1") -> bytes:
    """A workbook whose sheet names a single cell, wherever it lies."""
    given = zipfile.ZipFile(io.BytesIO(workbook(["a", "b"])))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in given.infolist():
            content = given.read(member)
            if member.filename.startswith("xl/worksheets/sheet"):
                row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").encode()
                content = (
                    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                    b'<sheetData><row r="' + row + b'"><c r="' + cell.encode() + b'"><v>' + text +
                    b"</v></c></row></sheetData></worksheet>"
                )  # fmt: skip
            archive.writestr(member.filename, content)
    return made.getvalue()


def put(folder: Path, raw: bytes) -> Path:
    file = folder / "名录.xlsx"
    file.write_bytes(raw)
    return file


def test_cells_are_read_as_somebody_would_type_them(tmp_path: Path) -> None:
    raw = workbook(["编号", "日期", "数"], ["01", date(2026, 3, 5), 40], ["", "", 1.5])

    rows = list(read_file(put(tmp_path, raw)))

    assert rows == [
        (2, {"编号": "01", "日期": "2026-03-05", "数": "40"}),
        (3, {"编号": "", "日期": "", "数": "1.5"}),
    ]


def test_rows_have_the_numbers_the_spreadsheet_shows(tmp_path: Path) -> None:
    raw = workbook([], ["a", "b"], ["1", "2"], [], ["3", "4"], ["5", "6", "没有列名"])

    (page,) = read_pages(put(tmp_path, raw))

    assert (page.numbers, count_rows(tmp_path / "名录.xlsx")) == ([3, 5], 3)
    assert page.refused == [RefusedRow(6, "", "a cell stands under no heading")]


@pytest.mark.parametrize("cell", ["XFD1048576", "A9999999", "ZZZ1000"])
def test_a_cell_at_the_far_end_of_a_sheet_is_refused_before_memory_is_taken(cell: str) -> None:
    with pytest.raises(ConfigError, match="cells are allowed"):
        sheets.read_sheet(forged(cell), "远.xlsx")


def test_a_small_file_that_unpacks_to_very_much_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "SHEET_BYTES_MAX", 1_000_000)

    with pytest.raises(ConfigError, match="unpacks to too much"):
        sheets.read_sheet(forged("A1", b"1" * 1_000_001), "弹.xlsx")


@pytest.mark.parametrize(
    "raw",
    [b"PK\x03\x04 and no more", b"PK\x03\x04", workbook(["a", "b"])[:-400], forged("A1", b"<")],
    ids=["no archive", "its mark only", "cut short", "no XML"],
)
def test_what_is_no_workbook_is_one_clear_error(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        list(read_file(put(tmp_path, raw)))


def test_an_empty_workbook_names_no_columns(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no columns"):
        list(read_file(put(tmp_path, workbook())))


def test_a_file_of_any_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.imports.FILE_BYTES_MAX", 10)

    with pytest.raises(ConfigError, match="10 allowed"):
        list(read_file(put(tmp_path, workbook(["a", "b"]))))
