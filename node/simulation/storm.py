"""Random seeds: a network at work, a storm over it, and the checks when it has settled."""

from functools import partial
from random import Random

from node.readmodels import referrals
from node.simulation.checks import check_all, settle
from node.simulation.clerk import Clerk, approve_reports, compile_report, publish_ranking
from node.simulation.faults import draw_storm, schedule
from node.simulation.host import SimPace
from node.simulation.sealed import disclose
from node.simulation.world import World

MINUTE_MS = 60_000
FEED_ROWS = 12
"""So little of the feed is kept that peers that were away find it pruned."""
PACE = SimPace(backoff_s=5, backoff_max_s=120, reconcile_s=300)
"""Back-off and comparison sooner than the configuration's: the same rules in less virtual time."""


PARTIAL_EVERY = 2
"""In one storm of so many a station holds some channels only."""


def weather_storm(world: World, *, minutes: int = 6, faults: int = 16) -> list[str]:
    """Clerks work at every station while faults drawn from the seed happen; what is wrong then."""
    if world.seed % PARTIAL_EVERY == 0:
        list(world.nodes.values())[-1].hold("needs", "performance")
    world.found()
    clerks = [
        Clerk(node, Random(f"{world.seed} clerk {node.name}"), mean_pause_s=150)  # noqa: S311
        for node in world.nodes.values()
    ]
    for clerk in clerks:
        world.play(clerk.work())
    schedule(world, draw_storm(world, minutes * MINUTE_MS, faults))
    world.run(minutes * MINUTE_MS)
    for clerk in clerks:
        clerk.is_at_work = False
    world.run(minutes * MINUTE_MS // 3)
    if not settle(world):
        return ["the network did not settle within six hours of fair weather", *check_all(world)]
    _disclose(world)
    _rank(world)
    if not settle(world):
        return ["the ranking did not reach every node", *check_all(world)]
    return check_all(world)


def _disclose(world: World) -> None:
    """Every sender of an accepted case seals a contact to its receiver; clerks leave that to us."""
    by_id = {node.id: node for node in world.nodes.values()}
    for me, node in by_id.items():
        for case in node.store.read(partial(referrals.find, station=me, limit=500)):
            if case.sender == me and case.state in ("accepted", "started"):
                disclose(node, by_id[case.receiver], case.id)


def _rank(world: World) -> None:
    """Some stations report, their parents approve, national ranks."""
    nodes = list(world.nodes.values())
    for node in nodes[1::2]:
        compile_report(node)
    world.run(MINUTE_MS)
    for node in nodes:
        if node.roster.children(node.id):
            approve_reports(node)
    world.run(MINUTE_MS)
    publish_ranking(nodes[0], "九月")
