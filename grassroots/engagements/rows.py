"""Rows of the station's private tables: made with a fresh id, found, changed."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlmodel import SQLModel

from node.errors import NotFoundError
from node.ids import new_id
from node.store import table_of

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

ROWS_MAX = 500


def find_row(reading: "Reading", model: type[SQLModel], id_: str) -> Row[tuple[object, ...]] | None:
    """The row with this id, or None."""
    table = table_of(model)
    return reading.connection.execute(select(table).where(table.c.id == id_)).first()


def get_row(
    reading: "Reading", model: type[SQLModel], id_: str, what: str
) -> Row[tuple[object, ...]]:
    """The row with this id.

    Args:
        what: what it is, for the message: ``engagement``.

    Raises:
        NotFoundError: there is none here.
    """
    row = find_row(reading, model, id_)
    if row is None:
        raise NotFoundError(f"no {what} {id_} is kept here", "Look its id up in the list.")
    return row


def add_row(
    node: "Node", tx: "Writing", model: type[SQLModel], **values: object
) -> dict[str, object]:
    """Keep a row under a fresh id, made now; the row as it is kept."""
    row = {**values, "id": new_id(node.random), "created_ms": node.clock.now_ms()}
    tx.insert(model, [row])
    return row


def list_rows(
    reading: "Reading",
    model: type[SQLModel],
    *conditions: ColumnElement[bool],
    order: tuple[ColumnElement[Any], ...],
    limit: int = ROWS_MAX,
) -> list[Row[tuple[object, ...]]]:
    """The rows that meet the conditions, in order."""
    query = select(table_of(model)).where(*conditions).order_by(*order).limit(limit)
    return list(reading.connection.execute(query).all())


def change_row(tx: "Writing", model: type[SQLModel], id_: str, **values: object) -> None:
    """Change fields of the row with this id."""
    table = table_of(model)
    tx.connection.execute(update(table).where(table.c.id == id_).values(**values))
