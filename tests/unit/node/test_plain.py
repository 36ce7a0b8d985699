"""Short reads below the query builder give what SQLAlchemy gives, and fail as it fails."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Boolean, bindparam, column, select, table, text

from node.errors import StoreError
from node.store import Reading
from node.store.plain import ask, ask_one
from node.store.tables import META
from tests.builders import NodeInTest, StationInTest

Open = Callable[..., NodeInTest]

NAMED = (
    select(META.c.name, META.c.value)
    .where(META.c.name >= bindparam("first"), META.c.value != "nothing")
    .order_by(META.c.name)
    .limit(3)
)


@pytest.fixture
def node(open_node: Open, make_station: Callable[..., StationInTest]) -> NodeInTest:
    made = open_node(make_station("四川", "regional"))
    made.store.write(lambda tx: [tx.set_meta(f"z{n}", str(n)) for n in range(5)])
    return made


def test_the_rows_are_those_of_the_statement_with_the_values_it_brings(node: NodeInTest) -> None:
    def both(reading: Reading) -> tuple[list[Any], list[Any]]:
        values = {"first": "z1"}
        usual = reading.connection.execute(NAMED, values).all()
        return [tuple(row) for row in ask(reading.connection, NAMED, values)], [*map(tuple, usual)]

    plain, usual = node.store.read(both)

    assert plain == usual == [("z1", "1"), ("z2", "2"), ("z3", "3")]
    none = node.store.read(lambda each: ask_one(each.connection, NAMED, {"first": "zz"}))
    assert none is None


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_read_that_fails_says_so_in_our_words(node: NodeInTest) -> None:
    node.store.write(lambda tx: tx.connection.execute(text("DROP TABLE meta")))

    with pytest.raises(StoreError, match="no such table: meta"):
        node.store.read(lambda reading: reading.meta("z1"))


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_column_that_sqlite_keeps_otherwise_than_it_is_read_is_not_for_this(
    node: NodeInTest,
) -> None:
    asked = select(column("erased", Boolean())).select_from(table("absent"))

    with pytest.raises(AssertionError, match="erased"):
        node.store.read(lambda reading: ask(reading.connection, asked))
