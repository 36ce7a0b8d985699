"""1.4: forks, by members that lie and by machines that were set back."""

from node.forks import carry_entry
from node.readmodels import entries
from node.simulation.casework import refer, salt_of
from node.simulation.clerk import new_need
from node.simulation.machine import SimNode
from node.simulation.plan import Seat
from node.simulation.rogue import Rogue
from node.simulation.stories.telling import (
    MINUTE_MS,
    Expect,
    is_ready_soon,
    state,
    walk_case,
    work,
)
from node.simulation.world import DAY_MS, START_MS, VALID_MS, World
from protocol.header import LogId
from protocol.limits import EPOCHS_PER_YEAR_MAX
from protocol.records import ReferralRequested, StationAdmitted

YEARS_MS = 3 * 365 * DAY_MS
FORKED_EPOCH = START_MS // 1000 + 80_000


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
    log = LogId(world["baoji"].keyring.public, "needs", START_MS // 1000)
    expect.that(_all_know_fork(world, log, 1), "not everyone was shown the fork")
    world.run(10 * MINUTE_MS)
    return expect.ends_well(world)


def _all_know_fork(world: World, log: LogId, seq: int) -> bool:
    return world.run_until(
        lambda: all(node.roster.disputed(log) == seq for node in world.honest()), 30 * MINUTE_MS
    )


def leave_unsigned(world: World) -> list[str]:
    """A member signs its last entry and not the one before; some see the whole, some a part."""
    expect = Expect()
    world.found()
    rogue = Rogue(world, world["baoji"])
    titles = ("甲", "乙", "丙", "丁")
    log = rogue.write_log("needs", [new_need(world["baoji"], each) for each in titles], unsigned=3)
    for count, name in ((5, "sichuan"), (3, "zhejiang"), (4, "shaanxi"), (5, "national")):
        rogue.hand(b"".join(log[:count]), world[name])
    named = LogId(world["baoji"].keyring.public, "needs", START_MS // 1000)
    expect.that(_all_know_fork(world, named, 3), "not everyone was shown the flaw")
    world.run(10 * MINUTE_MS)
    held = {node.name: _public_seqs(node, named.author) for node in world.honest()}
    expect.that(set(held.values()) == {(2,)}, f"the log does not stand before the flaw: {held}")
    return expect.ends_well(world)


def open_too_many(world: World) -> list[str]:
    """A member opens twenty logs in a year; nodes meet them in different orders."""
    expect = Expect()
    world.found()
    rogue = Rogue(world, world["baoji"])
    first = START_MS // 1000
    logs = [
        b"".join(rogue.write_log("needs", [new_need(world["baoji"])], epoch=first + number))
        for number in range(EPOCHS_PER_YEAR_MAX + 4)
    ]
    for name in ("sichuan", "zhejiang", "shaanxi", "national"):
        rogue.hand(b"".join(world.random.sample(logs, len(logs))), world[name])
    world.run(30 * MINUTE_MS)
    faults = expect.ends_well(world)
    author = world["baoji"].keyring.public
    held = {node.name: len(_public_seqs(node, author)) for node in world.honest()}
    if len(set(held.values())) > 1 or not 0 < max(held.values()) <= EPOCHS_PER_YEAR_MAX:
        faults.append(f"a year should hold the same epochs, and not too many: {held}")
    return faults


def _public_seqs(node: SimNode, author: str) -> tuple[int, ...]:
    """Where the logs of needs of an author stand, as a node shows them."""
    heads = node.store.read(lambda reading: reading.heads(author, "needs"))
    return tuple(sorted(head.seq for head in heads))


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
        branch = rogue.write_log("registry", [world.admission(seat, region.id)], epoch=FORKED_EPOCH)
        rogue.hand(b"".join(branch), world[to])
    expect.that(
        world.run_until(lambda: all(node.me for node in admitted), 60 * MINUTE_MS),
        "an admission in one of the branches does not stand",
    )
    log = LogId(region.keyring.public, "registry", FORKED_EPOCH)
    expect.that(_all_know_fork(world, log, 1), "not everyone was shown the fork")
    return expect.ends_well(world)


def set_machine_back(world: World) -> list[str]:
    """A machine's snapshot takes the guard file back too; the clerk publishes at once."""
    expect = Expect()
    world.found()
    node = world["hangzhou"]
    node.publish(new_need(node, "快照之前"))
    copy = node.snapshot()
    lost = node.publish(new_need(node, "快照之后"))
    work(world, 3)
    node.roll_back(copy, with_guard=True)
    expect.that(node.publish(new_need(node, "太早")) is None, "it signed before it asked its peers")
    expect.that(is_ready_soon(world, node), "it waits for its peers for ever")
    first = node.publish(new_need(node, "恢复之后"))
    expect.that(lost and first and first.header.epoch > lost.header.epoch, "no new epoch")
    back = node.store.read(lambda r: entries.find_many(r, [lost.id] if lost else []))
    expect.that(back, "what the snapshot lacked did not come back")
    world.run(MINUTE_MS)
    return expect.ends_well(world)


def fork_referrals_years_later(world: World) -> list[str]:
    """A case is closed; three years on its sender signs a second story from the first act on.

    What the receiver built upon stands, what only the sender said does not, until it says which
    of its entries it stands by.
    """
    expect = Expect()
    world.found()
    sender, receiver = world["chengdu"], world["hangzhou"]
    need = sender.publish(new_need(sender))
    case_id = refer(sender, need.id, receiver.id) if need else None
    assert case_id is not None
    assert need is not None
    expect.that(walk_case(world, sender, receiver, case_id), "the referral was not carried out")
    expect.faults += _years_pass(world)
    head = next(h for h in sender.store.read(lambda r: r.heads(sender.keyring.public, "referrals")))
    rogue = Rogue(world, sender)
    another = ReferralRequested(salt=salt_of(sender), need=need.id, to=world["xian"].id)
    text = rogue.branch_off(head.log, 1, another)
    for name in ("zhejiang", "national", "xian"):
        rogue.hand(text, world[name])
    expect.that(_all_know_fork(world, head.log, 1), "not everyone was shown the fork")
    expect.that(_stands(world, case_id, "concluded"), "what the receiver built upon fell")
    for said in sender.store.read(lambda r: [r.entry(head.log, seq) for seq in (1, head.seq)]):
        if said.id not in sender.roster.disputes.kept:
            sender.publish(carry_entry(said, sender.roster))
    expect.that(_stands(world, case_id, "confirmed"), "what the sender stands by is not in force")
    entry = sender.publish(new_need(sender, "照常"))
    again = entry and refer(sender, entry.id, receiver.id)
    expect.that(again and _stands(world, again, "requested"), "its next referral did not arrive")
    return expect.ends_well(world)


def _stands(world: World, case_id: str, wanted: str) -> bool:
    return world.run_until(
        lambda: all(state(node, case_id) == wanted for node in world.honest()), 30 * MINUTE_MS
    )


def _years_pass(world: World) -> list[str]:
    """Every machine is switched off for years; then all memberships are renewed from the top."""
    for node in world.nodes.values():
        node.crash(restart_ms=None)
    world.run(YEARS_MS)
    for node in world.nodes.values():
        node.revive()
    if not all(is_ready_soon(world, node) for node in world.nodes.values()):
        return ["not every station asked its peers in time"]
    top = world.nodes[world.seats[0].name]
    top.publish(world.carry(_renewal(world, top, None)))
    for level in ("regional", "grassroots"):
        for seat in world.seats:
            if seat.level == level and seat.parent:
                parent = world[seat.parent]
                parent.publish(_renewal(world, world[seat.name], parent.id))
        renewed = [world[seat.name] for seat in world.seats if seat.level == level]
        if not world.run_until(lambda: all(map(_is_member, renewed)), 30 * MINUTE_MS):  # noqa: B023
            return [f"not every {level} station was renewed"]
    return []


def _is_member(node: SimNode) -> bool:
    return node.roster.is_admitted(node.keyring.public, node.clock.now_ms())


def _renewal(world: World, node: SimNode, parent: str | None) -> StationAdmitted:
    seat = next(each for each in world.seats if each.name == node.name)
    me, now_ms = node.me, world.clock.now
    assert me is not None
    return world.admission(seat, parent).model_copy(
        update={
            "station": me.id,
            "replaces": me.act,
            "from_ms": now_ms,
            "until_ms": now_ms + VALID_MS,
        }
    )
