"""The named scenarios: a story for each promise, and what is wrong at its end (DESIGN 0).

``SCENARIOS`` are what ``yizhan simulate --scenario NAME`` and the tests play; all must hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import process_time

from node.simulation.stories import (
    bodies,
    confidence,
    forks,
    keeping,
    membership,
    regions,
    scope,
    standing,
    trust,
)
from node.simulation.storm import FEED_ROWS, PACE, weather_storm
from node.simulation.world import World

SIGNED_EVERY = 3
"""In one storm of so many every request is signed and checked; the others spare the time."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story: its name, the promise or section it is about, and what happens."""

    name: str
    about: str
    title: str
    play: Callable[[World], list[str]]


SCENARIOS: dict[str, Scenario] = {
    name: Scenario(name, about, title, play)
    for name, about, title, play in (
        ("storm", "P1", "random faults over a network at work", weather_storm),
        ("kill", "P1", "processes die at every moment of a write", keeping.die_at_every_moment),
        ("full-disk", "P1", "disks fill up and are emptied", keeping.fill_disks),
        ("forgery", "P2", "a relay and a member forge, alter and leave out", trust.forge),
        ("region-gone", "P3", "a whole region goes for good", regions.lose_region),
        ("national-gone", "P3", "the national node goes for good", regions.lose_national),
        ("empty-disk", "P4", "key file, empty disk, any peer", keeping.lose_disk),
        ("backup", "P4", "old backups are put back", keeping.put_backup_back),
        ("pruned-feed", "1.5", "feeds are pruned while a node is down", keeping.prune_feeds),
        ("channels", "1.5", "some stations hold some channels only", scope.hold_some),
        ("ranking", "P5", "everyone recomputes the ranking", standing.rank),
        ("promotion", "P6", "the admission counts, not the mode", standing.promote),
        ("sealed", "P7", "only the recipients can read", confidence.seal_contact),
        ("dial-out", "P8", "a station nobody can dial", standing.dial_out_only),
        ("any-order", "P9", "the same entries in any order", standing.shuffle),
        ("stripping", "1.2", "a relay strips bodies", bodies.strip_bodies),
        ("erasure", "1.2", "a station takes back what it said", bodies.erase_everywhere),
        ("flood", "1.3", "a member writes beyond its quota", trust.flood),
        ("wrong-clock", "1.3", "clocks run ahead and behind", trust.wrong_clocks),
        ("snapshot", "P4", "a machine is set back, guard file and all", forks.set_machine_back),
        ("fork", "1.4", "a member forks its needs", forks.fork_needs),
        ("unsigned", "1.3", "a member signs its last entry only", forks.leave_unsigned),
        ("epochs", "1.3", "a member opens twenty logs in a year", forks.open_too_many),
        ("registry-fork", "1.4", "a region forks its registry", forks.fork_registry),
        (
            "old-fork",
            "1.4",
            "a party forks referrals years later",
            forks.fork_referrals_years_later,
        ),
        ("successor", "1.6", "the council's successor ranks and approves", membership.succeed),
        ("two-parents", "1.6", "a station in two hierarchies", membership.sit_in_both),
        ("demotion", "1.6", "a region is taken down a level", membership.take_down),
    )
}


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario ended under a seed.

    ``happened`` counts the faults it was put through, by kind; ``last`` is the end of the trace
    of a run that did not hold.
    """

    scenario: str
    seed: int
    faults: tuple[str, ...]
    trace: str
    messages: int
    entries: int
    virtual_s: float
    cpu_s: float
    happened: Mapping[str, int] = field(default_factory=dict)
    last: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What reproduces it."""
        return f"yizhan simulate --seed {self.seed} --scenario {self.scenario}"


def play(name: str, seed: int) -> Played:
    """Play one scenario under one seed.

    Raises:
        KeyError: there is no such scenario.
    """
    scenario = SCENARIOS[name]
    began_s = process_time()
    signs = name != "storm" or seed % SIGNED_EVERY == 0
    with World(seed, pace=PACE, signs=signs, feed_rows=FEED_ROWS) as world:
        began_ms = world.clock.now
        faults = tuple(scenario.play(world))
        return Played(
            scenario=name,
            seed=seed,
            faults=faults,
            trace=world.trace.digest(),
            messages=world.trace.count,
            entries=world.ledger.accepted,
            virtual_s=(world.clock.now - began_ms) / 1000,
            cpu_s=process_time() - began_s,
            happened=_counted(world),
            last=tuple(world.trace.lines)[-40:] if faults else (),
        )


def _counted(world: World) -> dict[str, int]:
    counts = {**world.happened, "crash": sum(node.crashes for node in world.nodes.values())}
    return {kind: count for kind, count in sorted(counts.items()) if count}


def play_many(plays: Sequence[tuple[str, int]], jobs: int = 1) -> Iterator[Played]:
    """Play scenarios under seeds, in order; each run is its own, whatever process it is in."""
    if jobs <= 1:
        for name, seed in plays:
            yield play(name, seed)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(play, *zip(*plays, strict=True))
