"""From the cells of a row to the fields of a record (A17, B6, C6).

What stands in a column that has one fixed set of values is translated; a value that is in no set
refuses the row, with the values allowed. Whatever a cell gets wrong is told by its field.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from node.errors import InvalidError
from node.imports import Value, several
from node.tables.layout import Column, Layout, plain_heading

FEN_PER_WAN = 1_000_000
FEN_PER_YUAN = 100
WORD_CHARS_MAX = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_YUAN = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")
_DIGITS = re.compile(r"[0-9]{1,15}")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_APART = re.compile(r"[;；\n]")
_KEY_CHARS = 24
_FEN_PER = {"money": FEN_PER_WAN, "yuan": FEN_PER_YUAN}

Cell = str | int | bool | Decimal | None
"""What one cell of a file holds."""


def read_fields(layout: Layout, row: Mapping[str, Value]) -> dict[str, object]:
    """The fields a row fills, each read as its column says; empty cells are left out.

    Raises:
        InvalidError: with the reason for each field that cannot be read or is missing.
    """
    cells = {plain_heading(name): value for name, value in row.items()}
    fields: dict[str, object] = {}
    reasons: dict[str, str] = {}
    for column in layout.columns:
        name, value = _cell(column, cells)
        try:
            read = _read(column, name, value)
        except ValueError as fault:
            reasons[column.field] = str(fault)
            continue
        if read is not None:
            fields[column.field] = read
        elif column.is_needed:
            reasons[column.field] = "empty, and it is required"
    if reasons:
        told = "; ".join(f"{field}: {reason}" for field, reason in reasons.items())
        raise InvalidError(told, "Correct the cells named.", reasons)
    return fields


def find_heading(layout: Layout, row: Mapping[str, Value], field: str) -> str:
    """Under which heading of its file a field stands; where it has none, the template's."""
    column = layout.by_field.get(field)
    if column is None:
        return field
    found = next((name for name in row if plain_heading(name) in column.headings), None)
    return found or column.title


def row_key(row: Mapping[str, Value]) -> str:
    """By what a row without an id of its own is known when it comes again: its content's digest."""
    cells = {plain_heading(name): value for name, value in row.items() if value not in (None, "")}
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"row-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:_KEY_CHARS]}"


def nested(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields with a dot gathered into the value they are parts of."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        whole, _, part = name.partition(".")
        if part:
            parts = found.setdefault(whole, {})
            assert isinstance(parts, dict)
            parts[part] = value
        else:
            found[name] = value
    return found


def in_words(layout: Layout, row: Mapping[str, object]) -> dict[str, Cell]:
    """A row under its layout's headings, codes as words, so that the file can be brought in."""
    return {
        column.title: _written(column, row[column.field])
        for column in layout.columns
        if column.field in row
    }


def _written(column: Column, value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return column.word_of(str(value).lower())
    if isinstance(value, list | tuple):
        return "；".join(column.word_of(str(each)) for each in value)
    if isinstance(value, int) and column.kind in _FEN_PER:
        return Decimal(value) / _FEN_PER[column.kind]
    if isinstance(value, int):
        return value
    return column.word_of(str(value))


def _cell(column: Column, cells: Mapping[str, Value]) -> tuple[str, Value]:
    for name in column.headings:
        value = cells.get(name)
        if value not in (None, "", []) and str(value).strip():
            return name, value
    return "", None


def _read(column: Column, name: str, value: Value) -> object:
    if value is None:
        return None
    if column.kind == "words":
        if column.codes:
            return _coded(column, value)
        return _words(several({name: value}, (name,)))
    text = (", ".join(value) if isinstance(value, list) else str(value)).strip()
    readers: dict[str, Callable[[], object]] = {
        "text": lambda: _clean(text).strip() or None,
        "number": lambda: _number(text),
        "money": lambda: _number(text) if name == column.field else _wan_in_fen(text),
        "yuan": lambda: _number(text) if name == column.field else _yuan_in_fen(text),
        "day": lambda: _day(text),
        "code": lambda: _code(column, one_line(text)),
        "line": lambda: one_line(text) or None,
    }
    return readers[column.kind]()


def _clean(text: str) -> str:
    """Files carry stray control characters; records may not."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Text on one line, without doubled blanks and stray control characters."""
    return " ".join(_clean(text).split())


def _words(given: list[str]) -> list[str] | None:
    words = dict.fromkeys(one_line(word) for word in given)
    return [word for word in words if word] or None


def _coded(column: Column, value: Value) -> list[str] | None:
    """Words of a fixed set as their codes; a word may have a comma in it, but no semicolon."""
    parts = value if isinstance(value, list) else _APART.split(str(value))
    plain = [one_line(str(each)) for each in parts]
    known = {*column.codes, *column.codes.values()}
    words = [
        word
        for each in plain
        for word in ([each] if each in known else _words(several({"": each}, ("",))) or ())
    ]
    return list(dict.fromkeys(_code(column, word) for word in words)) or None


def _number(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError(f"{text[:40]} is no whole number")
    return int(text)


def _wan_in_fen(text: str) -> int:
    """An amount in 万元, decimals down to the fen allowed."""
    plain = text.replace(",", "").replace("，", "").removesuffix("万元").strip()
    if not _AMOUNT.fullmatch(plain):
        raise ValueError(f"{text[:40]} is no amount in 万元")
    return int(Decimal(plain) * FEN_PER_WAN)


def _yuan_in_fen(text: str) -> int:
    """An amount in yuan, decimals down to the fen allowed."""
    plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    if not _YUAN.fullmatch(plain):
        raise ValueError(f"{text[:40]} is no amount in yuan")
    return int(Decimal(plain) * FEN_PER_YUAN)


def _day(text: str) -> str:
    """A day as ``YYYY-MM-DD``, also from 2026/3/5, 2026.3.5 and 2026年3月5日."""
    found = _DAY.match(text)
    try:
        if found is not None:
            return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        pass
    raise ValueError(f"{text[:40]} is no day like 2026-12-31")


def _code(column: Column, text: str) -> str:
    if text in column.codes.values():
        return text
    if text not in column.codes:
        raise ValueError(f"{text[:40]} is none of: {', '.join(column.words)}")
    return column.codes[text]
