"""1.6: a successor takes over, a station in two hierarchies, a region taken down a level."""

from collections.abc import Callable, Iterable

from node.readmodels import performance
from node.simulation.clerk import (
    approve_reports,
    compile_report,
    new_need,
    publish_ranking,
    recompute,
)
from node.simulation.machine import SimNode
from node.simulation.plan import Seat
from node.simulation.stories.telling import MINUTE_MS, Expect, reaches, work
from node.simulation.world import World
from protocol.genesis import ASSOCIATIONS
from protocol.records import MembershipIn, Record, StationEnded
from protocol.records.performance import ReportApproved

SOON_MS = 10 * MINUTE_MS


def succeed(world: World) -> list[str]:
    """National goes for good; the council's successor takes its regions, approves and ranks."""
    expect = Expect()
    world.found()
    work(world, 1, mean_pause_s=20)
    for node in world.nodes.values():
        compile_report(node)
    world.run(2 * MINUTE_MS)
    old = world["national"]
    gone = old.id
    old.retire()
    heir = world.add(Seat("successor", "national", None), peers=("shaanxi",))
    world["shaanxi"].publish(world.carry(world.admission(world.seats[-1], None)))
    expect.that(
        _comes_about(world, lambda node: node.roster.tier(heir.id) == "national"), "no heir"
    )
    regions = [world[name] for name in ("sichuan", "zhejiang", "shaanxi")]
    for region in regions:
        heir.publish(_renewal(world, heir, region, "regional", heir.id))
    expect.that(
        _comes_about(world, lambda node: set(node.roster.children(heir.id)) == _ids(regions)),
        "the successor has not all regions below it",
    )
    expect.that(not heir.roster.children(gone), "a region stayed below who is gone")
    for judge in (heir, *regions):
        approve_reports(judge)
    world.run(2 * MINUTE_MS)
    expect.faults += _stand_approved(world, regions)
    expect.that(publish_ranking(heir, "继任者排名"), "the successor published no ranking")
    world.run(2 * MINUTE_MS)
    found = {node.name: recompute(node) for node in world.honest()}
    expect.that(len({str(each) for each in found.values()}) == 1, f"rankings differ: {found}")
    return expect.ends_well(world)


def sit_in_both(world: World) -> list[str]:
    """Chengdu is in two hierarchies with a parent in each; one falls away, the other holds it."""
    expect = Expect()
    world.found()
    national, sichuan, chengdu = world["national"], world["sichuan"], world["chengdu"]
    seat = Seat("national", "national", None, None, ASSOCIATIONS)
    record = world.admission(seat, None).model_copy(update={"station": national.id})
    national.publish(world.carry(record))
    society = world.add(Seat("kexie", "province", "national", "510000", ASSOCIATIONS))
    national.publish(world.admission(world.seats[-1], national.id))
    expect.that(
        world.run_until(lambda: society.is_ready and society.me is not None, SOON_MS), "kexie"
    )
    seat = Seat("chengdu", "city", "kexie", "510100", ASSOCIATIONS)
    society.publish(world.admission(seat, society.id).model_copy(update={"station": chengdu.id}))
    both = {sichuan.id, society.id}
    expect.that(
        _comes_about(world, lambda node: _parents(node, chengdu) == both), "not two parents"
    )
    report = compile_report(chengdu) or ""
    world.run(MINUTE_MS)
    society.publish(ReportApproved(report=report))
    world.run(MINUTE_MS)
    expect.faults += _stand_approved(world, [chengdu])
    me = sichuan.roster.stations[chengdu.id]
    sichuan.publish(
        StationEnded(
            station=me.id, hierarchy="stations", replaces=me.memberships[0].act, why="revoked"
        )
    )
    expect.that(
        _comes_about(world, lambda node: not node.roster.stations[me.id].memberships[0].stands),
        "the membership below sichuan did not end everywhere",
    )
    need = chengdu.publish(new_need(chengdu, "仍是科协成员"))
    expect.that(
        need and reaches(world, world.honest(), need.id), "the other membership held nothing"
    )
    return expect.ends_well(world)


def take_down(world: World) -> list[str]:
    """Zhejiang is made a local station: it judges nobody any more, and its own are re-homed."""
    expect = Expect()
    world.found()
    national, zhejiang, sichuan = (world[name] for name in ("national", "zhejiang", "sichuan"))
    below = [world["hangzhou"], world["ningbo"]]
    reports = [compile_report(node) or "" for node in below]
    world.run(MINUTE_MS)
    national.publish(_renewal(world, national, zhejiang, "grassroots", national.id))
    expect.that(
        _comes_about(world, lambda node: node.roster.tier(zhejiang.id) == "grassroots"),
        "zhejiang was not taken down everywhere",
    )
    refused = zhejiang.publish(ReportApproved(report=reports[0]))
    expect.that(refused is None, "a local station could sign an approval")
    for node in below:
        national.publish(_renewal(world, national, node, "grassroots", sichuan.id))
    expect.that(
        _comes_about(world, lambda n: _ids(below) <= set(n.roster.children(sichuan.id))),
        "the stations of zhejiang were not re-homed",
    )
    approve_reports(sichuan)
    world.run(MINUTE_MS)
    expect.faults += _stand_approved(world, below)
    return expect.ends_well(world)


def _renewal(world: World, issuer: SimNode, node: SimNode, level: str, parent: str) -> Record:
    """What an issuer signs to give a station another level or parent."""
    seat = next(each for each in world.seats if each.name == node.name)
    place = MembershipIn(hierarchy=seat.hierarchy, level=level, parent=parent)
    known = issuer.roster.stations[node.id]
    return world.admission(seat, parent).model_copy(
        update={"station": known.id, "replaces": known.act, "memberships": (place,)}
    )


def _comes_about(world: World, holds: Callable[[SimNode], bool]) -> bool:
    """Wait until something holds at every node that runs; whether it came to."""
    return world.run_until(lambda: all(map(holds, world.honest())), SOON_MS)


def _ids(nodes: Iterable[SimNode]) -> set[str]:
    return {node.id for node in nodes}


def _parents(node: SimNode, of: SimNode) -> set[str | None]:
    return {each.parent for each in node.roster.stations[of.id].memberships}


def _stand_approved(world: World, reporters: Iterable[SimNode]) -> list[str]:
    """What is wrong unless everyone sees the reports of these stations approved."""
    wanted = _ids(reporters)
    seen = {
        (node.name, view.state)
        for node in world.honest()
        for view in node.store.read(lambda reading: performance.find(reading, limit=500))
        if view.station in wanted
    }
    wrong = sorted(each for each in seen if each[1] != "approved")
    return [f"reports do not stand approved: {wrong}"] if wrong or not seen else []
