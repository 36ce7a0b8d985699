"""The whole country under a virtual clock: every association at county level and above.

Each node talks to every peer that :func:`choose_peers` gives it, by the production conversations;
only that it asks for news once a heartbeat instead of holding a request open. All begin with the
registry, as a node begins with its parent's export, and each with a need that nobody else has.

Several processes may play it together, every one the stations of its share.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from node.peering.circle import Circle
from node.peering.link import Link
from node.publish import Publisher
from node.simulation.clerk import new_need
from node.simulation.crossing import SplitWire
from node.simulation.door import answer
from node.simulation.host import steps
from node.simulation.ledger import Ledger
from node.simulation.machine import SimIngest, SimNode
from node.simulation.memory_store import MemoryStore
from node.simulation.plan import Seat
from node.simulation.registry import write_registry
from node.simulation.scheduler import Pause, Process
from node.simulation.shared import Shared
from node.simulation.team import Team
from node.simulation.wire import Wire
from node.simulation.world import HOUR_MS, World
from node.store import Guard, GuardedHead, Writing
from protocol.actions import Wait
from protocol.entry import Entry, Tail
from protocol.growing import Standing
from protocol.header import LogId
from protocol.messages import ChangesRequest, Outcome, Request
from protocol.push import PATIENCE_MS
from protocol.records import Record

BEAT_MS = 55_000
"""How often a node looks to each of its peers: the longest wait of one request."""
NATIONAL_SHARE = 14
WAY_MS = (400, 800)
"""How long a message takes one way: slow lines, so that processes seldom wait for one another."""


class _KeptGuard(Guard):
    """The guard of a machine that never dies: kept in memory."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"))

    def create(self, heads: dict[LogId, Tail]) -> None:
        """Note new heads."""
        for log, tail in heads.items():
            self._heads[log.author, log.channel] = GuardedHead(log.epoch, tail.seq, tail.id)


class CountryLink(Link):
    """One peer; instead of holding a request open until there is news, it comes back a beat later.

    What is new in between comes in one page: the entries of thousands of stations in a few. So
    a beat is also what the lead may be behind.
    """

    look_again_ms = BEAT_MS
    _asked_ms = 0

    async def _ask(self, request: Request) -> object:
        if isinstance(request, ChangesRequest) and request.wait_s:
            since_ms = self._host.elapsed_ms() - self._asked_ms
            await self._host.sleep(max(0, BEAT_MS - since_ms))
            self._asked_ms = self._host.elapsed_ms()
            request = request.model_copy(update={"wait_s": 0})
        return await super()._ask(request)

    async def _linger(self) -> None:
        await self._host.sleep(BEAT_MS)

    async def _wait(self, action: Wait) -> int | None:
        """The next push is in the next beat, unless the peer comes and takes it by then."""
        if self._is_followed():
            return None
        await self._host.sleep(BEAT_MS)
        return None if self._is_followed() else PATIENCE_MS // 2


class _CountryIngest(SimIngest):
    """The production door; what the registry's image folds into is folded once."""

    def __init__(self, node: "CountryNode", standing: Standing | None) -> None:
        self._given = standing
        super().__init__(node.store, node.network, node.clock, ())

    def _open(self, tx: Writing) -> Standing:
        return self._given or super()._open(tx)

    @property
    def standing(self) -> Standing:
        """What the registry amounts to."""
        return self._standing


