"""1.5 and P9: stations that hold some channels only, among others that hold all."""

from node.simulation.checks import heads_of, settle
from node.simulation.clerk import new_need, new_result, publish_ranking
from node.simulation.stories.telling import MINUTE_MS, Expect, is_ready_soon, reaches, work
from node.simulation.world import World
from protocol.limits import CHANNELS

SOME = ("registry", "needs", "performance")


def hold_some(world: World) -> list[str]:
    """A region and a local station hold registry, needs and performance only; then it holds all.

    The region is the uplink of a station that holds everything.
    """
    expect = Expect()
    region, local, below = world["sichuan"], world["panzhihua"], world["chengdu"]
    for node in (region, local):
        node.hold(*SOME)
    world.found()
    work(world, 2, mean_pause_s=40)
    expect.that(local.publish(new_result(local)) is None, "it wrote to a channel it does not hold")
    need = local.publish(new_need(local, "照常发布"))
    expect.that(need and reaches(world, world.honest(), need.id), "its need did not reach everyone")
    below.publish(new_result(below))
    publish_ranking(world["national"], "部分频道")
    expect.that(settle(world), "the network did not settle")
    for node in (region, local):
        held = {log.channel for log in node.store.read(lambda r: [h.log for h in r.heads()])}
        expect.that(held <= {*SOME}, f"{node.name} holds {held}")
    expect.faults += _find_blamed(world)
    region.crash(restart_ms=None)
    region.hold(*CHANNELS)
    region.revive()
    expect.that(is_ready_soon(world, region), "the region waits for its peers for ever")
    expect.that(
        world.run_until(lambda: heads_of(region) == heads_of(world["national"]), 10 * MINUTE_MS),
        "the region did not get the channels it took up",
    )
    expect.that(region.publish(new_result(region)), "it cannot write to a channel it took up")
    return expect.ends_well(world)


def _find_blamed(world: World) -> list[str]:
    """Peers said to lack entries of a channel they do not hold."""
    channels = {node.keyring.public: node.channels for node in world.honest()}
    return [
        f"{node.name} says that {world.name_of(key)} lacks {each.log.channel}"
        for node in world.honest()
        for link in node.links()
        for each in link.health.lacking
        if each.log.channel not in channels[(key := link.candidate.key)]
    ]
