"""Real processes for the figures: folders with known keys, one process a node."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.folder import init_node
from protocol.genesis import Network
from protocol.keys import SigningKey

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Running:
    """A node that runs in a process of its own."""

    process: "subprocess.Popen[str]"
    address: str
    rss: int

    def hear(self) -> dict[str, Any]:
        """The next line it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the node ended without an answer")
        answer: dict[str, Any] = json.loads(line)
        return answer


def make_folder(
    folder: Path,
    network: Network,
    key: SigningKey,
    mode: str,
    peers: list[tuple[str, str]],
) -> Path:
    """A node's folder with this signing key, and (address, key) of the peers it begins with."""
    genesis = folder.parent / "genesis.json"
    genesis.write_bytes(network.raw)
    settings: dict[str, object] = {
        "listen_port": 0,
        "search": False,
        "peers": [{"url": url, "key": peer} for url, peer in peers],
        "peering": {"allow_private": True},
    }
    init_node(folder, mode=mode, name=folder.name, genesis=genesis, settings=settings)
    keys = {"signing": [key.seed.hex()], "sealing": [key.seed.hex()], "recovery": key.seed.hex()}
    (folder / "key.json").write_text(json.dumps(keys))
    (folder / "key.json").chmod(0o600)
    return folder


@contextmanager
def running(
    folder: Path, *goal: str, read_models: bool = True, watch: bool = False
) -> Iterator[Running]:
    """Run a node until the block ends."""
    environment = dict(os.environ)
    if not read_models:
        environment["YIZHAN_TEST_NO_READ_MODELS"] = "1"
    if watch:
        environment["YIZHAN_TEST_WATCH"] = "1"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.run_node", str(folder), *goal],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    node = Running(process, "", 0)
    try:
        first = node.hear()
        node.address, node.rss = first["address"], first["rss"]
        yield node
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
