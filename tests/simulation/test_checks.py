"""The checks see what they are there to see: each is shown a world in which it is broken."""

from collections.abc import Iterator

import pytest

from node.readmodels.needs import NeedRow
from node.simulation.checks import (
    check_all,
    find_differing_heads,
    find_differing_read_models,
    find_forged,
    find_lost,
    find_own_forks,
    settle,
)
from node.simulation.clerk import new_need
from node.simulation.storm import MINUTE_MS, PACE
from node.simulation.world import World
from node.store import Writing, table_of
from node.store.tables import CHUNK


@pytest.fixture
def world() -> Iterator[World]:
    """Ten nodes, each with a need that everybody holds."""
    with World(5, pace=PACE) as world:
        world.found()
        for node in world.nodes.values():
            node.publish(new_need(node))
        world.run(MINUTE_MS)
        yield world


def test_a_settled_world_is_found_in_order(world: World) -> None:
    assert settle(world)

    assert check_all(world) == []


def test_a_node_that_lost_what_was_durable_is_noticed(world: World) -> None:
    node = world["hangzhou"]
    world.weather.cut.append(frozenset({"hangzhou"}))

    node.roll_back(None)

    assert any(fault.startswith("hangzhou lacks") for fault in find_lost(world))
    assert find_differing_heads(world) == ["heads differs at hangzhou of 10 nodes"]


def test_two_entries_for_one_position_are_noticed(world: World) -> None:
    node = world["hangzhou"]
    copy = node.snapshot()
    node.publish(new_need(node, "之前"))
    world.run(MINUTE_MS)
    world.weather.cut.append(frozenset({"hangzhou"}))

    node.roll_back(copy, with_guard=True)
    node.publish(new_need(node, "之后"))

    assert find_own_forks(world) == ["hangzhou/needs forks at 2"]


def test_altered_bytes_in_a_store_are_noticed(world: World) -> None:
    def alter(tx: Writing) -> None:
        row = tx.connection.execute(CHUNK.select().limit(1)).one()
        changed = row.bodies[:-3] + bytes((row.bodies[-3] ^ 1,)) + row.bodies[-2:]
        where = (CHUNK.c.log == row.log) & (CHUNK.c.first == row.first)
        tx.connection.execute(CHUNK.update().where(where).values(bodies=changed))

    world["ningbo"].store.write(alter)

    assert [fault[:6] for fault in find_forged(world)] == ["ningbo"]


def test_a_read_model_that_says_something_else_is_noticed(world: World) -> None:
    table = table_of(NeedRow)
    node = world["xian"]

    node.store.write(lambda tx: tx.connection.execute(table.update().values(title="别的")))

    assert find_differing_read_models(world) == ["read model needs differs at xian of 10 nodes"]
