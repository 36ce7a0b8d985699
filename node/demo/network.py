"""The ten nodes of the demo: folders, ports, processes."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from node.clock import SystemClock
from node.council import (
    COUNCIL_FOLDER,
    SignedAct,
    add_signatures,
    create_network,
    draft_act,
    draft_admission,
    load_council_key,
)
from node.demo.plan import PLACES, TOP
from node.demo.process import NodeProcess
from node.folder import GENESIS_FILE, init_node, read_genesis, read_request
from protocol.genesis import Network

NAME = "驿站演示网络"
HOST = "127.0.0.1"
STARTS_AT_ONCE = 3
COUNCIL_KEYS, COUNCIL_THRESHOLD = 3, 2
START_S = 180
STOP_S = 10


class DemoNetwork:
    """The network's folder and its ten nodes, by the name of their place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes = {place.slug: NodeProcess(place, folder / place.slug) for place in PLACES}
        self.network: Network | None = None
        self._held: dict[str, socket.socket] = {}

    def __getitem__(self, slug: str) -> NodeProcess:
        return self.nodes[slug]

    def __iter__(self) -> Iterator[NodeProcess]:
        return iter(self.nodes.values())

    @property
    def genesis(self) -> Path:
        """The network's founding file."""
        return self.folder / GENESIS_FILE

    def found(self) -> Network:
        """The council founds the network: keys, threshold, genesis file."""
        self.network = create_network(
            self.folder, NAME, keys=COUNCIL_KEYS, threshold=COUNCIL_THRESHOLD
        )
        return self.network

    def make_nodes(self) -> None:
        """Make every node's folder: its own keys, a port, and its parent as first peer."""
        self._held = dict(zip(self.nodes, reserve_ports(len(self.nodes)), strict=True))
        addresses: dict[str, tuple[str, str]] = {}
        for place in PLACES:
            port = self._held[place.slug].getsockname()[1]
            url = f"http://{HOST}:{port}"
            request = init_node(
                self.folder / place.slug,
                mode=place.mode,
                name=place.name,
                genesis=self.genesis,
                settings=node_settings(port, url, addresses.get(place.parent)),
            )
            addresses[place.slug] = (url, request.key)

    def start_all(self) -> None:
        """Start every process, a few at a time, and wait until each answers.

        The first starts alone: on a fresh machine it compiles what the others then only load.
        """
        first, *others = self
        self._start(first)
        with ThreadPoolExecutor(STARTS_AT_ONCE) as pool:
            for _ in pool.map(self._start, others):
                pass

    def _start(self, node: NodeProcess) -> None:
        self._held.pop(node.place.slug).close()
        node.start()
        node.wait_ready(START_S)

    def stop_all(self) -> None:
        """Stop every process, and let go of ports no node took over."""
        for held in self._held.values():
            held.close()
        for node in self:
            with suppress(OSError):
                node.ask_to_stop()
        for node in self:
            node.wait_stopped(STOP_S)

    def council_act(self) -> SignedAct:
        """The council admits the national station: two of its three members sign."""
        network = read_genesis(self.genesis)
        record = draft_admission(
            read_request(self.folder / TOP.slug),
            ("stations", TOP.mode),
            division=None,
            from_ms=SystemClock().now_ms(),
            days=395,
        )
        paths = sorted((self.folder / COUNCIL_FOLDER).glob("*.key"))[:COUNCIL_THRESHOLD]
        keys = [load_council_key(path) for path in paths]
        return add_signatures(network, draft_act(network, record), keys)


def node_settings(port: int, url: str, parent: tuple[str, str] | None) -> dict[str, object]:
    """The settings of a demo node: its port and address, and its parent's address and key."""
    settings: dict[str, object] = {"listen_port": port, "endpoints": [url]}
    settings["peering"] = {"allow_private": True, "backoff_s": 0.5, "backoff_max_s": 4}
    if parent is not None:
        settings["peers"] = [{"url": parent[0], "key": parent[1]}]
    return settings


def reserve_ports(count: int) -> list[socket.socket]:
    """Ports the system gives, each held by an open socket until its node takes it over."""
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind((HOST, 0))
    return held


@contextmanager
def running(folder: Path) -> Iterator[DemoNetwork]:
    """A demo network that is stopped at the end, however that comes."""
    network = DemoNetwork(folder)
    try:
        yield network
    finally:
        network.stop_all()
