"""P3: no region is special, and neither is the national node."""

from node.simulation.machine import SimNode
from node.simulation.plan import Seat
from node.simulation.stories.telling import MINUTE_MS, Expect, carries_on, work
from node.simulation.world import DAY_MS, START_MS, World
from protocol.acts import sign_act, write_act
from protocol.records import ActCarried, MembershipIn, StationAdmitted


def lose_region(world: World) -> list[str]:
    """Sichuan goes with all below it; two other regions admit a new station in its place."""
    expect = Expect()
    world.found()
    work(world, 3)
    gone = [world[name] for name in ("sichuan", "chengdu", "panzhihua")]
    region = world["sichuan"].id
    for node in gone:
        node.retire()
    joined = world.add(Seat("leshan", "grassroots", "zhejiang", "511100", is_dialled=False))
    act_ = write_act(_joint_admission(world, joined, region))
    signers = [world[name].keyring.signing for name in ("zhejiang", "shaanxi")]
    signed = tuple(sign_act(key, world.network.id, act_) for key in signers)
    world["shaanxi"].publish(ActCarried(act=act_, signatures=signed))
    expect.that(
        world.run_until(lambda: joined.me is not None, 10 * MINUTE_MS), "leshan was not admitted"
    )
    expect.faults += carries_on(world, joined, world["hangzhou"], world["ningbo"])
    return expect.ends_well(world)


def _joint_admission(world: World, node: SimNode, parent: str) -> StationAdmitted:
    keyring = node.keyring
    return StationAdmitted(
        key=keyring.public,
        recovery=keyring.recovery.public,
        sealing=keyring.sealing_public,
        name=node.name,
        memberships=(MembershipIn(hierarchy="stations", level="grassroots", parent=parent),),
        division="511100",
        from_ms=START_MS,
        until_ms=START_MS + 60 * DAY_MS,
    )


def lose_national(world: World) -> list[str]:
    """National goes for good; regions carry on, and the council appoints a successor."""
    expect = Expect()
    world.found()
    national = world["national"]
    national.retire()
    joined = world.add(Seat("yibin", "grassroots", "sichuan", "511500", is_dialled=False))
    seat = next(each for each in world.seats if each.name == "yibin")
    world["sichuan"].publish(world.admission(seat, world["sichuan"].id))
    expect.that(
        world.run_until(lambda: joined.me is not None, 10 * MINUTE_MS), "yibin was not admitted"
    )
    expect.faults += carries_on(world, joined, world["baoji"], world["hangzhou"])
    heir = world.add(Seat("successor", "national", None), peers=("shaanxi",))
    act_ = world.carry(world.admission(world.seats[-1], None))
    world["shaanxi"].publish(act_)

    def is_national(node: SimNode) -> bool:
        return heir.me is not None and node.roster.tier(heir.id) == "national"

    expect.that(
        world.run_until(lambda: all(map(is_national, world.honest())), 10 * MINUTE_MS),
        "the successor is not national everywhere",
    )
    region = world.add(Seat("yunnan", "regional", "successor", "530000"))
    heir.publish(world.admission(world.seats[-1], heir.id))
    expect.that(
        world.run_until(lambda: region.me is not None, 10 * MINUTE_MS),
        "the successor admitted no region",
    )
    return expect.ends_well(world)
