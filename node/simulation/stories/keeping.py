"""P1 and P4: nothing durable is lost, and a lost node comes back, even to a pruned feed."""

from node.readmodels import entries
from node.simulation.checks import heads_of
from node.simulation.clerk import new_need
from node.simulation.disk import Moment
from node.simulation.plan import Seat
from node.simulation.stories.telling import (
    MINUTE_MS,
    Expect,
    is_ready_soon,
    work,
)
from node.simulation.world import World


def die_at_every_moment(world: World) -> list[str]:
    """Every node dies before the commit, before, in and after the guard file, while it works."""
    expect = Expect()
    world.found()
    for moment in Moment:
        for node in world.nodes.values():
            node.doom = moment
        for node in world.nodes.values():
            node.publish(new_need(node, str(moment)))
        work(world, 2)
    crashes = [node.crashes for node in world.nodes.values()]
    expect.that(min(crashes) >= 3, f"processes died {crashes} times")
    return expect.ends_well(world)


def fill_disks(world: World) -> list[str]:
    """The disks of half the nodes take nothing for two minutes; then there is room again."""
    expect = Expect()
    world.found()
    full = list(world.nodes.values())[1::2]
    for node in full:
        node.disk.fill_up()
    for node in world.nodes.values():
        for number in range(12):
            node.publish(new_need(node, f"需求 {number} " + "长" * 150))
    world.run(2 * MINUTE_MS)
    for node in full:
        if node.is_up:
            node.disk.make_room()
    held = {node: node.store.read(lambda r: r.counts()["entries"]) for node in world.nodes.values()}
    expect.that(min(held[each] for each in full) < max(held.values()), "no disk was ever full")
    return expect.ends_well(world)


def lose_disk(world: World) -> list[str]:
    """Chengdu's disk and guard file are gone; its key is not."""
    expect = Expect()
    world.found()
    node = world["chengdu"]
    signed = [node.publish(new_need(node, f"需求 {number}")) for number in range(5)]
    work(world, 3)
    world.run(2 * MINUTE_MS)
    node.roll_back(None, with_guard=True)
    expect.that(
        world.run_until(lambda: heads_of(node) == heads_of(world["national"]), 10 * MINUTE_MS),
        "the emptied node did not get everything back",
    )
    ids = [entry.id for entry in signed if entry]
    back = node.store.read(lambda r: entries.find_many(r, ids))
    expect.that(len(back) == len(ids), f"{len(ids) - len(back)} own entries did not come back")
    expect.that(is_ready_soon(world, node), "it waits for its peers for ever")
    first = node.publish(new_need(node, "重新开始"))
    expect.that(first and first.header.epoch > signed[0].header.epoch, "no new epoch")  # type: ignore[union-attr]
    return expect.ends_well(world)


def put_backup_back(world: World) -> list[str]:
    """A region's and a local station's old backups are put back while the network works."""
    expect = Expect()
    world.found()
    nodes = [world["sichuan"], world["hangzhou"]]
    copies = [node.snapshot() for node in nodes]
    work(world, 5)
    for node, copy in zip(nodes, copies, strict=True):
        node.roll_back(copy)
        expect.that(node.publish(new_need(node, "太早")) is None, f"{node.name} did not ask first")
        expect.that(is_ready_soon(world, node), f"{node.name} waits for its peers for ever")
        expect.that(node.publish(new_need(node, "恢复之后")), f"{node.name} cannot publish")
    work(world, 2)
    return expect.ends_well(world)


def prune_feeds(world: World) -> list[str]:
    """Chengdu is down while feeds are pruned behind it; a machine joins that never read one."""
    expect = Expect()
    world.found()
    away = world["chengdu"]
    away.crash(restart_ms=None)
    work(world, 4, mean_pause_s=40)
    floors = [node.store.read(lambda r: r.feed_floor) for node in world.honest()]
    expect.that(min(floors) > 0, f"feeds begin after {floors}")
    away.revive()
    joined = world.add(Seat("leshan", "grassroots", "sichuan", "511100", is_dialled=False))
    expect.that(
        world.run_until(
            lambda: joined.roster.digest() == world["sichuan"].roster.digest(), 10 * MINUTE_MS
        ),
        "who is not admitted yet did not get the whole registry",
    )
    world["sichuan"].publish(world.admission(world.seats[-1], world["sichuan"].id))
    for node in (away, joined):
        expect.that(
            world.run_until(lambda: heads_of(node) == heads_of(world["national"]), 10 * MINUTE_MS),  # noqa: B023
            f"{node.name} did not get everything",
        )
    expect.that(world.happened["pruned feed"], "nobody ever asked for what was pruned")
    return expect.ends_well(world)
