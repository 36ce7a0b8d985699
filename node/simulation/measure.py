"""What a country costs: one run measured, its read models sampled, the drills (issue: P3, P9)."""

import gc
import resource
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from time import process_time

from node.ingest import Ingest
from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest
from node.simulation.apart import apart
from node.simulation.checks import heads_of
from node.simulation.country import BEAT_MS, Country, CountryNode
from node.simulation.drills import Drill, drill, drill_apart
from node.simulation.plan import association_seats, thin_country
from node.simulation.purely import remembered
from node.simulation.world import HOUR_MS, START_MS
from node.store import Store

SAMPLED = 50
STEP_MS = BEAT_MS // 5
MEGABYTE = 1_000_000

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


def measure(seed: int, nodes: int | None, say: Say, *, drills: int = 0, jobs: int = 1) -> Measured:
    """Found a country, let every station publish a need, and run until all hold all.

    Args:
        seed: the only source of chance.
        nodes: how many, evenly over the provinces; None for every division.
        say: told how far it is.
        drills: how many regions to take away in turn, national last; 32 is all.
        jobs: processes for samples and drills. With one, regions come back before the next goes;
            with more, each drill begins as a copy of the converged country and ends with it.
    """
    with remembered(), _young_cycles_only():
        country = Country(seed, association_seats() if nodes is None else thin_country(nodes))
        country.go()
        base_mb = _memory_mb()
        say(f"{len(country.nodes)} nodes have met their peers")
        before = process_time()
        requests = sum(node.traffic.requests for node in country.nodes.values())
        curve = _converge(country, say)
        cpu_s = process_time() - before
        measured = _measured(country, curve, cpu_s, requests, base_mb, jobs)
        return replace(measured, drills=tuple(_drills(country, drills, jobs, say)))


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
    nodes = country.country_nodes()
    before = nodes[0].store.visible
    pairs = len(nodes) ** 2
    began_ms = country.clock.now
    curve: list[tuple[float, float]] = [(0.0, 0.0)]

    def is_over() -> bool:
        held = sum(node.store.visible - before for node in nodes)
        curve.append(((country.clock.now - began_ms) / 1000, held / pairs))
        say(f"{curve[-1][0]:.0f} s: {held / pairs:.1%} of {pairs:,} (node, run) pairs")
        return held == pairs

    country.publish_needs()
    country.run_until(is_over, HOUR_MS, STEP_MS)
    return curve


def _drills(country: Country, count: int, jobs: int, say: Say) -> "list[Drill]":
    names = [seat.name for seat in country.seats if seat.level == "province"] + ["national"]
    names = names[-count:] if count else []
    if names:
        country.settle()
        say(f"at rest after {(country.clock.now - START_MS) / 1000:.0f} s; {_memory_mb():.0f} MB")
    if jobs > 1:
        found = drill_apart(country, names, jobs)
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
    jobs: int,
) -> Measured:
    nodes = country.country_nodes()
    count = len(nodes)
    national = nodes[0].traffic
    sampled = nodes[:: max(1, count // SAMPLED)][:SAMPLED]
    return Measured(
        nodes=count,
        converged=curve[-1][1] == 1.0,
        rounds=-(-int(curve[-1][0] * 1000) // BEAT_MS),
        virtual_s=curve[-1][0],
        cpu_s=round(cpu_s, 1),
        us_per_pair=round(cpu_s / count**2 * 1e6, 1),
        duplicates_per_pair=round(country.ledger.runs["duplicate"] / count**2, 2),
        requests_per_node=round(
            (sum(node.traffic.requests for node in nodes) - requests) / count, 1
        ),
        mb_in_per_node=round(sum(n.traffic.bytes_in for n in nodes) / count / MEGABYTE, 2),
        mb_in_national=round(national.bytes_in / MEGABYTE, 1),
        mb_out_national=round(national.bytes_out / MEGABYTE, 1),
        memory_mb=round(_memory_mb()),
        base_mb=round(base_mb),
        heads_agree=len({heads_of(node) for node in nodes}) == 1,
        read_models_sampled=len(sampled),
        read_models_agree=len(set(_digests(sampled, jobs))) == 1,
        trace=country.trace.digest(),
        curve=tuple(curve),
    )


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _digests(nodes: Sequence[CountryNode], jobs: int) -> list[str]:
    """The digest of all read models of each node."""
    if jobs == 1:
        return [_read_models(node) for node in nodes]
    shares = [nodes[first::jobs] for first in range(jobs)]
    told = apart([partial(_digests, share, 1) for share in shares], jobs)
    return [digest for share in told for digest in share]


def _read_models(node: CountryNode) -> str:
    """The digest of all read models over a real store that takes in what this node holds."""
    with tempfile.TemporaryDirectory(prefix="yizhan-") as folder:
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
