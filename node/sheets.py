"""Reading the first sheet of an XLSX workbook, and refusing those made to exhaust a node.

A workbook is a ZIP of XML: a small one may unpack to gigabytes, or name one cell at the far end of
a sheet of seventeen thousand million. Both are seen before anything is read out of it.
"""

import io
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

from node.errors import ConfigError

SHEET_BYTES_MAX = 256 * 1024 * 1024
"""Bytes a workbook may unpack to."""
MEMBERS_MAX = 2_000
CELLS_MAX = 5_000_000
"""Cells between the first and the last one that are written."""
_PIECE = 1024 * 1024
_CELL = re.compile(rb'<(?:\w+:)?c [^>]{0,80}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_OVERLAP = 128
_SAVE_AGAIN = "Save it again as an .xlsx workbook, or as CSV."


def is_sheet(raw: bytes) -> bool:
    """Whether bytes begin as a ZIP archive does, which every XLSX file is."""
    return raw.startswith(b"PK\x03\x04")


def read_sheet(raw: bytes, name: str) -> list[list[str]]:
    """The cells of a workbook's first sheet as text, row by row from the first.

    Raises:
        ConfigError: it is no XLSX workbook, or would unpack to more than is allowed.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(raw, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{name} is no XLSX workbook: {error}", _SAVE_AGAIN) from None
    return [[_text(cell) for cell in row] for row in rows]


def _check_size(raw: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            total = sum(each.file_size for each in members)
            if len(members) > MEMBERS_MAX or total > SHEET_BYTES_MAX:
                raise ConfigError(f"{name} unpacks to too much", "Bring it in in several parts.")
            _check_extent(archive, name)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ConfigError(f"{name} is no XLSX workbook: {error}", _SAVE_AGAIN) from None


def _check_extent(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a sheet whose cells lie so far apart that it could not be held in memory."""
    for member in archive.infolist():
        if not member.filename.startswith("xl/worksheets/"):
            continue
        rows = columns = read = 0
        tail = b""
        with archive.open(member) as part:
            while piece := part.read(_PIECE):
                read += len(piece)
                for column, row in _CELL.findall(tail + piece):
                    rows, columns = max(rows, int(row)), max(columns, _number(column))
                tail = piece[-_OVERLAP:]
                if rows * columns > CELLS_MAX or read > SHEET_BYTES_MAX:
                    raise ConfigError(
                        f"{name}: a sheet of {rows:,} rows and {columns:,} columns; "
                        f"{CELLS_MAX:,} cells are allowed",
                        "Delete what lies outside the list, or bring it in in several parts.",
                    )


def _number(column: bytes) -> int:
    value = 0
    for letter in column:
        value = value * 26 + letter - 64
    return value


def _text(cell: object) -> str:
    """A cell as somebody would type it: whole numbers without a point, days as YYYY-MM-DD."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell).strip()
