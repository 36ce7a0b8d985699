"""1.4: forks, by members that lie and by machines that were set back (pending)."""

from node.simulation.clerk import new_need
from node.simulation.plan import Seat
from node.simulation.rogue import Rogue
from node.simulation.stories.telling import MINUTE_MS, Expect, work
from node.simulation.world import World


def fork_needs(world: World) -> list[str]:
    """A member hands one branch of its log to two regions and another to the rest."""
    expect = Expect()
    world.found()
    rogue = Rogue(world, world["baoji"])
    branches = [
        rogue.write_log("needs", [new_need(world["baoji"], title) for title in titles])
        for titles in (("甲", "乙", "丙"), ("甲", "丁", "戊"))
    ]
    for branch, names in zip(branches, (("sichuan", "zhejiang"), ("national",)), strict=True):
        for name in names:
            rogue.hand(b"".join(branch), world[name])
    world.run(10 * MINUTE_MS)
    return expect.ends_well(world)


def fork_registry(world: World) -> list[str]:
    """A region forks its registry log: whom it admitted in either branch stays admitted."""
    expect = Expect()
    world.found()
    region = world["sichuan"]
    seats = [
        Seat(name, "grassroots", "sichuan", code, is_dialled=False)
        for name, code in (("leshan", "511100"), ("yibin", "511500"))
    ]
    admitted = [world.add(seat, ("national",)) for seat in seats]
    rogue = Rogue(world, region)
    for seat, to in zip(seats, ("national", "zhejiang"), strict=True):
        branch = rogue.write_log(
            "registry", [world.admission(seat, region.id)], epoch=1_790_080_000
        )
        rogue.hand(b"".join(branch), world[to])
    expect.that(
        world.run_until(lambda: all(node.me for node in admitted), 60 * MINUTE_MS),
        "an admission in one of the branches does not stand",
    )
    return expect.ends_well(world)


def set_machine_back(world: World) -> list[str]:
    """A machine's snapshot takes the guard file back too; the clerk publishes at once."""
    expect = Expect()
    world.found()
    node = world["hangzhou"]
    node.publish(new_need(node, "快照之前"))
    copy = node.snapshot()
    node.publish(new_need(node, "快照之后"))
    work(world, 3)
    node.roll_back(copy, with_guard=True)
    node.publish(new_need(node, "恢复之后"))
    world.run(MINUTE_MS)
    return expect.ends_well(world)
