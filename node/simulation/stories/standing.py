"""P5, P6, P8, P9: ranking, promotion, dialling out, any order."""

from node.simulation.casework import refer
from node.simulation.checks import check_all, settle
from node.simulation.clerk import (
    approve_reports,
    compile_report,
    new_need,
    publish_ranking,
    recompute,
)
from node.simulation.machine import SimNode
from node.simulation.plan import Seat
from node.simulation.stories.telling import (
    MINUTE_MS,
    Expect,
    carries_on,
    walk_case,
    work,
)
from node.simulation.world import World
from protocol.records import MembershipIn
from protocol.records.performance import RankingChecked, ReportApproved


def rank(world: World) -> list[str]:
    """Reports, approvals, one of them in a dead parent's place; all compute the same ranking."""
    expect = Expect()
    world.found()
    work(world, 3, mean_pause_s=30)
    world.run(3 * MINUTE_MS)
    for node in world.nodes.values():
        compile_report(node)
    world.run(2 * MINUTE_MS)
    world["shaanxi"].crash(restart_ms=30 * MINUTE_MS)
    roster = world["national"].roster
    approve_reports(world["national"])
    approve_reports(world["national"], of=roster.children(roster.children(world["national"].id)[0]))
    approve_reports(world["sichuan"])
    approve_reports(world["zhejiang"])
    world.run(2 * MINUTE_MS)
    ranking = publish_ranking(world["national"], "九月")
    expect.that(settle(world), "the network did not settle")
    for node in world.honest():
        (policy, computed), *_ = recompute(node).items()
        node.publish(RankingChecked(ranking=ranking or policy, digest=computed, agrees=True))
    return expect.ends_well(world)


def promote(world: World) -> list[str]:
    """A local station's approval means nothing until it is admitted as regional."""
    expect = Expect()
    world.found()
    hangzhou, ningbo = world["hangzhou"], world["ningbo"]
    report = compile_report(ningbo) or ""
    world.run(MINUTE_MS)
    refused = hangzhou.publish(ReportApproved(report=report))
    expect.that(refused is None, "a local station could sign an approval")
    me = hangzhou.me
    assert me is not None
    seat = next(each for each in world.seats if each.name == "hangzhou")
    record = world.admission(seat, world["national"].id).model_copy(
        update={
            "station": me.id,
            "replaces": me.act,
            "memberships": (
                MembershipIn(hierarchy="stations", level="regional", parent=world["national"].id),
            ),
        }
    )
    before = hangzhou.store.read(lambda r: r.counts()["entries"])
    world["national"].publish(record)
    expect.that(
        world.run_until(
            lambda: all(n.roster.tier(me.id) == "regional" for n in world.honest()), 10 * MINUTE_MS
        ),
        "the promotion did not reach everyone",
    )
    after = hangzhou.store.read(lambda r: r.counts()["entries"])
    expect.that(after - before == 1, f"{after - before - 1} entries moved")
    joined = world.add(Seat("xiaoshan", "grassroots", "hangzhou", "330109", is_dialled=False))
    hangzhou.publish(world.admission(world.seats[-1], me.id))
    expect.that(
        world.run_until(lambda: joined.me is not None, 10 * MINUTE_MS),
        "the promoted station could not admit",
    )
    return expect.ends_well(world)


def dial_out_only(world: World) -> list[str]:
    """Panzhihua can dial and not be dialled: it sends, receives and is ranked like any other."""
    expect = Expect()
    world.found()
    hidden = world["panzhihua"]
    expect.faults += carries_on(world, hidden, world["ningbo"], hidden)
    need = world["ningbo"].publish(new_need(world["ningbo"], "发给攀枝花"))
    case = refer(world["ningbo"], need.id, hidden.id) if need else None
    expect.that(
        case and walk_case(world, world["ningbo"], hidden, case), "a referral to it was not done"
    )
    expect.that(hidden.traffic.served == 0, "someone dialled it")
    return expect.ends_well(world)


def shuffle(world: World) -> list[str]:
    """Three new machines are handed everything in three random orders."""
    expect = Expect()
    world.found()
    work(world, 3, mean_pause_s=20)
    world.run(3 * MINUTE_MS)
    runs = world["national"].store.read(lambda r: [run.text() for run in r.log_runs()])
    faults = expect.ends_well(world)
    for number in range(3):
        reader = world.add(Seat(f"reader-{number}", "unit", None), peers=(), starts=False)
        _hand_over(world, reader, list(runs))
    return faults + check_all(world)


def _hand_over(world: World, reader: SimNode, runs: list[bytes]) -> None:
    """One text after another in random order, until all are accepted."""
    reader.start()
    left = runs
    while left:
        world.random.shuffle(left)
        taken = [
            text
            for text in left
            if all(o.code in ("accepted", "duplicate") for o in reader.ingest.receive(text, "-"))
        ]
        assert taken, "no run of those left is accepted"
        left = [text for text in left if text not in taken]
