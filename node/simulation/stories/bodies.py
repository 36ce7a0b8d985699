"""1.2: bodies that a relay strips come from others, and what is erased is gone everywhere."""

from node.readmodels import entries, needs
from node.simulation.casework import refer
from node.simulation.clerk import new_need, new_result
from node.simulation.machine import SimNode
from node.simulation.rogue import StrippingRelay
from node.simulation.stories.telling import MINUTE_MS, Expect, reaches, work
from node.simulation.world import World
from protocol.entry import Entry, parse_body
from protocol.records import BodyErased, ErasedEntry, NeedAmended

TAKEN_BACK = "不该公布的配方"


def strip_bodies(world: World) -> list[str]:
    """A region hands on headers without their bodies, for as long as the others work."""
    expect = Expect()
    world.found()
    relay = StrippingRelay(world["zhejiang"])
    for record in (new_need, new_result):
        for node in world.nodes.values():
            node.publish(record(node))
    work(world, 6)
    expect.that(relay.stripped, "the relay had nothing to strip")
    return expect.ends_well(world)


def erase_everywhere(world: World) -> list[str]:
    """Chengdu takes back what it should not have said, while others are down or hear it late."""
    expect = Expect()
    world.found()
    node, late = world["chengdu"], world["hangzhou"]
    said = node.publish(new_need(node, TAKEN_BACK))
    amended = said and node.publish(_amended(said), said.id)
    if said is None or amended is None:
        return ["chengdu could not publish"]
    expect.that(TAKEN_BACK.encode() in said.body, "there was nothing to take back")
    expect.that(reaches(world, world.honest(), said.id), "the need did not reach everyone")
    case = refer(world["xian"], said.id, node.id)
    late.crash(restart_ms=20 * MINUTE_MS)
    relay = StrippingRelay(world["zhejiang"])
    expect.that(_erase(node, said, amended), "chengdu could not erase")
    work(world, 10)
    relay.repent()
    expect.that(case, "the need was not referred")
    faults = expect.ends_well(world)
    for each in world.honest():
        reasons = each.store.read(lambda r: entries.find_many(r, [said.id, amended.id]))
        shown = each.store.read(lambda r: needs.find_many(r, [said.id]))
        if shown or {view.reason for view in reasons.values()} != {"erased"}:
            faults.append(f"{each.name} still shows what was erased")
        if TAKEN_BACK.encode() in each.store.read(lambda r: b"".join(r.log_texts())):
            faults.append(f"{each.name} still holds what was erased")
    return faults


def _amended(said: Entry) -> NeedAmended:
    return NeedAmended.model_validate(parse_body(said.body) | {"after": said.id}, strict=False)


def _erase(node: SimNode, *erased: Entry) -> bool:
    named = [
        ErasedEntry(author=e.header.author, epoch=e.header.epoch, seq=e.header.seq, id=e.id)
        for e in erased
    ]
    record = BodyErased(entries=tuple(named), reason="confidential")
    return bool(node.publisher.publish_many([(record, "-")], "needs"))
