"""Bringing in needs and results that others keep in files (A17, C1-C3).

Reading a file and understanding its rows are apart: the command reads pages of rows where the
file lies, the running node turns rows into records. A row is refused with its number, the field
and the reason; a row that this station already published from that system is skipped.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from node.errors import ConfigError
from node.sheets import is_sheet, read_sheet

PAGE_ROWS = 500
PAGE_BYTES = 1_000_000
"""Bytes of text in one page at most, so that a page fits one request."""
ROW_CHARS_MAX = 200_000
FILE_BYTES_MAX = 64 * 1024 * 1024
"""A file is read whole, so it may not be any size."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet runs as a formula begins with one of these."""

Value = str | int | bool | list[str] | None
Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken: its number in the file from 1, the field, the reason."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """Rows of a file, in order; ``numbers`` are their places in it, from 1."""

    numbers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The place of the page's first row in the file; 0 when it has none."""
        return self.numbers[0] if self.numbers else 0


def read_text(raw: bytes, name: str) -> str:
    """Text in UTF-8, with or without a byte order mark, or in GB 18030.

    Raises:
        ConfigError: neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError(f"{name} is neither UTF-8 nor GB 18030", "Save it as UTF-8 and try again.")


def read_rows(text: str, name: str) -> Iterator[tuple[int, Row | RefusedRow]]:
    """Rows with their numbers from 1: JSON lines when the first line is an object, else CSV.

    Raises:
        ConfigError: a CSV file without a header line.
    """
    if text.lstrip().startswith("{"):
        return _json_rows(text)
    return _csv_rows(text, name)


def _json_rows(text: str) -> Iterator[tuple[int, Row | RefusedRow]]:
    number = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        number += 1
        yield number, _json_row(number, line)


def _json_row(number: int, line: str) -> Row | RefusedRow:
    if len(line) > ROW_CHARS_MAX:
        return RefusedRow(number, "", f"longer than {ROW_CHARS_MAX} characters")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return RefusedRow(number, "", f"not JSON: {error}")
    if not isinstance(value, dict):
        return RefusedRow(number, "", "not a JSON object")
    return {str(name): _plain(part) for name, part in value.items()}


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list):
        return [each if isinstance(each, str) else json.dumps(each) for each in value]
    return json.dumps(value, ensure_ascii=False)


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, Row | RefusedRow]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = reader.fieldnames
    except csv.Error as error:
        raise ConfigError(f"{name}: not CSV: {error}") from None
    if not columns or len(columns) < 2:
        raise ConfigError(
            f"{name}: no columns found",
            "The first line names the columns, separated by commas; or write JSON lines.",
        )
    return _dict_rows(reader)


def _dict_rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, Row | RefusedRow]]:
    number = 0
    rows = iter(reader)
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, RefusedRow(number, "", f"not CSV: {error}")
            continue
        if None in row or None in row.values():
            yield number, RefusedRow(number, "", "not as many fields as the first line names")
            continue
        yield number, {name.strip().lower(): _bare(value.strip()) for name, value in row.items()}


def _bare(value: str) -> str:
    """A cell without the quote that stands before what a spreadsheet would run as a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in FORMULA else value


def read_pages(file: Path, size: int = PAGE_ROWS) -> Iterator[ImportPage]:
    """A file's rows in pages the API takes; rows that cannot be read at all are refused here.

    Raises:
        ConfigError: the file cannot be read, or is no XLSX, JSON lines or CSV.
    """
    page = ImportPage()
    weight = 0
    for number, row in read_file(file):
        if isinstance(row, RefusedRow):
            page.refused.append(row)
            continue
        row_weight = len(json.dumps(row, ensure_ascii=False).encode("utf-8"))
        if page.rows and (len(page.rows) >= size or weight + row_weight > PAGE_BYTES):
            yield page
            page, weight = ImportPage(), 0
        page.numbers.append(number)
        page.rows.append(row)
        weight += row_weight
    if page.rows or page.refused:
        yield page


def count_rows(file: Path) -> int:
    """How many rows a file has, for the progress bar.

    Raises:
        ConfigError: the file cannot be read.
    """
    return sum(1 for _ in read_file(file))


def read_file(file: Path) -> Iterator[tuple[int, Row | RefusedRow]]:
    """The rows of an XLSX, CSV or JSON lines file, whatever its name says it is.

    Of a sheet the numbers are those the spreadsheet shows, so that the first row is 2.

    Raises:
        ConfigError: the file cannot be read, is too large, or is none of these.
    """
    try:
        size = file.stat().st_size
        if size > FILE_BYTES_MAX:
            raise ConfigError(
                f"{file.name}: {size:,} bytes, {FILE_BYTES_MAX:,} allowed",
                "Bring it in in several parts.",
            )
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    if is_sheet(raw):
        return _sheet_rows(raw, file.name)
    return read_rows(read_text(raw, file.name), file.name)


def _sheet_rows(raw: bytes, name: str) -> Iterator[tuple[int, Row | RefusedRow]]:
    """The rows below the heading of a workbook's first sheet; empty ones are passed over."""
    lines = read_sheet(raw, name)
    found = next(((at, line) for at, line in enumerate(lines, 1) if any(line)), None)
    if found is None or sum(1 for each in found[1] if each) < 2:
        raise ConfigError(
            f"{name}: no columns found", "The first row of the first sheet names the columns."
        )
    begin, headings = found
    for number, line in enumerate(lines[begin:], begin + 1):
        if any(line):
            yield number, _sheet_row(number, headings, line)


def _sheet_row(number: int, headings: list[str], line: list[str]) -> Row | RefusedRow:
    cells = list(zip(headings, line, strict=False))
    if sum(len(cell) for cell in line) > ROW_CHARS_MAX:
        return RefusedRow(number, "", f"longer than {ROW_CHARS_MAX} characters")
    if any(value and not heading for heading, value in cells):
        return RefusedRow(number, "", "a cell stands under no heading")
    return {heading.lower(): value for heading, value in cells if heading}


def first(row: Mapping[str, Value], names: Iterable[str]) -> str:
    """The first of the named columns that holds something, as text."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list):
            value = ", ".join(value)
        if value is not None and str(value).strip():
            return str(value).strip()
    return ""


def several(row: Mapping[str, Value], names: Iterable[str]) -> list[str]:
    """A column of several words: a list, or text separated by ; , 、 or |."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list):
            return [each.strip() for each in value if each.strip()]
        if isinstance(value, str) and value.strip():
            text = value
            for mark in (";", "；", "，", "、", "|"):
                text = text.replace(mark, ",")
            return [each.strip() for each in text.split(",") if each.strip()]
    return []
