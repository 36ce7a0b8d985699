"""What goes wrong, as values: each says what it is and does it to the world (DESIGN P1, P4).

Durations are milliseconds of virtual time; a node is named.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol

from node.simulation.disk import Moment
from node.simulation.malice import Forge, ForkLogs, Lie
from node.simulation.scheduler import Pause, Process
from node.simulation.world import World

CLOCK_JUMPS_S = (-3600, -200, 200, 800)
"""Jumps of a storm, seconds; more than 900 s ahead is the scenario ``wrong-clock``."""


class Fault(Protocol):
    """Something that goes wrong, and after a while is over."""

    def happen(self, world: World) -> Process:
        """Go wrong now."""
        ...


@dataclass(frozen=True, slots=True)
class BadWires:
    """Messages are lost, repeated, spoiled or slow, everywhere."""

    for_ms: int
    loss: float = 0.0
    repeat: float = 0.0
    spoil: float = 0.0
    slow_ms: int = 0

    def happen(self, world: World) -> Process:
        """Bad weather, then fair."""
        weather = world.weather
        world.trace.note("world", f"{self}")
        weather.loss, weather.repeat, weather.spoil = self.loss, self.repeat, self.spoil
        if self.slow_ms:
            weather.delay_ms = (0, self.slow_ms)
        yield Pause(self.for_ms)
        cut = list(weather.cut)
        weather.clear()
        weather.cut[:] = cut


@dataclass(frozen=True, slots=True)
class Partition:
    """A group of nodes is cut off from all others."""

    group: tuple[str, ...]
    for_ms: int

    def happen(self, world: World) -> Process:
        """Cut, then mended."""
        world.trace.note("world", f"{self}")
        group = frozenset(self.group)
        world.weather.cut.append(group)
        yield Pause(self.for_ms)
        if group in world.weather.cut:
            world.weather.cut.remove(group)


@dataclass(frozen=True, slots=True)
class Kill:
    """A process is killed where it is, and comes up again; None: it stays down."""

    node: str
    down_ms: int | None

    def happen(self, world: World) -> Process:
        """Kill."""
        world.trace.note("world", f"{self}")
        world[self.node].crash(self.down_ms)
        yield Pause(0)


@dataclass(frozen=True, slots=True)
class DieWriting:
    """A process dies at a moment of the next write it makes, however small."""

    node: str
    moment: Moment

    def happen(self, world: World) -> Process:
        """Doom it."""
        world.trace.note("world", f"{self}")
        world[self.node].doom = self.moment
        yield Pause(0)


@dataclass(frozen=True, slots=True)
class RollBack:
    """A backup is made, and put back a while later; the guard file is not part of it."""

    node: str
    age_ms: int
    with_guard: bool = False

    def happen(self, world: World) -> Process:
        """Copy, wait, put back."""
        node = world[self.node]
        if not node.is_up:
            return
        world.trace.note("world", f"{self}")
        copy = node.snapshot()
        yield Pause(self.age_ms)
        node.roll_back(copy, with_guard=self.with_guard)


@dataclass(frozen=True, slots=True)
class LoseDisk:
    """A node's disk is replaced by an empty one; the key file is there, the guard file may be."""

    node: str
    with_guard: bool = False

    def happen(self, world: World) -> Process:
        """Wipe."""
        world.trace.note("world", f"{self}")
        world[self.node].roll_back(None, with_guard=self.with_guard)
        yield Pause(0)


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A machine's clock jumps, and is put right later."""

    node: str
    by_ms: int
    for_ms: int

    def happen(self, world: World) -> Process:
        """Jump there and back."""
        world.trace.note("world", f"{self}")
        clock = world[self.node].clock
        clock.offset_ms += self.by_ms
        yield Pause(self.for_ms)
        clock.offset_ms -= self.by_ms


@dataclass(frozen=True, slots=True)
class FullDisk:
    """A disk takes nothing more, for a while."""

    node: str
    for_ms: int

    def happen(self, world: World) -> Process:
        """Fill up, make room."""
        node = world[self.node]
        if not node.is_up:
            return
        world.trace.note("world", f"{self}")
        node.disk.fill_up()
        yield Pause(self.for_ms)
        if node.is_up:
            node.disk.make_room()


def draw_storm(world: World, span_ms: int, faults: int) -> list[tuple[int, Fault]]:
    """A storm from the seed: moments (ms from now) and what goes wrong then, in order.

    Every kind of fault comes once before any comes twice. Disks are rolled back or lost at two
    nodes at the most, so that a holder of everything durable survives (P1); one local member is
    malicious.
    """
    random = world.random
    names = [seat.name for seat in world.seats]
    fragile = random.sample(names, 2)
    local = [seat.name for seat in world.seats if seat.level == "grassroots"]
    rogue = random.choice([name for name in local if name not in fragile])
    draws = _natural_faults(world, span_ms, names, fragile)
    draws += _malicious_faults(world, span_ms, names, rogue)
    chosen = random.sample(draws, min(faults, len(draws)))
    chosen += random.choices(draws, k=faults - len(chosen))
    return sorted(
        ((random.randrange(span_ms), draw()) for draw in chosen), key=lambda each: each[0]
    )


Draw = Callable[[], Fault]


def _natural_faults(world: World, span_ms: int, names: list[str], fragile: list[str]) -> list[Draw]:
    random = world.random
    long_ms = span_ms // 3
    regions = [
        tuple(each.name for each in world.seats if seat.name in (each.name, each.parent))
        for seat in world.seats
        if seat.parent == world.seats[0].name
    ]

    def while_() -> int:
        return random.randint(5_000, long_ms)

    return [
        lambda: BadWires(
            while_(),
            loss=random.choice((0, 0.05, 0.3)),
            repeat=random.choice((0, 0.1)),
            spoil=random.choice((0, 0.02, 0.2)),
            slow_ms=random.choice((0, 500, 15_000)),
        ),
        lambda: Partition(random.choice(regions), while_()),
        lambda: Partition((random.choice(names),), while_()),
        lambda: Kill(random.choice(names), random.randint(1_000, long_ms)),
        *[lambda: DieWriting(random.choice(names), random.choice(list(Moment)))] * 3,
        lambda: RollBack(random.choice(fragile), while_()),
        lambda: LoseDisk(random.choice(fragile)),
        lambda: WrongClock(random.choice(names), random.choice(CLOCK_JUMPS_S) * 1000, while_()),
        lambda: FullDisk(random.choice(names), while_()),
    ]


def _malicious_faults(world: World, span_ms: int, names: list[str], rogue: str) -> list[Draw]:
    random = world.random
    others = [name for name in names if name != rogue]
    return [
        lambda: _lie(random, others, span_ms // 2),
        lambda: ForkLogs(rogue, random.random()),
        lambda: Forge(rogue, random.choice(others)),
    ]


def _lie(random: Random, names: list[str], for_ms_max: int) -> Lie:
    liar, victim = random.sample(names, 2)
    return Lie(liar, victim, random.randint(5_000, for_ms_max))


def schedule(world: World, storm: list[tuple[int, Fault]]) -> None:
    """Have everything of a storm happen at its moment."""
    for at_ms, fault in storm:
        world.scheduler.after(at_ms, partial(_begin, world, fault))


def _begin(world: World, fault: Fault) -> None:
    world.happened[words_of(fault)] += 1
    world.play(fault.happen(world))


def words_of(fault: Fault) -> str:
    """What kind of fault it is, in words: ``roll back`` of ``RollBack``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(fault).__name__).lower()
