"""What every story needs: expectations, people at work, and a case walked to its end."""

from random import Random

from node.readmodels import needs, performance
from node.simulation.casework import act, case_of, refer
from node.simulation.checks import check_all, settle
from node.simulation.clerk import Clerk, approve_reports, compile_report, new_need
from node.simulation.machine import SimNode
from node.simulation.world import World
from protocol.records import (
    ReferralAccepted,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralStarted,
)

MINUTE_MS = 60_000


class Expect:
    """Gathers what is not as it should be."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def that(self, holds: object, otherwise: str) -> None:
        """Note a line unless it holds."""
        if not holds:
            self.faults.append(otherwise)

    def ends_well(self, world: World) -> list[str]:
        """Settle, and add whatever the checks find."""
        self.that(settle(world), "the network did not settle")
        return self.faults + check_all(world)


def work(world: World, minutes: int, mean_pause_s: float = 60) -> None:
    """Clerks work at every honest node for so long."""
    clerks = [
        Clerk(node, Random(f"{world.seed} clerk {node.name}"), mean_pause_s=mean_pause_s)  # noqa: S311
        for node in world.honest()
    ]
    for clerk in clerks:
        world.play(clerk.work())
    world.run(minutes * MINUTE_MS)
    for clerk in clerks:
        clerk.is_at_work = False


def is_ready_soon(world: World, node: SimNode) -> bool:
    """Wait until a node that was started anew may sign; whether it came to."""
    return world.run_until(lambda: node.is_ready, MINUTE_MS)


def reaches(world: World, nodes: list[SimNode], need: str, within_ms: int = 10 * MINUTE_MS) -> bool:
    """Wait until nodes hold a need; whether they came to."""

    def is_there() -> bool:
        return all(n.store.read(lambda r: needs.find_many(r, [need])) for n in nodes if n.is_up)

    return world.run_until(is_there, within_ms)


def carries_on(world: World, sender: SimNode, receiver: SimNode, reporter: SimNode) -> list[str]:
    """Publish, receive, refer across regions, report and have it approved."""
    expect = Expect()
    need = sender.publish(new_need(sender, "照常发布"))
    expect.that(need and reaches(world, world.honest(), need.id), "a need did not reach everyone")
    case = refer(sender, need.id, receiver.id) if need else None
    expect.that(case and walk_case(world, sender, receiver, case), "a referral was not carried out")
    report = compile_report(reporter)
    world.run(MINUTE_MS)
    parent = reporter.roster.parent(reporter.id)
    judge = next(node for node in world.honest() if node.me is not None and node.id == parent)
    approve_reports(judge)
    world.run(MINUTE_MS)
    states = {
        node.name: node.store.read(lambda r: performance.get(r, report or "").state)
        for node in world.honest()
    }
    expect.that(set(states.values()) == {"approved"}, f"a report stands {states}")
    return expect.faults


def walk_case(world: World, sender: SimNode, receiver: SimNode, case_id: str) -> bool:
    """Accept, start, conclude and confirm a case; whether everyone saw it confirmed."""
    steps = (
        (receiver, ReferralAccepted.KIND, "accepted"),
        (receiver, ReferralStarted.KIND, "started"),
        (receiver, ReferralConcluded.KIND, "concluded"),
        (sender, ReferralConfirmed.KIND, "confirmed"),
    )
    before = "requested"
    for node, kind, after in steps:
        if not _reaches_state(world, node, case_id, before):
            return False
        case = case_of(node, case_id)
        if case is None or not act(node, case, kind):
            return False
        before = after
    return world.run_until(
        lambda: all(state(node, case_id) == "confirmed" for node in world.honest()),
        10 * MINUTE_MS,
    )


def _reaches_state(world: World, node: SimNode, case_id: str, wanted: str) -> bool:
    return world.run_until(lambda: state(node, case_id) == wanted, 10 * MINUTE_MS)


def state(node: SimNode, case_id: str) -> str:
    """How a case stands at a node, empty before it arrived."""
    case = case_of(node, case_id) if node.is_up else None
    return "" if case is None else case.state
