"""P7: what is sealed is read by its recipients only."""

from node.simulation.casework import act, case_of, refer
from node.simulation.clerk import new_need
from node.simulation.sealed import disclose, find_parts
from node.simulation.stories.telling import (
    MINUTE_MS,
    Expect,
    state,
)
from node.simulation.world import World
from protocol.records import ReferralAccepted


def seal_contact(world: World) -> list[str]:
    """A contact is sealed to one receiver; every node relays it and tries to open it."""
    expect = Expect()
    world.found()
    sender, receiver = world["panzhihua"], world["ningbo"]
    need = sender.publish(new_need(sender))
    assert need is not None
    case_id = refer(sender, need.id, receiver.id) or ""
    opened = world.run_until(lambda: state(receiver, case_id) == "requested", 10 * MINUTE_MS)
    case = case_of(receiver, case_id)
    expect.that(opened and case and act(receiver, case, ReferralAccepted.KIND), "not accepted")
    world.run_until(lambda: state(sender, case_id) == "accepted", 10 * MINUTE_MS)
    expect.that(disclose(sender, receiver, case_id), "not disclosed")
    faults = expect.ends_well(world)
    holders = [node.name for node in world.honest() if len(find_parts(node)) == 1]
    if len(holders) < len(world.nodes):
        faults.append(f"only {holders} hold what was sealed")
    return faults
