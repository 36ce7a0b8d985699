"""A station's desk: what route handlers see of a node, without web, peers or processes."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from node.app import Node
from node.clock import Random
from node.files import Files
from node.holdings import Holdings
from node.ingest import Ingest
from node.keyring import Keyring
from node.people import Gate
from node.publish import Publisher
from node.readmodels import PROJECTIONS
from node.scope import Scope
from node.search import Search
from node.settings import FilesConfig, MailConfig, NeedsConfig, PeopleConfig, ServiceConfig
from node.store import Store
from protocol.genesis import Network
from protocol.roster import Roster, Station
from tests.builders import Country, NodeInTest, SeededRandom, StationInTest, TestClock


class Desk:
    """The attributes of a node that the tiers use."""

    def __init__(self, inner: NodeInTest, folder: Path) -> None:
        self.inner = inner
        self.store: Store = inner.store
        self.ingest: Ingest = inner.ingest
        self.publisher: Publisher = inner.publisher
        self.scope = inner.publisher.scope
        self.network: Network = inner.station.network
        self.keyring: Keyring = inner.station.keyring
        self.clock: TestClock = inner.station.clock
        self.random: Random = SeededRandom(f"{inner.station.name} desk")
        self.service = ServiceConfig()
        self.config = SimpleNamespace(
            service=self.service, files=FilesConfig(), needs=NeedsConfig()
        )
        self.files = Files(folder / "files", FilesConfig(), inner.store, self.clock)
        self.mail = MailConfig()
        own = (key.public for key in self.keyring.signing_keys)
        self.holdings = Holdings(own, self.clock)
        self.gate = Gate(inner.store, self.clock, self.random, PeopleConfig(), lambda line: None)
        self.search: Search | None = Search(folder / "index", inner.store, self.clock)

    @property
    def roster(self) -> Roster:
        return self.ingest.roster

    @property
    def me(self) -> Station | None:
        return self.roster.station_of(self.keyring.signing.public)

    @property
    def node(self) -> Node:
        """The desk as handlers take it."""
        return cast(Node, self)

    @property
    def id(self) -> str:
        """This station's lasting id."""
        assert self.me is not None
        return self.me.id

    def tick(self) -> None:
        """A second passes; every desk shares the clock."""
        self.clock.now += 1_000

    def text(self) -> bytes:
        """All signed logs this desk holds."""
        return b"".join(self.store.read(lambda reading: list(reading.log_texts())))


def open_desk(
    station: StationInTest,
    country: Country,
    folder: Path,
    url: str = "",
    scope: Scope | None = None,
) -> Desk:
    """A desk that holds the registry of the whole country as it was set up."""
    folder.mkdir(parents=True, exist_ok=True)
    inner = NodeInTest.open(url or "sqlite:///node.db", folder, station, PROJECTIONS, scope)
    return Desk(inner, folder)


def exchange(desks: Iterable[Desk]) -> None:
    """Every desk gets everything every other holds."""
    listed = list(desks)
    texts = [desk.text() for desk in listed]
    for index, desk in enumerate(listed):
        others = b"".join(texts[:index] + texts[index + 1 :])
        desk.ingest.receive(others, "peer")
