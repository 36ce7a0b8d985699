"""Making and dropping tables; what a table's making takes is worked out once in a process."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable, ExecutableDDLElement

_MAKING: dict[tuple[Table, str], tuple[str, ...]] = {}
"""What makes a table and its indexes, by the table and the kind of database."""


def create_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Make those of the tables that are not there yet, with their indexes, in their order."""
    held = set(inspect(connection).get_table_names())
    for table in tables:
        if table.name not in held:
            for statement in _making(connection, table):
                connection.exec_driver_sql(statement)


def drop_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Drop those of the tables that are there; none of them refers to another."""
    held = set(inspect(connection).get_table_names())
    for table in tables:
        if table.name in held:
            connection.execute(DropTable(table))


def _making(connection: Connection, table: Table) -> tuple[str, ...]:
    dialect = connection.dialect
    if (table, dialect.name) not in _MAKING:
        indexes = sorted(table.indexes, key=lambda each: str(each.name))
        made: list[ExecutableDDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
        _MAKING[table, dialect.name] = tuple(str(each.compile(dialect=dialect)) for each in made)
    return _MAKING[table, dialect.name]
