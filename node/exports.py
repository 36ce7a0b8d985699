"""Tables for people: the read models as XLSX, CSV or JSON lines (L1, A17)."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel
from sqlalchemy import select

from node.calendar import moment_of
from node.capability import Download
from node.readmodels import needs, performance, ranking, referrals, results, stations
from node.store import Enterprise, VisitNote, table_of
from node.tables import Layout, get_layout

if TYPE_CHECKING:
    from node.store import Reading

Format = Literal["xlsx", "csv", "jsonl"]
Table = Literal["stations", "needs", "results", "referrals", "performance", "ranking"]
PrivateTable = Literal["enterprises", "visits"]
Cell = str | int | bool | None
Line = dict[str, Cell]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {"xlsx": XLSX, "csv": "text/csv", "jsonl": "application/x-ndjson"}
PAGE_ROWS = 500
CELL_CHARS_MAX = 32_767
"""What one cell of an XLSX sheet holds."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TIMES = ("time", "revised", "updated", "from_ms", "until_ms")
_LEFT_OUT = frozenset({"history", "frontier", "heads", "evidence", "author", "epoch", "seq"})


def export_table(reading: "Reading", table: Table, format: Format) -> Download:
    """Write a whole table as a file."""
    return _write(table, format, list(read_lines(reading, table)))


def export_private(reading: "Reading", table: PrivateTable, format: Format) -> Download:
    """Write a list that never leaves the station, under the headings its template has."""
    layout = get_layout(table)
    lines = [_in_words(layout, line) for line in _PRIVATE[table](reading)]
    return _write(table, format, lines)


def _write(table: str, format: Format, lines: Sequence[Line]) -> Download:
    name = f"{table}.{format}"
    if format == "jsonl":
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        return Download(name, f"{MEDIA[format]}; charset=utf-8", text.encode("utf-8"))
    if format == "csv":
        return Download(name, f"{MEDIA[format]}; charset=utf-8", _csv(lines))
    return Download(name, MEDIA[format], _xlsx(table, lines))


def read_lines(reading: "Reading", table: Table) -> Iterator[Line]:
    """The rows of a table, flat: lists joined, times in Beijing time, names beside station ids."""
    names = stations.names(reading)
    for row in _ROWS[table](reading):
        yield _flat(row, names)


def _paged(
    find: Callable[["Reading", str], Sequence[BaseModel]], reading: "Reading"
) -> Iterator[dict[str, object]]:
    after = ""
    while page := find(reading, after):
        for view in page:
            yield view.model_dump(mode="json")
        after = str(getattr(page[-1], "id"))  # noqa: B009


def _stations(reading: "Reading") -> Iterator[dict[str, object]]:
    for row in _paged(lambda r, a: stations.find(r, limit=PAGE_ROWS, after=a), reading):
        places = row.pop("memberships")
        assert isinstance(places, list)
        row["memberships"] = [f"{place['hierarchy']}/{place['level']}" for place in places]
        row["parents"] = [place["parent"] for place in places if place["parent"]]
        yield row


def _needs(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: needs.find(r, limit=PAGE_ROWS, after=a), reading)


def _results(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: results.find(r, limit=PAGE_ROWS, after=a), reading)


def _referrals(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: referrals.find(r, limit=PAGE_ROWS, after=a), reading)


def _performance(reading: "Reading") -> Iterator[dict[str, object]]:
    for row in _paged(lambda r, a: performance.find(r, limit=PAGE_ROWS, after=a), reading):
        indicators = row.pop("indicators")
        assert isinstance(indicators, dict)
        yield {**row, **indicators}


def _ranking(reading: "Reading") -> Iterator[dict[str, object]]:
    """Every place of every ranking, newest ranking first."""
    after = ""
    while page := ranking.find(reading, limit=PAGE_ROWS, after=after):
        for view in page:
            for place in view.places:
                yield {
                    "ranking": view.id,
                    "name": view.name,
                    "period": view.period,
                    "station": place.station,
                    "tier": place.tier,
                    "rank": place.rank,
                    "points": place.points,
                    "missing": place.missing,
                    "in_place_of": place.in_place_of,
                    **{f"points_{name}": points for name, points in place.parts.items()},
                }
        after = page[-1].id


_ROWS: dict[str, Callable[["Reading"], Iterator[dict[str, object]]]] = {
    "stations": _stations,
    "needs": _needs,
    "results": _results,
    "referrals": _referrals,
    "performance": _performance,
    "ranking": _ranking,
}


def _enterprises(reading: "Reading") -> Iterator[dict[str, object]]:
    table = table_of(Enterprise)
    query = select(table).order_by(table.c.created_ms, table.c.id)
    for row in reading.connection.execute(query).mappings():
        yield dict(row)


def _visits(reading: "Reading") -> Iterator[dict[str, object]]:
    """Visits with the name of the enterprise, as a file that is brought in names it."""
    cards, notes = table_of(Enterprise), table_of(VisitNote)
    named = notes.outerjoin(cards, cards.c.id == notes.c.enterprise)
    query = (
        select(notes, cards.c.name.label("name"))
        .select_from(named)
        .order_by(notes.c.visited_on, notes.c.id)
    )
    for row in reading.connection.execute(query).mappings():
        yield {**row, "enterprise": row["name"], "on": row["visited_on"]}


_PRIVATE: dict[str, Callable[["Reading"], Iterator[dict[str, object]]]] = {
    "enterprises": _enterprises,
    "visits": _visits,
}


def _in_words(layout: Layout, row: dict[str, object]) -> Line:
    """A row under its layout's headings, codes as words, so that the file can be brought in."""
    line: Line = {}
    for column in layout.columns:
        if column.field not in row:
            continue
        value = row[column.field]
        text = "" if value is None else str(value)
        if isinstance(value, bool):
            text = text.lower()
        line[column.title] = column.word_of(text) if column.kind == "code" else text
    return line


def _flat(row: dict[str, object], names: dict[str, str]) -> Line:
    line: Line = {}
    for name, value in row.items():
        if name in _LEFT_OUT:
            continue
        if name in _TIMES and isinstance(value, int):
            line[name] = moment_of(value)
        elif value is None or isinstance(value, str | int | bool):
            line[name] = value
        elif isinstance(value, list):
            line[name] = "; ".join(str(each) for each in value)
        else:
            line[name] = json.dumps(value, ensure_ascii=False)
        if name in ("station", "sender", "receiver") and isinstance(value, str):
            line[f"{name}_name"] = names.get(value, "")
    return line


def _columns(lines: Iterable[Line]) -> list[str]:
    return list(dict.fromkeys(name for line in lines for name in line))


def _csv(lines: Sequence[Line]) -> bytes:
    """With a byte order mark, so that spreadsheets open it as UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _columns(lines), restval="")
    writer.writeheader()
    writer.writerows({name: _inert(value) for name, value in line.items()} for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _inert(value: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is given a quote in front."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _xlsx(table: str, lines: Sequence[Line]) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(table)
    columns = _columns(lines)
    head = book.add_format({"bold": True, "bottom": 1})
    sheet.write_row(0, 0, columns, head)
    for number, line in enumerate(lines, 1):
        for place, name in enumerate(columns):
            value = line.get(name)
            if isinstance(value, str):
                sheet.write_string(number, place, value[:CELL_CHARS_MAX])
            elif value is not None:
                sheet.write(number, place, value)
    sheet.freeze_panes(1, 0)
    if lines:
        sheet.autofilter(0, 0, len(lines), len(columns) - 1)
    book.close()
    return file.getvalue()
