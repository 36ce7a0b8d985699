"""What a country costs: one run measured, its read models sampled, the drills (P3, P9)."""

import gc
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import process_time

from node.ingest import Ingest
from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest
from node.scratch import scratch_parent
from node.simulation.checks import heads_of
from node.simulation.country import BEAT_MS, Country, CountryNode
from node.simulation.drills import Drill, drill, drill_apart
from node.simulation.plan import association_seats, thin_country
from node.simulation.purely import remembered
from node.simulation.team import Team, together
from node.simulation.world import HOUR_MS
from node.store import Store

SAMPLED = 50
STEP_MS = BEAT_MS // 5
MEGABYTE = 1_000_000
NEED_ENTRIES = 2
"""What a station signs for its first need: that its log begins, and the need."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One country: how soon it converged, and what that took.

    ``curve`` are (virtual seconds, share of all (node, run) pairs held); bytes are megabytes;
    ``us_per_pair`` is process time per (node, run), everything included; ``base_mb`` was the peak
    before the needs were published.
    """

    nodes: int
    converged: bool
    rounds: int
    virtual_s: float
    cpu_s: float
    us_per_pair: float
    duplicates_per_pair: float
    requests_per_node: float
    mb_in_per_node: float
    mb_in_national: float
    mb_out_national: float
    memory_mb: float
    base_mb: float
    heads_agree: bool
    read_models_sampled: int
    read_models_agree: bool
    trace: str
    curve: tuple[tuple[float, float], ...]
    drills: tuple[Drill, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was amiss."""
        agree = self.converged and self.heads_agree and self.read_models_agree
        return agree and all(each.holds for each in self.drills)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def measure(
    seed: int,
    nodes: int | None,
    say: Say,
    *,
    drills: int = 0,
    jobs: int = 1,
    sampled: int = SAMPLED,
) -> Measured:
    """Found a country, let every station publish a need, and run until all hold all.

    Args:
        seed: the only source of chance, together with ``jobs``.
        nodes: how many, evenly over the provinces; None for every division.
        say: told how far it is.
        drills: how many regions to take away in turn, national last; 32 is all.
        jobs: processes that play it together. With one, regions come back before the next goes;
            with more, each drill begins as a copy of the converged country and ends with it.
        sampled: nodes whose whole read models are compared, evenly over all.

    Raises:
        ChildProcessError: one of the processes failed.
    """
    return together(jobs, partial(_measure, seed, nodes, say, drills, sampled))


def _measure(
    seed: int, nodes: int | None, say: Say, drills: int, sampled: int, team: Team
) -> Measured:
    seats = association_seats() if nodes is None else thin_country(nodes)
    tell = say if team.rank == 0 else _say_nothing
    with remembered(), _young_cycles_only(), Country(seed, seats, team) as country:
        country.go()
        base_mb = _memory_mb(team)
        tell(f"{len(country.nodes)} nodes have met their peers")
        before = process_time()
        requests = sum(node.traffic.requests for node in country.own)
        curve = _converge(country, tell)
        cpu_s = sum(team.tell(process_time() - before))
        measured = _measured(country, curve, cpu_s, team.total(requests), base_mb, sampled)
        return replace(measured, drills=tuple(_drills(country, drills, tell)))


def _say_nothing(_: str) -> None:
    """Only one of the processes speaks."""


@contextmanager
def _young_cycles_only() -> Iterator[None]:
    """Tens of millions of objects live to the end: look for cycles among the young ones only."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 1_000_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _converge(country: Country, say: Say) -> list[tuple[float, float]]:
    count, own = len(country.nodes), country.own
    pairs = count**2
    before = own[0].entries
    began_ms = country.clock.now
    curve: list[tuple[float, float]] = [(0.0, 0.0)]

    def is_over() -> bool:
        held = country.team.total(sum(node.entries - before for node in own))
        share = held / (pairs * NEED_ENTRIES)
        curve.append(((country.clock.now - began_ms) / 1000, share))
        say(f"{curve[-1][0]:.0f} s: {share:.2%} of {pairs:,} (node, run) pairs")
        return share >= 1

    country.publish_needs()
    country.run_until(is_over, HOUR_MS, STEP_MS)
    return curve


def _drills(country: Country, count: int, say: Say) -> list[Drill]:
    names = [seat.name for seat in country.seats if seat.level == "province"] + ["national"]
    names = names[-count:] if count else []
    if names:
        country.settle()
        memory_mb = _memory_mb(country.team)
        say(f"at rest; {memory_mb:.0f} MB")
    if country.team.size > 1:
        found = drill_apart(country, names)
    else:
        found = (drill(country, name) for name in names)
    played = []
    for each in found:
        played.append(each)
        say(f"without {each.removed}: {each}")
    return played


def _measured(
    country: Country,
    curve: list[tuple[float, float]],
    cpu_s: float,
    requests: int,
    base_mb: float,
    samples: int,
) -> Measured:
    team, own = country.team, country.own
    count = len(country.nodes)
    national = team.tell(country.country_nodes()[0].traffic)[0]
    sampled = country.country_nodes()[:: max(1, count // samples)][:samples]
    digests = team.tell({_read_models(node) for node in sampled if country.is_own(node)})
    heads = team.tell({heads_of(node) for node in own})
    return Measured(
        nodes=count,
        converged=curve[-1][1] == 1.0,
        rounds=-(-int(curve[-1][0] * 1000) // BEAT_MS),
        virtual_s=curve[-1][0],
        cpu_s=round(cpu_s, 1),
        us_per_pair=round(cpu_s / count**2 * 1e6, 1),
        duplicates_per_pair=round(team.total(country.ledger.runs["duplicate"]) / count**2, 2),
        requests_per_node=round(
            (team.total(sum(node.traffic.requests for node in own)) - requests) / count, 1
        ),
        mb_in_per_node=round(
            team.total(sum(node.traffic.bytes_in for node in own)) / count / MEGABYTE, 2
        ),
        mb_in_national=round(national.bytes_in / MEGABYTE, 1),
        mb_out_national=round(national.bytes_out / MEGABYTE, 1),
        memory_mb=round(_memory_mb(team)),
        base_mb=round(base_mb),
        heads_agree=len(set().union(*heads)) == 1,
        read_models_sampled=len(sampled),
        read_models_agree=len(set().union(*digests)) == 1,
        trace=_trace(country),
        curve=tuple(curve),
    )


def _trace(country: Country) -> str:
    """One word for what happened in all processes."""
    words = country.team.tell(country.trace.digest())
    return words[0] if len(words) == 1 else sha256(" ".join(words).encode()).hexdigest()[:16]


def _memory_mb(team: Team) -> float:
    """The most that all processes held at once, at the most."""
    return sum(team.tell(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _read_models(node: CountryNode) -> str:
    """The digest of all read models over a real store that takes in what this node holds."""
    with tempfile.TemporaryDirectory(prefix="yizhan-", dir=scratch_parent()) as folder:
        store = Store.open("sqlite:///node.db", Path(folder), inline=True, clock=node.clock)
        ingest = Ingest(store, node.network, node.clock, PROJECTIONS)
        page = node.store.read(lambda reading: reading.feed(0, bytes_max=2**62))
        while page.runs:
            outcomes = ingest.receive(b"".join(run.text() for run in page.runs), "-")
            assert all(each.code == "accepted" for each in outcomes), outcomes
            after = page.position
            page = node.store.read(lambda reading: reading.feed(after, bytes_max=2**62))  # noqa: B023
        total = store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total
        store.close()
    return total


def extrapolate(measured: list[Measured], nodes: int) -> dict[str, float]:
    """What so many nodes would take, from the largest country measured.

    Pairs grow with the square of the nodes and so do process time and bytes; rounds with the depth
    of the tree, which stays as it is; memory is what each pair takes.
    """
    largest = max(measured, key=lambda each: each.nodes)
    times = (nodes / largest.nodes) ** 2
    return {
        "nodes": nodes,
        "rounds": largest.rounds,
        "cpu_s": round(largest.cpu_s * times),
        "memory_mb": round(largest.base_mb + (largest.memory_mb - largest.base_mb) * times),
        "mb_in_per_node": round(largest.mb_in_per_node * nodes / largest.nodes, 1),
    }
