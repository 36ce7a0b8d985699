"""A node of the simulated world: production store, door, pen, peer choice and conversations."""

from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from node.errors import NodeError
from node.holdings import Holdings
from node.ingest import Ingest
from node.jobs import JOBS
from node.keyring import Keyring
from node.peering.choice import Candidate
from node.peering.circle import Circle
from node.peering.host import Followers
from node.peering.link import Link
from node.projection import Projection
from node.publish import Publisher
from node.recovery import RECOVER_S, Recovery
from node.scope import Scope, order_channels
from node.settings import MailConfig, ServiceConfig
from node.simulation.chance import SeededBytes
from node.simulation.disk import DATABASE, GUARD, Moment, SimGuard, SimStore, Snapshot, wipe
from node.simulation.duties import do_now_and_then
from node.simulation.host import SimHost, SimPace, steps
from node.simulation.scheduler import Bell, Crash, Listen, LocalClock, Pause, Process, Task
from node.simulation.wire import Traffic
from node.store import Reading, Store
from protocol.cursor import Cursor
from protocol.entry import Entry
from protocol.header import LogId
from protocol.limits import CHANNELS
from protocol.messages import Outcome, Request
from protocol.records import Record
from protocol.roster import Roster, Station
from protocol.sync import Response

if TYPE_CHECKING:
    from node.simulation.world import World
    from node.store import Writing

RESTART_MS = 5_000


class Tamper(Protocol):
    """What a lying node makes of an answer before it goes out."""

    def __call__(self, request: Request, response: Response, /) -> bytes: ...


