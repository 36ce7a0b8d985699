"""The twelve stations of the year: founded, admitted, staffed, and brought up once it is over."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from node.app import Node
from node.config import load_config
from node.council import (
    COUNCIL_FOLDER,
    add_signatures,
    create_network,
    draft_act,
    draft_admission,
    load_council_key,
)
from node.demo.network import COUNCIL_KEYS, COUNCIL_THRESHOLD, node_settings, reserve_ports
from node.demo.plan import TOP, Place
from node.demo.year.clock import YearClock
from node.demo.year.places import LOCALS, REGIONS, YEAR_PLACES
from node.demo.year.post import Post
from node.demo.year.station import YearStation
from node.folder import GENESIS_FILE, AdmissionRequest, init_node

NAME = "驿站演示网络（全年）"
ADMITTED_DAYS = 395


class YearNetwork:
    """Twelve nodes in one process, and the post between them."""

    def __init__(self, folder: Path, clock: YearClock) -> None:
        """Nothing is founded yet."""
        self.folder = folder
        self.clock = clock
        self.stations: dict[str, YearStation] = {}
        self._requests: dict[str, AdmissionRequest] = {}
        self._post: Post | None = None

    def __getitem__(self, slug: str) -> YearStation:
        return self.stations[slug]

    def __iter__(self) -> Iterator[YearStation]:
        return iter(self.stations.values())

    def of(self, station: str) -> YearStation:
        """The station with a lasting id."""
        return next(each for each in self if each.id == station)

    async def found(self) -> None:
        """The council founds the network; the nodes' folders are made, their stores opened."""
        network = create_network(
            self.folder, NAME, keys=COUNCIL_KEYS, threshold=COUNCIL_THRESHOLD, clock=self.clock
        )
        held = reserve_ports(len(YEAR_PLACES))
        known: dict[str, tuple[str, str]] = {}
        for place, port in zip(YEAR_PLACES, held, strict=True):
            self._open(place, port.getsockname()[1], known)
            port.close()
        nodes = {station.place.slug: station.node for station in self}
        parents = {place.slug: place.parent for place in YEAR_PLACES if place.parent}
        self._post = Post(nodes, parents)
        top = self._requests[TOP.slug]
        admission = draft_admission(
            top, ("stations", TOP.mode), division=None, from_ms=self.clock.now_ms(),
            days=ADMITTED_DAYS,
        )  # fmt: skip
        paths = sorted((self.folder / COUNCIL_FOLDER).glob("*.key"))[:COUNCIL_THRESHOLD]
        act = add_signatures(
            network, draft_act(network, admission), [load_council_key(path) for path in paths]
        )
        body = {"act": act.act, "signatures": [list(pair) for pair in act.signatures]}
        await self[TOP.slug].do(None, "POST", "/acts", body)

    def _open(self, place: Place, port: int, known: dict[str, tuple[str, str]]) -> None:
        url = f"http://127.0.0.1:{port}"
        folder = self.folder / place.slug
        request = init_node(
            folder,
            mode=place.mode,
            name=place.name,
            genesis=self.folder / GENESIS_FILE,
            settings=node_settings(port, url, known.get(place.parent)),
        )
        known[place.slug] = (url, request.key)
        self._requests[place.slug] = request
        node = Node.create(load_config(folder), clock=self.clock, inline=True)
        self.stations[place.slug] = YearStation(place, node)

    async def admit_all(self) -> None:
        """Each parent admits those below it, and hires its people."""
        for tier in (REGIONS, LOCALS):
            await self.post.join()
            for place in tier:
                request = self._requests[place.slug].model_dump(mode="json")
                body = request | {"level": place.mode, "division": place.division}
                await self[place.parent].do(None, "POST", "/admissions", body)
        await self.post.join()
        await asyncio.gather(*(station.hire() for station in self))

    @property
    def post(self) -> Post:
        """What carries entries between them."""
        assert self._post is not None
        return self._post

    async def open_consoles(self) -> None:
        """Open every node anew as an ordinary one, its console and peers; the clock runs on."""
        self.clock.run_on()
        for station in self:
            _close(station.node)
            config = load_config(self.folder / station.place.slug)
            station.node = Node.create(config, clock=self.clock)
            await station.node.start()

    async def close(self) -> None:
        """Stop what runs, close every store."""
        for station in reversed([*self]):
            if station.node.started:
                await station.node.stop()
            else:
                _close(station.node)


def _close(node: Node) -> None:
    """Close what a node at rest holds open."""
    if node.search is not None:
        node.search.close()
    node.gate.close()
    node.store.close()


@asynccontextmanager
async def founded(folder: Path, first: date) -> AsyncIterator[YearNetwork]:
    """The network on the morning of its first day, closed at the end however that comes."""
    network = YearNetwork(folder, YearClock(first))
    try:
        await network.found()
        await network.admit_all()
        yield network
    finally:
        await network.close()
