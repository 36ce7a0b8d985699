"""A wiped node, key file and empty disk: all of its log and of others back from a peer (P4)."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from protocol.keys import SigningKey
from tests.benchmarks.cold_sync import fill
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.network import make_folder, running
from tests.benchmarks.workload import make_workload

PEER = SigningKey(b"r" * 32)
ENTRIES = 200_000
FLOOR = 12_000
"""What a cold sync with all read models must reach."""


class Lost:
    """A station of which half of all entries are, and the peer that holds them all."""

    def __init__(self, folder: Path, entries: int) -> None:
        self.entries = entries
        work = make_workload(entries // 2, members=[PEER], foreign=PEER)
        self.goals = [(key.public, str(entries // 2 - 1)) for key in (work.author, PEER)]
        self.peer = make_folder(folder / "peer", work.network, PEER, "grassroots", [])
        fill(self.peer, work)
        self.folder = folder
        self.work = work

    def recover(self) -> float:
        """The station comes back with its key and an empty disk; seconds until it has all."""
        with running(self.peer, read_models=False) as peer:
            home = make_folder(
                self.folder / "wiped", self.work.network, self.work.author, "national",
                [(peer.address, PEER.public)],
            )  # fmt: skip
            with running(home, *(part for goal in self.goals for part in goal)) as node:
                seconds = float(node.hear()["seconds"])
            shutil.rmtree(home)
        return seconds


def figures(rounds: int) -> list[Figure]:
    """Entries a second, read models included, until the last own and the last foreign one."""
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        lost = Lost(Path(folder), ENTRIES)
        seconds = median([lost.recover() for _ in range(rounds)])
    return [
        Figure("recovery of a wiped node of 200,000", ENTRIES / seconds, "entries/s",
               at_least=FLOOR),
    ]  # fmt: skip