class SimIngest(Ingest):
    """The production door; the world is told what came of every run, after the commit."""

    told: Callable[[bytes, Sequence[Outcome]], None] = staticmethod(lambda _text, _: None)

    def take(
        self, tx: "Writing", text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """:meth:`Ingest.take`."""
        outcomes = super().take(tx, text, source, cursor)
        tx.after_commit.append(lambda: self.told(text, outcomes))
        return outcomes


class SimNode:
    """One machine: its disk, its clock, and the process on it while it runs."""

    def __init__(
        self,
        world: "World",
        name: str,
        keyring: Keyring,
        folder: Path,
        peers: Sequence[Candidate],
        projections: Sequence[Projection],
        pace: SimPace,
    ) -> None:
        self.world = world
        self.name = name
        self.keyring = keyring
        self.network = world.network
        self.folder = folder
        self.clock = LocalClock(world.clock)
        self.random = SeededBytes(f"{world.seed} {name}")
        self.traffic = Traffic()
        self.followers = Followers()
        self.host = SimHost(self, pace)
        self.tamper: Tamper | None = None
        self.doom: Moment | None = None
        self.is_up = False
        self.recovery = Recovery()
        self.holdings = Holdings((), self.clock)
        self.feed_rows = world.feed_rows
        self.service = ServiceConfig()
        self.mail = MailConfig()
        self.channels: tuple[str, ...] = CHANNELS
        self.search = None
        self.files = None
        self.is_honest = True
        self.is_retired = False
        self.has_lost_state = False
        self.position = 0
        self.crashes = 0
        self._peers = tuple(peers)
        self._projections = tuple(projections)
        self._moved = Bell()
        self.circle = self.gather_peers()
        self._tasks: list[Task] = []
        self._snapshots = 0

    # -- the process

    def start(self) -> None:
        """Open the disk, and begin to talk."""
        assert not self.is_up
        self.folder.mkdir(parents=True, exist_ok=True)
        self.disk = SimStore.open(
            f"sqlite:///{DATABASE}", self.folder, inline=True, clock=self.clock
        )
        self.store: Store = self.disk
        self.ingest = SimIngest(
            self.store, self.network, self.clock, self._projections, self.channels
        )
        self.ingest.told = lambda text, outcomes: self.world.ledger.note(self, text, outcomes)
        self.ingest.on_stored.append(self._wake)
        guard = SimGuard(self.folder / GUARD, self._strike)
        self.recovery = Recovery()
        self.recovery.begin(self.clock.now_ms() + RECOVER_S * 1000)
        self.holdings = Holdings((key.public for key in self.keyring.signing_keys), self.clock)
        self.store.read(self.holdings.load)
        self.publisher = Publisher(
            self.store, self.ingest, self.keyring, self.network, self.clock, guard, self.random,
            self.recovery, Scope(self.channels),
        )  # fmt: skip
        self.disk.strike = self._strike
        self.disk.will_tear = lambda: self.doom is Moment.IN_COMMIT
        self.position = self.store.visible
        self.feed_epoch = self.store.read(lambda reading: reading.feed_epoch)
        self.is_up = True
        self.circle = self.gather_peers()
        self.circle.dial()
        self.run(steps(self.circle.keep))
        self.run(self._stop_waiting())
        for job in JOBS:
            self.run(do_now_and_then(self, job))
        self.note("started")

    def _stop_waiting(self) -> Process:
        yield Pause(RECOVER_S * 1000)
        self.recovery.give_up()

    def crash(self, restart_ms: int | None = RESTART_MS) -> None:
        """The process dies; what was committed stays. It comes up again after ``restart_ms``."""
        if not self.is_up:
            return
        self.note("crashed")
        self.crashes += 1
        self.doom = None
        self._stop()
        (self.folder / "lock").write_text("1\n")
        if restart_ms is not None:
            self.world.scheduler.after(restart_ms, self.revive)

    def retire(self) -> None:
        """The machine goes for good."""
        self.crash(restart_ms=None)
        self.is_retired = True

    def revive(self) -> None:
        """Start again, if nobody else has."""
        if not self.is_up and not self.is_retired:
            self.start()

    def _stop(self) -> None:
        self.is_up = False
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        self.circle.close()
        self.followers.clear()
        self._moved = Bell()
        self.store.close()

    def run(self, process: Process) -> Task:
        """Run a process of this machine; it ends when the machine's process dies."""
        if len(self._tasks) > 256:
            self._tasks = [task for task in self._tasks if not task.is_done]
        task = self.world.scheduler.start(self._guarded(process))
        self._tasks.append(task)
        return task

    def _guarded(self, process: Process) -> Process:
        try:
            yield from process
        except Crash:
            self.crash()

    def _strike(self, moment: Moment) -> None:
        if self.doom is moment:
            self.doom = None
            self.note(f"dies {moment}")
            raise Crash

    # -- the disk

    def snapshot(self) -> Snapshot:
        """Copy the disk as it is now."""
        self._snapshots += 1
        return Snapshot(self.folder, self._snapshots)

    def roll_back(self, snapshot: Snapshot | None, *, with_guard: bool = False) -> None:
        """Put an older copy of the disk in place, None for an empty one, and start from it."""
        if self.is_up:
            self._stop()
        if snapshot is None:
            wipe(self.folder)
            if with_guard:
                (self.folder / GUARD).unlink(missing_ok=True)
        else:
            snapshot.restore(self.folder, with_guard=with_guard)
        self.has_lost_state = True
        self.note("disk rolled back" if snapshot else "disk lost")
        self.start()
        self.world.ledger.forget(self, self.store.read(lasts_in))

    # -- what it knows and says

    @property
    def roster(self) -> Roster:
        """Who takes part, as this node knows."""
        return self.ingest.roster

    @property
    def me(self) -> Station | None:
        """This station, None before it is admitted."""
        return self.roster.station_of(self.keyring.public)

    @property
    def is_ready(self) -> bool:
        """Whether it runs and may sign."""
        return self.is_up and self.recovery.is_ready

    @property
    def id(self) -> str:
        """This station's lasting id."""
        assert self.me is not None
        return self.me.id

    def publish(self, record: Record, subject: str = "-") -> Entry | None:
        """Sign and store a record; None when the node cannot now, or dies of it."""
        if not self.is_up:
            return None
        try:
            entry = self.publisher.publish(record, subject)
        except NodeError as error:
            self.note(f"cannot publish {record.KIND}: {error.message}")
            return None
        except Crash:
            self.crash()
            return None
        self.note(f"published {record.KIND}")
        return entry

    def note(self, what: str) -> None:
        """Write into the trace."""
        self.world.trace.note(self.name, what)

    # -- the feed

    def wait_beyond(self, position: int, ms: int) -> Generator[Pause | Listen, bool, bool]:
        """Sleep until the feed is beyond a position; whether it is."""
        end = self.world.clock.now + ms
        while self.position <= position and self.world.clock.now < end:
            yield Listen(self._moved, end - self.world.clock.now)
        return self.position > position

    def _wake(self, _: list[LogId], position: int) -> None:
        self.position = max(self.position, position)
        self._moved.ring()

    # -- its peers

    def name_peers(self, peers: Sequence[Candidate]) -> None:
        """Say which peers its configuration names."""
        self._peers = tuple(peers)

    def heard_from(self, key: str) -> None:
        """A station called: if it is a peer that was down, it need not be waited for."""
        self.circle.retry(key)

    def gather_peers(self) -> Circle:
        """The peers it keeps, none of them dialled yet."""
        return Circle(self.host, self._peers, allow_private=True)

    def hold(self, *channels: str) -> None:
        """From its next start on it holds these channels and the registry, and no others."""
        self.channels = order_channels(channels)

    def links(self) -> Iterable[Link]:
        """Its peers now."""
        return self.circle.links.values()


def lasts_in(reading: Reading) -> dict[LogId, int]:
    """The last seq held of every log."""
    authors = reading.authors()
    return {log.log: log.tail.seq for author in authors for log in reading.logs(author)}
