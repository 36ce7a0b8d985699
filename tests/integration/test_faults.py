"""Real processes that are killed, paused, set back, filled up and parted, while clerks publish.

Nothing that was durable is lost, and all nodes come to show the same (P1, P3, P4).
"""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.demo.process import wait_until
from node.errors import NodeError
from tests.integration.machines import (
    SETTLE_S,
    Load,
    Network,
    copy_folder,
    put_back,
    small_disk,
)

pytestmark = pytest.mark.xdist_group("faults")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk is for root")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Four stations, founded; every test leaves them whole."""
    made = Network(tmp_path_factory.mktemp("faults"))
    try:
        made.found()
        yield made
    finally:
        made.close()


def test_processes_killed_at_any_moment_lose_nothing_they_acknowledged(network: Network) -> None:
    chance = random.Random(11)
    with Load(network) as load:
        for name in ("四川站", "国家站"):
            load.wait_for(network[name], chance.randrange(1, 6))
            network[name].kill()
            load.wait_for(network["浙江站"], 3)
            network[name].boot()

    network.settle(load.ids)
    assert all(machine.status()["forks"] == [] for machine in network)


def test_a_paused_process_holds_nobody_up_and_catches_up(network: Network) -> None:
    national = network["国家站"]
    with Load([network["成都站"], network["四川站"]]) as load:
        national.pause()
        try:
            entry = network["成都站"].publish("国家站停顿时的需求")
            arrived = wait_until(lambda: network["浙江站"].holds(entry), SETTLE_S)
            load.wait_for(network["四川站"], 3)
        finally:
            national.resume()

    assert arrived, "a region did not hear from another while national stood still"
    network.settle([*load.ids, entry])


def test_a_machine_set_back_guard_file_and_all_forks_nothing(
    network: Network, tmp_path: Path
) -> None:
    machine = network["四川站"]
    machine.publish("快照之前")
    machine.kill()
    copy = copy_folder(machine.folder, tmp_path / "snapshot")
    machine.boot()
    later = [machine.publish(f"快照之后 {number}") for number in range(3)]
    durable = wait_until(
        lambda: all(machine.get(f"/entries/{id_}")["held_by"]["is_durable"] for id_ in later),
        SETTLE_S,
    )
    machine.kill()
    put_back(copy, machine.folder)

    machine.start()
    machine.wait_ready(SETTLE_S)
    with Load([machine, network["成都站"]]) as load:
        load.wait_for(machine, 3)

    assert durable, "what was published never came to be durable"
    network.settle([*later, *load.ids])
    assert all(each.status()["forks"] == [] for each in network)
    epochs = {log["epoch"] for log in machine.status()["own"]["logs"] if log["channel"] == "needs"}
    assert len(epochs) >= 2


def test_a_machine_with_an_empty_disk_and_its_key_comes_back(network: Network) -> None:
    machine = network["成都站"]
    kept = ("node.toml", "genesis.json", "key.json", "token", "request.json")
    before = machine.publish("磁盘损坏之前")
    durable = wait_until(
        lambda: machine.get(f"/entries/{before}")["held_by"]["is_durable"], SETTLE_S
    )
    machine.kill()
    for path in machine.folder.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    machine.boot()
    came_back = wait_until(lambda: machine.holds(before), SETTLE_S)
    after = machine.publish("磁盘更换之后")

    assert durable
    assert came_back
    network.settle([before, after])
    assert all(each.status()["forks"] == [] for each in network)


def test_a_region_parted_from_the_others_goes_on_and_both_sides_meet_again(
    network: Network,
) -> None:
    with Load(network) as load:
        network.wires.cut(["四川站", "成都站"])
        inside = network["成都站"].publish("分区之内")
        outside = network["浙江站"].publish("分区之外")
        told = wait_until(lambda: network["四川站"].holds(inside), SETTLE_S)
        told_too = wait_until(lambda: network["国家站"].holds(outside), SETTLE_S)
        crossed = network["国家站"].holds(inside) or network["四川站"].holds(outside)
        load.wait_for(network["成都站"], 5)
        network.wires.mend()

    assert told
    assert told_too
    assert not crossed
    network.settle([*load.ids, inside, outside])


def test_wires_that_break_off_again_and_again_lose_nothing(network: Network) -> None:
    chance = random.Random(13)
    rows = [{"id": f"r{n}", "title": f"成果 {n}", "abstract": "字" * 300} for n in range(400)]
    network.wires.fray(lambda: chance.randrange(2_000, 60_000))
    try:
        with Load([network["浙江站"]]) as load:
            page = {"system": "批量", "first": 1, "rows": rows}
            published = network["成都站"].post("/imports/results", page)["published"]
            broke_off = wait_until(lambda: network.wires.broken >= 10, SETTLE_S)
            load.wait_for(network["浙江站"], 3)
    finally:
        network.wires.mend()

    assert published == len(rows)
    assert broke_off
    network.settle(load.ids)
    assert network["国家站"].status()["numbers"]["results"] >= len(rows)


@needs_root
def test_a_full_disk_refuses_and_loses_nothing(network: Network) -> None:
    machine = network["浙江站"]
    machine.kill()
    with small_disk(machine.folder) as disk:
        machine.boot()
        try:
            with Load(network) as load:
                load.wait_for(machine, 2)
                disk.fill_up()
                refused = wait_until(lambda: load.refused >= 3, SETTLE_S)
                load.wait_for(network["成都站"], 5)
                disk.make_room()
                load.wait_for(machine, 2)
            network.settle(load.ids)
        finally:
            machine.kill()

    machine.boot()
    assert refused, "the disk was never full"
    network.settle(load.ids)


def test_a_machine_says_in_words_why_it_does_not_sign_yet(network: Network) -> None:
    machine = network["成都站"]
    machine.kill()
    network.wires.cut(["成都站"])
    try:
        machine.start()
        machine.wait_ready(SETTLE_S)
        with pytest.raises(NodeError) as refused:
            machine.publish("没有人回答")
    finally:
        network.wires.mend()

    assert "2 of 2 peers have not said yet" in refused.value.message
    assert wait_until(lambda: machine.status()["state"] == "ready", SETTLE_S)
    network.settle([machine.publish("有人回答了")])
