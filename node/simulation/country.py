"""The whole country under a virtual clock: every association at county level and above.

Each node talks to every peer that :func:`choose_peers` gives it, by the production conversations;
only that it asks for news once a heartbeat instead of holding a request open. All begin with the
registry, as a node begins with its parent's export, and each with a need that nobody else has.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from node.peering.circle import Circle
from node.peering.link import Link
from node.publish import Publisher
from node.simulation.clerk import new_need
from node.simulation.host import steps
from node.simulation.ledger import Ledger
from node.simulation.machine import SimIngest, SimNode
from node.simulation.memory_store import MemoryStore
from node.simulation.plan import Seat
from node.simulation.scheduler import Pause, Process
from node.simulation.shared import Shared
from node.simulation.world import HOUR_MS, START_MS, World
from node.store import Guard, GuardedHead, Writing
from protocol.actions import Wait
from protocol.chain import join_text
from protocol.entry import Tail, write_entry
from protocol.growing import Standing
from protocol.header import LogId
from protocol.keys import SigningKey
from protocol.messages import ChangesRequest, Outcome, Request
from protocol.push import PATIENCE_MS
from protocol.records import ActCarried, LogOpened, Record

BEAT_MS = 55_000
"""How often a node looks to each of its peers: the longest wait of one request."""


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

    What is new in between comes in one page: the entries of thousands of stations in a few.
    """

    async def _ask(self, request: Request) -> object:
        if isinstance(request, ChangesRequest) and request.wait_s:
            await self._host.sleep(BEAT_MS)
            request = request.model_copy(update={"wait_s": 0})
        return await super()._ask(request)

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
        self.circle = self.gather_peers()

    def light(self) -> None:
        """It is switched on again."""
        self.is_up = True
        self.run(self._talk())


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
    """Every node of the country, founded, each with a need of its own."""

    def __init__(self, seed: int, seats: Sequence[Seat]) -> None:
        """Found it: keys, registry, images; nobody talks yet."""
        super().__init__(seed, seats, projections=(), signs=False, machine=CountryNode)
        self.ledger: CountryLedger = CountryLedger()
        self.shared = Shared()
        self._found_at_once()

    def country_nodes(self) -> list[CountryNode]:
        """All nodes."""
        return [node for node in self.nodes.values() if isinstance(node, CountryNode)]

    def _found_at_once(self) -> None:
        registry = b"".join(write_registry(self))
        nodes = self.country_nodes()
        first = nodes[0]
        first.begin(None, None, self.shared)
        refused = [o for o in first.ingest.receive(registry, "") if o.code != "accepted"]
        assert not refused, refused
        assert isinstance(first.store, MemoryStore)
        assert isinstance(first.ingest, _CountryIngest)
        image = MemoryStore(0, self.shared, like=first.store)
        standing = first.ingest.standing
        assert len(standing.roster.stations) == len(nodes)
        for node in nodes[1:]:
            node.begin(image, standing, self.shared)

    def go(self) -> None:
        """Everyone begins to talk, at a moment of the first beat, and meets its peers."""
        for node in self.country_nodes():
            node.go()
        assert self.run_until(
            lambda: all(n.has_met_peers for n in self.country_nodes()), HOUR_MS, BEAT_MS
        )

    def publish_needs(self) -> None:
        """Every station publishes a need, each at its own moment of one beat."""
        for node in self.country_nodes():
            node.run(node.speak())

    def settle(self) -> None:
        """Run on until a whole beat passes in which nobody gives or fetches any entries.

        All hold all by then, but have yet to look over what they took in, and to see that their
        peers hold it too.
        """
        moved = -1
        while moved != (now := self._moved()):
            moved = now
            self.run(BEAT_MS)

    def _moved(self) -> int:
        return sum(self.wire.kinds[each] for each in ("push", "ranges", "heads"))

    def is_converged(self) -> bool:
        """Whether every node that is up has as many runs as there are, cheap to ask."""
        up = [node for node in self.country_nodes() if node.is_up]
        most = max(node.store.visible for node in up)
        return all(node.store.visible == most for node in up)


def write_registry(world: World) -> list[bytes]:
    """The registry of a network as its issuers sign it: a log each, the highest first."""
    ids: dict[str, str] = {}
    below: dict[str, list[Seat]] = {}
    for seat in world.seats[1:]:
        below.setdefault(seat.parent or "", []).append(seat)
    top = world.seats[0]
    carried = world.carry(world.admission(top, None))
    ids[top.name] = _act_id(world, carried)
    texts = []
    ring = [top.name]
    while ring:
        name = ring.pop(0)
        records: list[Record] = [LogOpened()]
        records += [carried] if name == top.name else []
        seats = below.get(name, [])
        records += [world.admission(seat, ids[name]) for seat in seats]
        if len(records) > 1:
            lines, entries = _write(world, world.nodes[name].keyring.signing, records)
            texts.append(lines)
            ids.update(zip([seat.name for seat in seats], entries[-len(seats) :], strict=True))
            ring += [seat.name for seat in seats]
    return texts


def _act_id(world: World, carried: ActCarried) -> str:
    from protocol.acts import act_id

    return act_id(world.network.id, carried.act)


def _write(world: World, key: SigningKey, records: list[Record]) -> tuple[bytes, list[str]]:
    log = LogId(key.public, "registry", START_MS // 1000)
    tail: Tail | None = None
    headers, bodies, ids = [], [], []
    for record in records:
        time = START_MS if tail is None else tail.time + 1
        entry = write_entry(
            key, world.network.id, log, tail, time=time, kind=record.KIND, subject="-",
            body=record.body(),
        )  # fmt: skip
        tail = Tail(entry.header.seq, entry.id, time)
        headers.append(entry.line)
        bodies.append(entry.body)
        ids.append(entry.id)
    return join_text(headers, bodies), ids
