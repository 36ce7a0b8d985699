"""Making and dropping tables; what a table's making takes is worked out once in a process."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Connection, Dialect, Table, inspect
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable


def create_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Make those of the tables that are not there yet, with their indexes, in their order."""
    held = set(inspect(connection).get_table_names())
    for table in tables:
        if table.name not in held:
            for statement in _making(table, type(connection.dialect)):
                connection.exec_driver_sql(statement)


def drop_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Drop those of the tables that are there; none of them refers to another."""
    held = set(inspect(connection).get_table_names())
    for table in tables:
        if table.name in held:
            connection.execute(DropTable(table))


@cache
def _making(table: Table, database: type[Dialect]) -> tuple[str, ...]:
    dialect = database()
    indexes = sorted(table.indexes, key=lambda each: str(each.name))
    made = (CreateTable(table), *(CreateIndex(each) for each in indexes))
    return tuple(str(each.compile(dialect=dialect)) for each in made)
