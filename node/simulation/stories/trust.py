"""P2, 1.3: nothing unsigned, no quota passed, no clock believed."""

from node.readmodels import needs
from node.simulation.clerk import new_need, new_result
from node.simulation.plan import Seat
from node.simulation.rogue import LyingRelay, Rogue, spoil_entry
from node.simulation.stories.telling import (
    MINUTE_MS,
    Expect,
)
from node.simulation.world import World
from protocol.records import Quota


def forge(world: World) -> list[str]:
    """A relay alters, reorders and leaves out; a member pushes what others never signed."""
    expect = Expect()
    world.found()
    relay = LyingRelay(world["zhejiang"], world["chengdu"].keyring.public, world.random)
    forger = Rogue(world, world["xian"])
    world.weather.spoil = 0.05
    for record in (new_need, new_result):
        for node in world.nodes.values():
            node.publish(record(node))
    honest = Rogue(world, world["xian"]).write_log("bulletin", [])
    forger.hand(spoil_entry(honest[0]), world["sichuan"])
    stolen = world["chengdu"].store.read(
        lambda r: b"".join(r.log_texts(("needs",), world["chengdu"].keyring.public))
    )
    forger.hand(spoil_entry(stolen), world["national"])
    world.run(10 * MINUTE_MS)
    expect.that(relay.omitted, "the relay had nothing to leave out")
    expect.that(relay.altered, "the relay had nothing to alter")
    return expect.ends_well(world)


def flood(world: World) -> list[str]:
    """A member with a quota of 50 writes 120 entries, and hands them out in different pieces."""
    expect = Expect()
    world.found()
    seat = Seat("flooder", "grassroots", "sichuan", "510700", is_dialled=False)
    node = world.add(seat)
    quota = Quota(entries_per_day=50, bytes_per_day=10_000_000)
    record = world.admission(seat, world["sichuan"].id).model_copy(update={"quota": quota})
    world["sichuan"].publish(record)
    world.run_until(lambda: node.me is not None, 10 * MINUTE_MS)
    rogue = Rogue(world, node)
    texts = rogue.write_log("needs", [new_need(node, f"{number}") for number in range(120)])
    for name, sizes in (("sichuan", 120), ("national", 30), ("shaanxi", 7), ("zhejiang", 49)):
        for start in range(0, 120, sizes):
            rogue.hand(b"".join(texts[start : start + sizes]), world[name])
            world.run(MINUTE_MS)
    faults = expect.ends_well(world)
    counts = {n.name: len(n.store.read(lambda r: needs.find(r, station=node.id, limit=500)))
              for n in world.honest()}  # fmt: skip
    if any(count > 50 for count in counts.values()):
        faults.append(f"more than the quota is held: {counts}")
    return faults


def wrong_clocks(world: World) -> list[str]:
    """One clock runs half an hour ahead, one an hour behind; both are put right."""
    expect = Expect()
    world.found()
    ahead, behind = world["xian"], world["hangzhou"]
    ahead.clock.offset_ms, behind.clock.offset_ms = 1_800_000, -3_600_000
    for node in (ahead, behind, world["chengdu"]):
        node.publish(new_need(node, "时钟不准"))
    world.run(10 * MINUTE_MS)
    ahead.clock.offset_ms = behind.clock.offset_ms = 0
    for node in (ahead, behind):
        node.publish(new_need(node, "时钟已校准"))
    return expect.ends_well(world)
