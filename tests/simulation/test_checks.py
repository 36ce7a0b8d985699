"""The checks see what they are there to see: each is shown a world in which it is broken."""

from collections.abc import Iterator

import pytest

from node.keyring import Keyring
from node.readmodels.cuts import CutRow
from node.readmodels.entries import EntryRow
from node.readmodels.needs import NeedRow
from node.simulation.casework import act, case_of, refer
from node.simulation.checks import (
    CHECKS,
    check_all,
    find_absent,
    find_differing_heads,
    find_differing_rankings,
    find_differing_read_models,
    find_differing_rosters,
    find_forged,
    find_lost,
    find_overstated,
    find_own_forks,
    find_readable_secrets,
    find_shown_unsigned,
    settle,
)
from node.simulation.clerk import new_need, publish_ranking
from node.simulation.plan import Seat
from node.simulation.sealed import SEALED_NAME, disclose
from node.simulation.storm import MINUTE_MS, PACE
from node.simulation.world import World
from node.store import Writing, table_of
from node.store.tables import CHUNK
from protocol.heads import Head
from protocol.records import ReferralAccepted


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


def test_a_node_that_shows_as_durable_what_nobody_holds_is_noticed(world: World) -> None:
    node = world["hangzhou"]
    world.weather.cut.append(frozenset({"hangzhou"}))
    entry = node.publish(new_need(node, "没有人听见"))
    assert entry is not None
    told = Head(entry.header.log, entry.header.seq, entry.id, entry.header.time)

    for name in ("zhejiang", "national"):
        node.holdings.note_heads(world[name].keyring.public, [told])

    assert find_overstated(world) == ["hangzhou shows needs durable to 2, not 1"]


def test_two_entries_for_one_position_are_noticed(world: World) -> None:
    node = world["hangzhou"]
    copy = node.snapshot()
    node.publish(new_need(node, "之前"))
    world.run(MINUTE_MS)
    world.weather.cut.append(frozenset({"hangzhou"}))

    node.roll_back(copy, with_guard=True)
    world.run(MINUTE_MS)
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


def test_a_node_that_does_not_know_a_member_is_noticed(world: World) -> None:
    world.weather.cut.append(frozenset({"xian"}))
    world.add(Seat("leshan", "grassroots", "sichuan", "511100"), starts=False)
    world["sichuan"].publish(world.admission(world.seats[-1], world["sichuan"].id))
    world.run(MINUTE_MS)

    assert find_differing_rosters(world) == ["roster differs at xian of 10 nodes"]


def test_a_node_that_computes_another_ranking_is_noticed(world: World) -> None:
    publish_ranking(world["national"], "九月")
    world.run(MINUTE_MS)
    assert find_differing_rankings(world) == []
    node = world["baoji"]

    node.store.write(lambda tx: tx.connection.execute(table_of(CutRow).delete()))

    assert find_differing_rankings(world) == ["ranking differs at baoji of 10 nodes"]


def test_an_entry_that_is_shown_and_was_never_signed_is_noticed(world: World) -> None:
    row = world["xian"].store.read(
        lambda reading: dict(
            reading.connection.execute(table_of(EntryRow).select().limit(1)).one()._mapping
        )
    )

    world["xian"].store.write(lambda tx: tx.insert(EntryRow, [row | {"id": "x" * 43}]))

    assert find_shown_unsigned(world) == [f"xian shows {'x' * 43}, which nobody signed"]


@pytest.fixture
def sealed(world: World) -> World:
    """Chengdu has sealed a contact to Ningbo, and everybody relayed it."""
    sender, receiver = world["chengdu"], world["ningbo"]
    need = sender.publish(new_need(sender))
    assert need is not None
    case_id = refer(sender, need.id, receiver.id)
    assert case_id is not None
    world.run(MINUTE_MS)
    case = case_of(receiver, case_id)
    assert case is not None
    assert act(receiver, case, ReferralAccepted.KIND)
    world.run(MINUTE_MS)
    assert disclose(sender, receiver, case_id)
    world.run(MINUTE_MS)
    assert find_readable_secrets(world) == []
    return world


def test_a_node_that_opens_what_was_sealed_to_others_is_noticed(sealed: World) -> None:
    own, stolen = sealed["xian"].keyring, sealed["ningbo"].keyring
    sealed["xian"].keyring = Keyring(own.signing_keys, stolen.sealing_seeds, own.recovery)

    assert "xian can read what was sealed" in find_readable_secrets(sealed)


def test_a_sealed_name_that_is_written_in_the_clear_is_noticed(sealed: World) -> None:
    sealed["xian"].publish(new_need(sealed["xian"], f"{SEALED_NAME} 的需求"))

    faults = find_readable_secrets(sealed)
    assert "xian holds a sealed name in the clear" in faults


def test_a_node_that_lacks_a_body_nobody_erased_is_noticed(world: World) -> None:
    node, author = world["hangzhou"], world["xian"]
    log = node.store.read(lambda reading: reading.heads(author.keyring.public, "needs"))[0].log

    def strip(tx: Writing) -> None:
        tx.erase(log, [1])
        tx.mark_erased(log, 1, erased=False)

    assert find_absent(world) == []
    node.store.write(strip)

    assert find_absent(world) == ["hangzhou lacks bodies"]


def test_every_check_is_shown_what_it_looks_for() -> None:
    assert {each.__name__ for each in CHECKS} <= set(globals())
