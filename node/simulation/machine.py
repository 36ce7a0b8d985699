"""A node of the simulated world: production store, door, pen, peer choice and conversations."""

from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from node.errors import NodeError
from node.ingest import Ingest
from node.keyring import Keyring
from node.peering.choice import Candidate, choose_peers
from node.projection import Projection
from node.publish import Publisher
from node.simulation.chance import SeededBytes
from node.simulation.disk import DATABASE, GUARD, Moment, SimGuard, SimStore, Snapshot, wipe
from node.simulation.link import Pace, SimLink
from node.simulation.scheduler import Bell, Crash, Listen, LocalClock, Pause, Process, Task
from node.simulation.wire import Traffic
from node.store import Reading, Store
from protocol.cursor import Cursor
from protocol.entry import Entry
from protocol.header import LogId
from protocol.messages import Outcome, Request
from protocol.records import Record
from protocol.roster import Roster, Station
from protocol.sync import Response

if TYPE_CHECKING:
    from node.simulation.world import World
    from node.store import Writing

CHOOSE_MS = 30_000
FAILURES_MAX = 3
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
        pace: Pace,
    ) -> None:
        self.world = world
        self.name = name
        self.keyring = keyring
        self.network = world.network
        self.folder = folder
        self.clock = LocalClock(world.clock)
        self.random = SeededBytes(f"{world.seed} {name}")
        self.traffic = Traffic()
        self.followers: dict[str, int] = {}
        self.tamper: Tamper | None = None
        self.doom: Moment | None = None
        self.is_up = False
        self.is_ready = False
        self.is_honest = True
        self.has_lost_state = False
        self.position = 0
        self.crashes = 0
        self._peers = tuple(peers)
        self._projections = tuple(projections)
        self._pace = pace
        self._moved = Bell()
        self._links: dict[str, SimLink] = {}
        self._failures: dict[str, int] = {}
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
        self.ingest = SimIngest(self.store, self.network, self.clock, self._projections)
        self.ingest.told = lambda text, outcomes: self.world.ledger.note(self, text, outcomes)
        self.ingest.on_stored.append(self._wake)
        guard = SimGuard(self.folder / GUARD, self._strike)
        self.publisher = Publisher(
            self.store, self.ingest, self.keyring, self.network, self.clock, guard, self.random
        )
        self.disk.strike = self._strike
        self.position = self.store.visible
        self.feed_epoch = self.store.read(lambda reading: reading.feed_epoch)
        self.is_up = True
        self.run(self._keep_peers())
        self.note("started")

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

    def revive(self) -> None:
        """Start again, if nobody else has."""
        if not self.is_up:
            self.start()

    def _stop(self) -> None:
        self.is_up = False
        self.is_ready = False
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        self._links.clear()
        self._failures.clear()
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
        link = self._links.get(key)
        if link is not None:
            link.retry()

    def links(self) -> Iterable[SimLink]:
        """Its peers now."""
        return self._links.values()

    def _keep_peers(self) -> Process:
        while True:
            roster = self.roster
            self._choose()
            end = self.world.clock.now + CHOOSE_MS
            while self.roster is roster and self.world.clock.now < end:
                yield from self.wait_beyond(self.position, end - self.world.clock.now)
            if self.roster is not roster:
                for link in self._links.values():
                    link.retry()

    def _choose(self) -> None:
        """Let go of who is not chosen any more, dial who is."""
        for candidate in self._chosen():
            self._links[candidate.key] = self._link_to(candidate)
            self._links[candidate.key].start()

    def _link_to(self, candidate: Candidate) -> SimLink:
        return SimLink(self, candidate, self._pace)

    def _chosen(self) -> list[Candidate]:
        """Whom to dial anew; links to who is not chosen any more are closed."""
        self._failures.update((key, link.failures) for key, link in self._links.items())
        chosen = choose_peers(
            self.roster,
            self.me,
            self._peers,
            allow_private=True,
            is_healthy=lambda key: self._failures.get(key, 0) < FAILURES_MAX,
        )
        wanted = {each.key: each for each in chosen if each.key != self.keyring.public}
        for key, link in list(self._links.items()):
            if key not in wanted or wanted[key].urls != link.candidate.urls:
                del self._links[key]
                link.close()
        return [each for key, each in wanted.items() if key not in self._links]


def lasts_in(reading: Reading) -> dict[LogId, int]:
    """The last seq held of every log."""
    authors = reading.authors()
    return {log.log: log.tail.seq for author in authors for log in reading.logs(author)}
