"""Bytes in memory -> verified, chained, committed chunks on SQLite, beside the prototype."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from node.clock import Clock
from node.ingest import Ingest
from node.projection import Projection
from node.store import Store
from tests.benchmarks import prototype
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.workload import START_MS, Workload, make_workload

ENTRIES = 100_000


class LaterClock:
    """A clock past every TIME of the workload."""

    def now_ms(self) -> int:
        return START_MS + 24 * 3600 * 1000


def house_rate(work: Workload, entries: int, projections: tuple[Projection, ...] = ()) -> float:
    """Entries a second through the one door, commits included."""
    clock: Clock = LaterClock()
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        store = Store.open(f"sqlite:///{folder}/node.db", Path(folder), inline=True, clock=clock)
        ingest = Ingest(store, work.network, clock, projections)
        ingest.receive(work.registry, "peer")
        start = time.perf_counter()
        for page in work.pages:
            for outcome in ingest.receive(page, "peer"):
                assert outcome.code == "accepted", outcome
        seconds = time.perf_counter() - start
        store.close()
    return entries / seconds


def prototype_rate(work: Workload, entries: int) -> float:
    """Entries a second in a straight line."""
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        database = prototype.connect(Path(folder) / "prototype.db")
        start = time.perf_counter()
        count = sum(
            prototype.ingest(database, work.network.id, work.author.public, page)
            for page in work.pages
        )
        seconds = time.perf_counter() - start
        assert count == entries
        database.close()
    return entries / seconds


def figures(rounds: int) -> list[Figure]:
    """The house and the prototype by turns, so that both see the same machine."""
    work = make_workload(ENTRIES)
    house, straight = [], []
    for _ in range(rounds):
        house.append(house_rate(work, ENTRIES))
        straight.append(prototype_rate(work, ENTRIES))
    ratio = median(house) / median(straight)
    return [
        Figure("ingest to committed chunks", median(house), "entries/s", at_least=45_000),
        Figure("the same in a straight line", median(straight), "entries/s"),
        Figure("ratio to the straight line", 100 * ratio, "%", at_least=60),
    ]
