"""The simulated world: a founded network, its machines and wires, and the time that passes."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from node.keyring import Keyring
from node.peering.choice import Candidate
from node.projection import Projection
from node.readmodels import PROJECTIONS
from node.scratch import scratch_parent
from node.simulation.chance import SeededBytes
from node.simulation.door import answer
from node.simulation.host import SimPace
from node.simulation.ledger import Ledger
from node.simulation.machine import SimNode
from node.simulation.plan import Seat, small_country
from node.simulation.scheduler import Pause, Process, Scheduler, VirtualClock
from node.simulation.trace import Trace
from node.simulation.weather import Weather
from node.simulation.wire import Wire
from protocol.acts import sign_act, write_act
from protocol.genesis import DEFAULT_HIERARCHIES, Network
from protocol.keys import SigningKey
from protocol.records import ActCarried, MembershipIn, Quota, StationAdmitted

START_MS = 1_790_000_000_000
"""When every simulated network was founded: a morning in September 2026."""
DAY_MS = 24 * 3600 * 1000
VALID_MS = 395 * DAY_MS
HOUR_MS = 3600 * 1000
FEED_ROWS = 200_000
"""The configuration's default."""


class World:
    """A network under one seed: what it is, and everything that happens in it.

    ``nodes`` are by name, in the order of the plan; ``random`` is for whoever plays with them.
    """

    def __init__(
        self,
        seed: int,
        seats: Sequence[Seat] | None = None,
        *,
        projections: Sequence[Projection] = PROJECTIONS,
        pace: SimPace | None = None,
        signs: bool = True,
        council: tuple[int, int] = (1, 1),
        machine: type[SimNode] = SimNode,
        feed_rows: int = FEED_ROWS,
    ) -> None:
        """Found the network; nothing runs yet.

        Args:
            seed: the only source of chance.
            seats: the stations to be; the small country of ten when None.
            projections: the read models every node keeps.
            pace: how nodes seek their peers.
            signs: whether requests are signed and checked.
            council: how many council keys there are, and how many must sign.
            machine: the class of its nodes.
            feed_rows: how many of the newest rows of its feed every node keeps.
        """
        self.seed = seed
        self.feed_rows = feed_rows
        self.random = Random(f"{seed} world")  # noqa: S311
        self.seats = tuple(small_country() if seats is None else seats)
        self.clock = VirtualClock(START_MS + DAY_MS)
        self.scheduler = Scheduler(self.clock)
        self.trace = Trace(self.clock)
        self.weather = Weather(Random(f"{seed} weather"))  # noqa: S311
        self.nodes: dict[str, SimNode] = {}
        self.wire = self._lay_wires(signs=signs)
        self.ledger = Ledger()
        self.happened: Counter[str] = Counter()
        """Faults that happened, by kind."""
        self.council = [
            SigningKey(SeededBytes(f"{seed} council {i}")(32)) for i in range(council[0])
        ]
        self._threshold = council[1]
        self.network = Network(self._genesis())
        self._folder = tempfile.TemporaryDirectory(prefix="yizhan-", dir=scratch_parent())
        self._pace = pace or SimPace()
        self._machine = machine
        self._projections = projections
        self._names: dict[str, str] = {}
        for seat in self.seats:
            self._build(seat, (seat.parent,) if seat.parent else ())
        top = self.seats[0].name
        below = [seat.name for seat in self.seats if seat.parent == top and seat.is_dialled]
        self.nodes[top].name_peers(self._candidates(below[:2]))

    def _lay_wires(self, *, signs: bool) -> Wire:
        return Wire(self.scheduler, self.weather, self.trace, answer, signs=signs)

    def _genesis(self) -> bytes:
        return json.dumps({
            "name": f"Simulated network {self.seed}",
            "format": "yz1",
            "council": {
                "keys": [key.public for key in self.council],
                "threshold": self._threshold,
            },
            "hierarchies": DEFAULT_HIERARCHIES,
            "created": START_MS,
        }).encode()  # fmt: skip

    def add(
        self, seat: Seat, peers: Sequence[str] | None = None, *, starts: bool = True
    ) -> SimNode:
        """Set up a machine more; it is nobody's member until it is admitted.

        Args:
            seat: what it is to be.
            peers: the names of the peers its configuration names; its parent when None.
            starts: whether it starts at once.
        """
        self.seats += (seat,)
        node = self._build(
            seat, ((seat.parent,) if seat.parent else ()) if peers is None else peers
        )
        if starts:
            node.start()
        return node

    def _build(self, seat: Seat, peers: Sequence[str]) -> SimNode:
        secrets = SeededBytes(f"{self.seed} keys of {seat.name}")
        keyring = Keyring((SigningKey(secrets(32)),), (secrets(32),), SigningKey(secrets(32)))
        self._names[keyring.public] = seat.name
        named = self._candidates(peers)
        folder = Path(self._folder.name) / seat.name
        node = self._machine(self, seat.name, keyring, folder, named, self._projections, self._pace)
        self.nodes[seat.name] = node
        if seat.is_dialled:
            self.wire.open_door(url_of(seat.name), node)
        return node

    def _candidates(self, names: Sequence[str]) -> list[Candidate]:
        keys = {name: self.nodes[name].keyring.public for name in names}
        return [Candidate((url_of(name),), key) for name, key in keys.items()]

    # -- looking

    def __getitem__(self, name: str) -> SimNode:
        return self.nodes[name]

    def name_of(self, key: str) -> str:
        """The name of the station with a key."""
        return self._names.get(key, key[:8])

    def honest(self) -> list[SimNode]:
        """The nodes that run and were not told to lie."""
        return [node for node in self.nodes.values() if node.is_up and node.is_honest]

    # -- founding

    def start(self) -> None:
        """Start every node; each parent admits its children as soon as it is a member itself."""
        for node in self.nodes.values():
            node.start()
        top = self.nodes[self.seats[0].name]
        top.run(self._admit_first(top))
        for name in {seat.parent: None for seat in self.seats if seat.parent}:
            self.nodes[name].run(self._admit_children(self.nodes[name]))

    def _admit_first(self, node: SimNode) -> Process:
        while not node.is_ready:
            yield Pause(1000)
        node.publish(self.carry(self.admission(self.seats[0], None)))

    def _admit_children(self, node: SimNode) -> Process:
        while node.me is None or not node.is_ready:
            yield Pause(1000)
        below = [seat for seat in self.seats if seat.parent == node.name]
        node.publisher.publish_many([(self.admission(seat, node.id), "-") for seat in below])

    def admission(self, seat: Seat, parent: str | None) -> StationAdmitted:
        """What an issuer signs to admit a seat."""
        keyring = self.nodes[seat.name].keyring
        return StationAdmitted(
            key=keyring.public,
            recovery=keyring.recovery.public,
            sealing=keyring.sealing_public,
            name=seat.name,
            memberships=(MembershipIn(hierarchy=seat.hierarchy, level=seat.level, parent=parent),),
            division=seat.division,
            endpoints=(url_of(seat.name),) if seat.is_dialled else (),
            quota=Quota(),
            from_ms=START_MS,
            until_ms=START_MS + VALID_MS,
        )

    def carry(self, record: StationAdmitted) -> ActCarried:
        """An act as the council signs it."""
        act = write_act(record)
        signers = self.council[: self._threshold]
        signed = tuple(sign_act(key, self.network.id, act) for key in signers)
        return ActCarried(act=act, signatures=signed)

    def found(self) -> None:
        """Start, and run until every node knows every other as a member."""
        self.start()
        full = len(self.seats)
        assert self.run_until(
            lambda: all(len(node.roster.stations) == full for node in self.nodes.values()), HOUR_MS
        ), "the network was not founded within an hour"

    # -- time

    def run(self, ms: int) -> None:
        """Let so much time pass."""
        self.scheduler.run(self.clock.now + ms)

    def run_until(self, is_over: Callable[[], bool], within_ms: int, every_ms: int = 1000) -> bool:
        """Let time pass until something holds, looked at every second; whether it came to hold."""
        end = self.clock.now + within_ms
        while self.clock.now < end:
            self.run(min(every_ms, end - self.clock.now))
            if is_over():
                return True
        return is_over()

    def play(self, process: Process) -> None:
        """Run a process that belongs to no machine: the hand that deals faults."""
        self.scheduler.start(process)

    # -- the end

    def close(self) -> None:
        """Stop every machine and remove what it wrote."""
        for node in self.nodes.values():
            node.crash(restart_ms=None)
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def url_of(name: str) -> str:
    """The address of a simulated node."""
    return f"http://{name}.example"


def names_of(nodes: Iterable[SimNode]) -> str:
    """Nodes in a line of text."""
    return ", ".join(node.name for node in nodes)
