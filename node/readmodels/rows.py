"""What every read model needs of the database: its table, a page of it, and JSON columns."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, and_, bindparam, func, or_, select

if TYPE_CHECKING:
    from node.store import Reading

PAGE_ROWS_MAX = 500
"""Rows one list answers at most."""

IN_MAX = 500
"""Values in one ``IN (...)``; SQLite's default allows 32,766 variables in a statement."""

Item = TypeVar("Item")

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def encode_json(value: object) -> str:
    """One spelling of a JSON column, so that both databases and every node hold the same text."""
    return _ENCODER.encode(value)


def batched(items: Iterable[Item], size: int = IN_MAX) -> Iterator[list[Item]]:
    """``items`` in lists of at most ``size``."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def rows_in(
    reading: "Reading", table: Table, column: ColumnElement[str], values: Iterable[str]
) -> list[Row[tuple[object, ...]]]:
    """The rows whose ``column`` is among ``values``."""
    found: list[Row[tuple[object, ...]]] = []
    for batch in batched(sorted(set(values))):
        if len(batch) == 1:  # the commonest, and done in half the time
            query, given = _rows_at(table, column), {"value": batch[0]}
            found += reading.connection.execute(query, given).all()
        else:
            query = _rows_in(table, column)
            found += reading.connection.execute(query, {"values": batch}).all()
    return found


@lru_cache(maxsize=256)
def _rows_at(table: Table, column: ColumnElement[str]) -> Select[tuple[object, ...]]:
    return select(table).where(column == bindparam("value"))


@lru_cache(maxsize=256)
def _rows_in(table: Table, column: ColumnElement[str]) -> Select[tuple[object, ...]]:
    """Built once: it runs several times with every entry of a case."""
    return select(table).where(column.in_(bindparam("values", expanding=True)))


def like(text: str) -> str:
    """A ``LIKE`` pattern that finds ``text`` anywhere, its own wildcards escaped by ``!``."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def contains(text: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether any of the columns holds every word of ``text`` somewhere."""
    words = text.split()[:8]
    return and_(
        *(or_(*(column.ilike(like(word), escape="!") for column in columns)) for word in words)
    )


def equal(*pairs: tuple[ColumnElement[str], str]) -> list[ColumnElement[bool]]:
    """Conditions that columns hold these values; a pair without a value asks nothing."""
    return [column == value for column, value in pairs if value]


def count_groups(reading: "Reading", group: ColumnElement[str]) -> dict[str, int]:
    """How many rows each value of a column has, most first."""
    query = select(group, func.count()).group_by(group).order_by(func.count().desc(), group)
    return dict(reading.connection.execute(query).all())


def count_rows(reading: "Reading", table: Table, *conditions: ColumnElement[bool]) -> int:
    """How many rows meet the conditions."""
    query = select(func.count()).select_from(table).where(*conditions)
    return int(reading.connection.execute(query).scalar_one())


def newest_page(
    reading: "Reading",
    table: Table,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    after: str,
) -> Sequence[Row[tuple[object, ...]]]:
    """One page of a table with ``time`` and ``id``, newest first.

    Args:
        limit: rows, 1..500.
        after: the id of the last row of the page before, or empty for the first page.
    """
    query: Select[tuple[object, ...]] = select(table).where(*conditions)
    time, id_ = table.c.time, table.c.id
    if after:
        last = reading.connection.execute(select(time).where(id_ == after)).scalar()
        if last is None:
            return []
        query = query.where(or_(time < last, and_(time == last, id_ > after)))
    query = query.order_by(time.desc(), id_).limit(max(1, min(limit, PAGE_ROWS_MAX)))
    return reading.connection.execute(query).all()