class CountryNode(SimNode):
    """A node of the country: production door and pen over a store in memory."""

    def begin(self, image: MemoryStore | None, standing: Standing | None, shared: Shared) -> None:
        """Open the store, from the registry's image if there is one, without talking yet."""
        self.feed_epoch = self.clock.now_ms()
        self.store = MemoryStore(self.feed_epoch, shared, like=image)
        self.ingest = _CountryIngest(self, standing)
        guard = _KeptGuard()
        self.publisher = Publisher(
            self.store,
            self.ingest,
            self.keyring,
            self.network,
            self.clock,
            guard,
            self.random,
        )
        self.position = self.store.visible
        self.is_up = True

    def go(self) -> None:
        """Begin to talk; what its store takes in is told to the world from now on."""
        self.ingest.told = lambda text, outcomes: self.world.ledger.note(self, text, outcomes)
        self.ingest.on_stored.append(self._wake)
        self.position = self.store.visible
        self.talk()

    def talk(self) -> None:
        """Look for its peers, as after being switched on."""
        self.circle = self.gather_peers()
        self.run(self._talk())

    def gather_peers(self) -> Circle:
        """The peers it keeps, none of them looked to yet."""
        return Circle(self.host, self._peers, allow_private=True, make_link=CountryLink)

    def _talk(self) -> Process:
        """Begin to dial at some moment of the first beat."""
        yield Pause(int.from_bytes(self.random(2)) * BEAT_MS // 0x10000)
        self.circle.dial()
        yield from steps(self.circle.keep)

    @property
    def entries(self) -> int:
        """How many entries it holds."""
        assert isinstance(self.store, MemoryStore)
        return self.store.entries

    @property
    def has_met_peers(self) -> bool:
        """Whether it has read the feed of each of its peers to the end."""
        return bool(self.circle.links) and all(each.is_caught_up for each in self.links())

    def speak(self) -> Process:
        """Publish a need at some moment of the next beat."""
        yield Pause(int.from_bytes(self.random(2)) * BEAT_MS // 0x10000)
        assert self.publish(new_need(self, f"{self.name} 的一项需求")) is not None

    def halt(self) -> None:
        """The machine goes dark."""
        self.is_up = False
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()


def share_out(seats: Sequence[Seat], size: int) -> dict[str, int]:
    """Which of so many processes plays each station, by its name.

    National, the first, is a peer of all: as much work as a fourteenth of the others, and so many
    fewer are played beside it, everywhere in the tree alike.
    """
    work = len(seats) // NATIONAL_SHARE
    room = [(len(seats) + work) / size - (0 if rank else work) for rank in range(size)]
    owners = {seats[0].name: 0}
    counts = [0] * size
    for seat in seats[1:]:
        rank = min(range(size), key=lambda each: (counts[each] + 1) / room[each])
        owners[seat.name] = rank
        counts[rank] += 1
    return owners


class CountryLedger(Ledger):
    """Counts only: what is durable is not asked of a country without faults."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: Counter[str] = Counter()

    def note(self, node: SimNode, text: bytes, outcomes: Sequence[Outcome]) -> None:
        """Count the runs by what came of them."""
        for outcome in outcomes:
            self.runs[outcome.code] += 1


class Country(World):
    """Every node of the country, founded, each with a need of its own.

    Played by a team, every process has all machines, but only those of its share are switched on;
    all processes call the same methods in the same order.
    """

    def __init__(self, seed: int, seats: Sequence[Seat], team: Team | None = None) -> None:
        """Found it: keys, registry, images; nobody talks yet.

        Args:
            seed: the only source of chance.
            seats: the stations.
            team: the processes that play it; this one alone when None.
        """
        self.team = team or Team()
        self._owners = share_out(seats, self.team.size)
        super().__init__(seed, seats, projections=(), signs=False, machine=CountryNode)
        self.weather.delay_ms = WAY_MS
        self.weather.random.seed(f"{seed} weather {self.team.rank}")
        self.ledger: CountryLedger = CountryLedger()
        self.shared = Shared()
        self.own = [node for node in self.country_nodes() if self.is_own(node)]
        """The nodes this process plays."""
        self._found_at_once()

    def _lay_wires(self, *, signs: bool) -> Wire:
        return SplitWire(
            self.scheduler, self.weather, self.trace, answer,
            team=self.team, owners=self._owners, machines=self.nodes, signs=signs,
        )  # fmt: skip

    def country_nodes(self) -> list[CountryNode]:
        """All nodes, whoever plays them."""
        return [node for node in self.nodes.values() if isinstance(node, CountryNode)]

    def is_own(self, node: SimNode) -> bool:
        """Whether this process plays a node."""
        return self._owners[node.name] == self.team.rank

    def own_up(self) -> list[CountryNode]:
        """The nodes this process plays that are switched on."""
        return [node for node in self.own if node.is_up]

    def _found_at_once(self) -> None:
        registry = b"".join(write_registry(self))
        first = self.country_nodes()[0]
        first.begin(None, None, self.shared)
        refused = [o for o in first.ingest.receive(registry, "") if o.code != "accepted"]
        assert not refused, refused
        assert isinstance(first.store, MemoryStore)
        assert isinstance(first.ingest, _CountryIngest)
        image = MemoryStore(0, self.shared, like=first.store)
        standing = first.ingest.standing
        assert len(standing.roster.stations) == len(self.nodes)
        for node in self.country_nodes():
            if node is not first and self.is_own(node):
                node.begin(image, standing, self.shared)
            node.is_up = True
        self.founding = standing.roster
        """Who every node knows from the beginning."""

    def station_id(self, node: SimNode) -> str:
        """The lasting id of the station that a node was founded as, whoever plays it."""
        station = self.founding.station_of(node.keyring.public)
        assert station is not None
        return station.id

    def go(self) -> None:
        """Everyone begins to talk, at a moment of the first beat, and meets its peers."""
        for node in self.own:
            node.go()
        assert self.run_until(
            lambda: self.team.all_say(all(node.has_met_peers for node in self.own)),
            HOUR_MS,
            BEAT_MS,
        )

    def run(self, ms: int) -> None:
        """Let so much time pass, as far ahead of the other processes as wires allow."""
        assert isinstance(self.wire, SplitWire)
        self.wire.run(self.clock.now + ms)

    def publish_needs(self) -> None:
        """Every station publishes a need, each at its own moment of one beat."""
        for node in self.own:
            node.run(node.speak())

    def publish(self, node: SimNode, write: Callable[[], Record], subject: str = "-") -> Entry:
        """A station, whoever plays it, publishes a record; every process has the entry."""
        entry = node.publish(write(), subject) if self.is_own(node) else None
        published = self.team.tell(entry)[self._owners[node.name]]
        assert published is not None
        return published

    def halt(self, nodes: Iterable[CountryNode]) -> None:
        """Machines go dark."""
        for node in nodes:
            node.halt()

    def light(self, nodes: Iterable[CountryNode]) -> None:
        """They are switched on again."""
        for node in nodes:
            node.is_up = True
            if self.is_own(node):
                node.talk()

    def close(self) -> None:
        """Stop the machines that are played here."""
        self.halt(self.own)
        self._folder.cleanup()

    def settle(self) -> None:
        """Run on until a whole beat passes in which nobody gives or fetches any entries.

        All hold all by then, but have yet to look over what they took in, and to see that their
        peers hold it too; what is left of that every drill on a copy would do again.
        """
        moved = -1
        while moved != (now := self._moved()):
            moved = now
            self.run(BEAT_MS)

    def _moved(self) -> int:
        return self.team.total(sum(self.wire.kinds[each] for each in ("push", "ranges", "heads")))

    def is_converged(self) -> bool:
        """Whether every node that is up has as many entries as there are, cheap to ask."""
        held = {node.entries for node in self.own_up()}
        return len(set().union(*self.team.tell(held))) == 1
