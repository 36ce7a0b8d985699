"""Two processes over HTTP on loopback: everything one holds into the empty store of the other."""

from pathlib import Path
from tempfile import TemporaryDirectory

from node.ingest import Ingest
from node.store import Store
from protocol.keys import SigningKey
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.ingest import LaterClock
from tests.benchmarks.network import make_folder, running
from tests.benchmarks.workload import Workload, make_workload

READER = SigningKey(b"r" * 32)
RATE_ENTRIES = 100_000
MEMORY_ENTRIES = 200_000


def fill(folder: Path, work: Workload) -> None:
    """Put the whole workload into a node's store, without read models."""
    store = Store.open(f"sqlite:///{folder}/node.db", folder, inline=True)
    ingest = Ingest(store, work.network, LaterClock(), ())
    for page in (work.registry, *work.pages):
        for outcome in ingest.receive(page, "peer"):
            assert outcome.code == "accepted", outcome
    store.close()


class Source:
    """A filled node's folder, served from for every round."""

    def __init__(self, folder: Path, entries: int) -> None:
        self.folder = folder
        self.entries = entries
        self.work = make_workload(entries, members=[READER])
        self.home = make_folder(folder / "source", self.work.network, self.work.author,
                                "national", [])  # fmt: skip
        fill(self.home, self.work)

    def cold_sync(self, round_: int, *, read_models: bool) -> dict[str, float]:
        """One empty node takes everything in: seconds, and resident bytes before and after."""
        with running(self.home, read_models=False) as source:
            reader = make_folder(
                self.folder / f"reader-{round_}-{read_models}", self.work.network, READER,
                "grassroots", [(source.address, self.work.author.public)],
            )  # fmt: skip
            goal = (self.work.author.public, str(self.entries - 1))
            with running(reader, *goal, read_models=read_models) as node:
                return node.hear()


def figures(rounds: int) -> list[Figure]:
    """Rates without and with read models, and what a cold sync adds to a node's memory."""
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        source = Source(Path(folder), RATE_ENTRIES)
        plain = [source.cold_sync(n, read_models=False)["seconds"] for n in range(rounds)]
        whole = [source.cold_sync(n, read_models=True)["seconds"] for n in range(rounds)]
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        large = Source(Path(folder), MEMORY_ENTRIES).cold_sync(0, read_models=True)
    megabyte = 1024 * 1024
    return [
        Figure("cold sync to durable chunks", RATE_ENTRIES / median(plain), "entries/s",
               at_least=30_000),
        Figure("cold sync with all read models", RATE_ENTRIES / median(whole), "entries/s",
               at_least=12_000),
        Figure("memory of an idle node", large["before"] / megabyte, "MB", at_most=120),
        Figure("memory a cold sync of 200,000 adds", (large["rss"] - large["before"]) / megabyte,
               "MB", at_most=150),
    ]  # fmt: skip
