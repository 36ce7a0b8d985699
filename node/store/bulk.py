"""Bulk writes below the query builder: one statement compiled once, rows to the driver as they are.

Read models write a row or more for each entry; building a statement a row would cost more than
verifying its signature chain (DESIGN 2.1).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Table, insert, tuple_
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Values = Mapping[str, Any]
"""One row to write: column name to value."""

Convert = Callable[[Any], Any]


class _Prepared(NamedTuple):
    """A statement in the driver's own words; ``order`` is empty where it takes rows by name."""

    sql: str
    order: tuple[str, ...]
    converts: tuple[tuple[str, Convert], ...]


@lru_cache(maxsize=512)
def _upsert(table: Table, dialect: str, newer: tuple[str, ...]) -> Insert:
    statement = _insert_of(dialect)(table)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=keys)
    where = None
    if newer:
        there = tuple_(*(table.c[name] for name in newer))
        where = tuple_(*(statement.excluded[name] for name in newer)) > there
    return statement.on_conflict_do_update(index_elements=keys, set_=changed, where=where)


def _insert_of(dialect: str) -> "Callable[[Table], postgresql.Insert | sqlite.Insert]":
    """The insert of a dialect that can replace rows; PostgreSQL's is loaded where it is used."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    return sqlite.insert


@lru_cache(maxsize=512)
def _insert(table: Table) -> Insert:
    return insert(table)


@lru_cache(maxsize=512)
def _prepare(statement: Insert, dialect: Dialect, columns: tuple[str, ...]) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    table = statement.table
    assert isinstance(table, Table)
    converts = []
    for name in columns:
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            converts.append((name, convert))
    order = tuple(compiled.positiontup or ()) if compiled.positional else ()
    return _Prepared(str(compiled), order, tuple(converts))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows that are not there yet."""
    _execute(connection, _insert(table), table, rows)


def upsert_rows(
    connection: Connection, table: Table, rows: Sequence[Values], newer: tuple[str, ...] = ()
) -> None:
    """Insert rows, or replace those with the same primary key; see :meth:`Writing.upsert`."""
    _execute(connection, _upsert(table, connection.dialect.name, newer), table, rows)


def _execute(
    connection: Connection, statement: Insert, table: Table, rows: Sequence[Values]
) -> None:
    if not rows:
        return
    columns = tuple(rows[0])
    if len(columns) < len(table.columns):
        connection.execute(statement, rows)
        return
    sql, order, converts = _prepare(statement, connection.dialect, columns)
    if converts:
        rows = [_converted(row, converts) for row in rows]
    if order:
        pick = itemgetter(*order) if len(order) > 1 else _only(order[0])
        connection.exec_driver_sql(sql, [pick(row) for row in rows])
    else:
        connection.exec_driver_sql(sql, [dict(row) for row in rows])


def _converted(row: Values, converts: tuple[tuple[str, Convert], ...]) -> Values:
    changed = dict(row)
    for name, convert in converts:
        changed[name] = convert(changed[name])
    return changed


def _only(name: str) -> Callable[[Values], tuple[Any, ...]]:
    return lambda row: (row[name],)
