"""The lists of technical fields, and how one list and the disciplines relate to another (C9, C10).

Beside the two lists of the guidelines there is that by which technology contracts are counted.

Source: ``node/data/fields.csv``. Lists of fields are open: a name no list knows stands for itself.
"""

import csv
import functools
from importlib import resources


def field_marks(field: str, discipline: str = "") -> frozenset[str]:
    """The fields of the list of 2014 that something belongs to; a name no list knows is kept.

    Args:
        field: the name it was published with; empty when none was.
        discipline: the discipline of a result, which may belong to several fields.
    """
    named = _of_2014().get(field, (field,)) if field else ()
    return frozenset((*named, *_by_discipline().get(discipline, ())))


def shared_field(need_field: str, field: str, discipline: str = "") -> str:
    """The need's field when the result belongs to it by any list, or an empty string."""
    return need_field if field_marks(need_field) & field_marks(field, discipline) else ""


def field_names() -> tuple[str, ...]:
    """The names of every list, the newest list first and that of contracts last."""
    years = {row["list"]: row["list"] if row["list"].isdigit() else "" for row in _rows()}
    newest_first = sorted(_rows(), key=lambda row: years[row["list"]], reverse=True)
    return tuple(dict.fromkeys(row["field"] for row in newest_first))


@functools.cache
def _rows() -> tuple[dict[str, str], ...]:
    table = resources.files("node") / "data" / "fields.csv"
    return tuple(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


@functools.cache
def _of_2014() -> dict[str, tuple[str, ...]]:
    return {
        row["field"]: (row["field"],) if row["list"] == "2014" else _split(row["counterparts"])
        for row in _rows()
    }


@functools.cache
def _by_discipline() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _rows():
        if row["list"] == "2014":
            for discipline in _split(row["disciplines"]):
                found.setdefault(discipline, []).append(row["field"])
    return {discipline: tuple(fields) for discipline, fields in found.items()}


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("；"))
