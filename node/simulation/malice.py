"""Malice as values: relays that lie for a while, members that fork and forge (DESIGN 1.3)."""

from collections.abc import Callable
from dataclasses import dataclass

from node.simulation.clerk import new_need, new_result
from node.simulation.machine import SimNode
from node.simulation.rogue import LyingRelay, Rogue, spoil_entry
from node.simulation.scheduler import Pause, Process
from node.simulation.world import World
from protocol.records import Record, StationDescribed, VisitMade

INSTEAD: dict[str, Callable[[SimNode], Record]] = {
    "needs": lambda node: new_need(node, "另一条"),
    "results": lambda node: new_result(node, "另一条"),
    "performance": lambda _: VisitMade(on="2026-09-22", needs_found=7),
    "registry": lambda _: StationDescribed(description="另一种说法"),
}
"""What a member signs a second time, by the channel of the log it forks."""


@dataclass(frozen=True, slots=True)
class Lie:
    """A node leaves one author's entries out of what it passes on, alters and shuffles others."""

    node: str
    victim: str
    for_ms: int

    def happen(self, world: World) -> Process:
        """Lie, then stop."""
        node = world[self.node]
        if not node.is_honest:
            return
        world.trace.note("world", f"{self}")
        relay = LyingRelay(node, world[self.victim].keyring.public, world.random)
        yield Pause(self.for_ms)
        relay.repent()


@dataclass(frozen=True, slots=True)
class ForkLogs:
    """A member signs a second entry at a position of each of its logs, and hands it to half.

    ``depth`` says where: 0 at the end of a log, 1 right after its opening.
    """

    node: str
    depth: float

    def happen(self, world: World) -> Process:
        """Sign twice."""
        node = world[self.node]
        if not node.is_up or node.me is None:
            return
        world.trace.note("world", f"{self}")
        rogue = Rogue(world, node)
        heads = node.store.read(lambda reading: reading.heads(node.keyring.public))
        for head in sorted(heads):
            if head.log.channel not in INSTEAD or not head.seq:
                continue
            seq = max(1, head.seq - int(self.depth * head.seq))
            text = rogue.branch_off(head.log, seq, INSTEAD[head.log.channel](node))
            for other in _dialled(world, node)[::2]:
                rogue.hand(text, other)
        yield Pause(0)


@dataclass(frozen=True, slots=True)
class Forge:
    """A member hands out entries of another that this one never signed."""

    node: str
    victim: str

    def happen(self, world: World) -> Process:
        """Alter what is held of the victim, and push it everywhere."""
        node, author = world[self.node], world[self.victim].keyring.public
        if not node.is_up:
            return
        world.trace.note("world", f"{self}")
        held = node.store.read(lambda reading: [r.text() for r in reading.log_runs(author=author)])
        rogue = Rogue(world, node)
        for text in held[-3:]:
            for other in _dialled(world, node):
                rogue.hand(spoil_entry(text), other)
        yield Pause(0)


def _dialled(world: World, apart: SimNode) -> list[SimNode]:
    names = [seat.name for seat in world.seats if seat.is_dialled and seat.name != apart.name]
    return [world[name] for name in names]
