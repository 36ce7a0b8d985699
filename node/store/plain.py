"""Reads below the query builder: a statement compiled once, the driver's own rows.

Every message of a peer is a handful of short reads. On SQLite the way through SQLAlchemy takes ten
times as long as the read; on PostgreSQL, where the way over the socket counts, they go that way.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, LargeBinary, Select

Rows = Sequence[Sequence[Any]]


class _Prepared(NamedTuple):
    """A statement in SQLite's own words, the names of its values in order, and those it brings."""

    sql: str
    order: tuple[str, ...]
    given: Mapping[str, Any]


def ask(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any] = {}
) -> Rows:
    """All rows of a statement that is built once and for all, each a sequence of its columns.

    Args:
        connection: in a transaction.
        statement: kept by whoever asks; what is built anew for each question is not for this,
            nor ``IN`` over values that are not literals.
        values: by the names of its parameters.
    """
    dialect = connection.dialect
    if dialect.name == "sqlite":
        sql, order, given = _prepare(statement, dialect)
        known = {**given, **values}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, [known[name] for name in order])
            return cursor.fetchall()
        except sqlite3.Error:
            pass  # asked once more below, by those who say in full what is wrong
    return connection.execute(statement, values).all()


def ask_one(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any] = {}
) -> Sequence[Any] | None:
    """The first row, or None where there is none."""
    rows = ask(connection, statement, values)
    return rows[0] if rows else None


@lru_cache(maxsize=512)
def _prepare(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect)
    for column in statement.selected_columns:
        kind = column.type.dialect_impl(dialect)
        is_plain = isinstance(column.type, LargeBinary) or not kind.result_processor(dialect, None)
        assert is_plain, f"SQLite does not keep {column} as it is read"
    return _Prepared(str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params))
