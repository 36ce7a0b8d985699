"""What the faults of a storm do to a machine, each by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.simulation.clerk import new_need
from node.simulation.disk import DATABASE, Moment
from node.simulation.faults import draw_storm
from node.simulation.malice import Forge, ForkLogs, Lie
from node.simulation.stories.telling import is_ready_soon
from node.simulation.storm import MINUTE_MS, PACE
from node.simulation.world import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(3, pace=PACE) as world:
        world.found()
        yield world


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def test_a_commit_torn_by_a_power_failure_leaves_half_of_its_pages_and_none_of_its_entries(
    world: World,
) -> None:
    node = world["chengdu"]
    need = node.publish(new_need(node, "之前"))
    assert need is not None
    wal = node.folder / f"{DATABASE}-wal"
    before = _size(wal)
    node.doom = Moment.IN_COMMIT

    assert node.publish(new_need(node, "撕裂")) is None

    assert not node.is_up
    assert _size(wal) > before
    node.revive()
    tail = node.store.read(lambda reading: reading.head(need.header.log))
    assert tail is not None
    assert tail.id == need.id
    assert is_ready_soon(world, node)
    assert node.publish(new_need(node, "之后")) is not None


def test_a_torn_commit_was_never_told_to_anyone(world: World) -> None:
    node = world["chengdu"]
    node.publish(new_need(node, "之前"))
    told = world.ledger.accepted
    node.doom = Moment.IN_COMMIT

    node.publish(new_need(node, "撕裂"))

    assert world.ledger.accepted == told


def test_a_storm_of_enough_faults_holds_every_kind_there_is(world: World) -> None:
    kinds = {type(fault).__name__ for _, fault in draw_storm(world, 15 * MINUTE_MS, 16)}

    assert kinds == {
        "BadWires", "Partition", "Kill", "DieWriting", "RollBack", "LoseDisk", "WrongClock",
        "FullDisk", "Lie", "ForkLogs", "Forge",
    }  # fmt: skip


def test_a_lying_relay_leaves_entries_out_and_tells_the_truth_in_the_end(world: World) -> None:
    world.play(Lie("zhejiang", "chengdu", MINUTE_MS).happen(world))
    world.run(1000)
    assert not world["zhejiang"].is_honest
    need = world["chengdu"].publish(new_need(world["chengdu"]))
    assert need is not None
    log = need.header.log

    world.run(2 * MINUTE_MS)

    assert world["zhejiang"].is_honest
    assert world["zhejiang"].store.read(lambda reading: reading.head(log)) is not None


def test_a_member_that_forks_its_logs_is_found_out_by_all(world: World) -> None:
    node = world["baoji"]
    need = node.publish(new_need(node, "甲"))
    assert need is not None
    world.run(MINUTE_MS)

    world.play(ForkLogs("baoji", 0.0).happen(world))
    world.run(5 * MINUTE_MS)

    log = need.header.log
    assert {each.roster.disputed(log) for each in world.honest()} == {need.header.seq}


def test_forged_entries_are_refused_for_their_signature(world: World) -> None:
    world["chengdu"].publish(new_need(world["chengdu"]))
    world.run(MINUTE_MS)

    world.play(Forge("xian", "chengdu").happen(world))
    world.run(MINUTE_MS)

    refused = {code for code, count in world.ledger.refused.items() if count}
    assert refused & {"fork", "bad-signature", "bad-chain"}
