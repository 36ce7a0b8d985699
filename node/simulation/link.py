"""One peer of a simulated node: the production conversations, driven without asyncio.

The twin of :mod:`node.peering.link`: the same three tasks, the same back-off, the same answers to
the actions of :mod:`protocol.pull` and :mod:`protocol.push`.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from node.errors import NodeError
from node.peering.choice import Candidate
from node.simulation.scheduler import Bell, Listen, Pause, Process, Task
from node.store import Reading, StoreView
from protocol.actions import Action, Conversation, Due, Look, Lost, Peer, Pushed, Take, Wait
from protocol.cursor import Cursor
from protocol.errors import Refused
from protocol.limits import WAIT_S_MAX
from protocol.messages import ChangesRequest
from protocol.page import Page
from protocol.pull import pull, reconcile
from protocol.push import push
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.simulation.machine import SimNode

FOLLOWED_MS = (WAIT_S_MAX + 10) * 1000
_LOOK_AGAIN_MS = 15_000

Waits = Generator[Pause | Listen, bool, None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a node seeks its peers; the defaults are the configuration's."""

    wait_s: int = 55
    backoff_s: float = 10
    backoff_max_s: float = 3600
    reconcile_s: float = 3600


class SimLink:
    """Keeps one peer's entries coming in and the own going out, until it is closed."""

    def __init__(self, node: "SimNode", candidate: Candidate, pace: Pace) -> None:
        self.candidate = candidate
        self.failures = 0
        self.is_up = False
        self.is_caught_up = False
        self._last_ok_ms = 0
        self._node = node
        self._pace = pace
        self._peer = Peer(node.keyring.public, candidate.key, node.network.id)
        self._caught_up = Bell()
        self._retry = Bell()
        self._tasks: list[Task] = []

    def start(self) -> None:
        """Begin."""
        for work in (self._pull, self._push, self._reconcile):
            self._tasks.append(self._node.run(work()))

    def close(self) -> None:
        """End every conversation."""
        for task in self._tasks:
            task.cancel()

    def retry(self) -> None:
        """Ask again now."""
        self._retry.ring()

    # -- the three tasks

    def _pull(self) -> Process:
        yield from self._keep(lambda: self.drive(pull(self._peer, self._pace.wait_s)))

    def _push(self) -> Process:
        while not self.is_caught_up:
            yield Listen(self._caught_up, 3_600_000)
        yield from self._keep(self._push_unless_followed)

    def _push_unless_followed(self) -> Waits:
        while self._is_followed():
            yield from self._node.wait_beyond(self._node.position, _LOOK_AGAIN_MS)
        yield from self.drive(push(self._peer, None))

    def _reconcile(self) -> Process:
        while True:
            yield Pause(int(self._pace.reconcile_s * self._jitter() * 1000))
            if self.is_up:
                with suppress(Refused, NodeError):
                    yield from self.drive(reconcile(self._peer, self._peer.channels))

    def _keep(self, converse: Callable[[], Waits]) -> Waits:
        """Talk; after a failure pause, twice as long each time."""
        failures = 0
        while True:
            began_ms = self._node.clock.now_ms()
            try:
                yield from converse()
                failures = 0
                continue
            except (Refused, NodeError) as error:
                self._node.note(f"peer {self._node.world.name_of(self.candidate.key)}: {error}")
                if isinstance(error, NodeError) and self._last_ok_ms >= began_ms:
                    failures = 0
            yield from self._pause(failures)
            failures += 1

    def _pause(self, failures: int) -> Waits:
        pace = self._pace
        pause_s = min(pace.backoff_max_s, pace.backoff_s * 2 ** min(failures, 20)) * self._jitter()
        self.failures += 1
        self.is_up = False
        yield Listen(self._retry, int(pause_s * 1000))

    def _jitter(self) -> float:
        return 0.75 + int.from_bytes(self._node.random(2)) / 0x20000

    def _is_followed(self) -> bool:
        seen_ms = self._node.followers.get(self.candidate.key, 0)
        return self._node.clock.now_ms() - seen_ms < FOLLOWED_MS

    # -- doing what a conversation says

    def drive(self, conversation: Conversation[object]) -> Waits:
        """Carry out a conversation's actions, one after the other, to its end.

        Raises:
            Refused: what the peer refused and the conversation could not mend.
            UnreachableError: the peer did not answer.
        """
        reply: object = None
        refused: Refused | None = None
        while True:
            try:
                if refused is None:
                    action = conversation.send(reply)
                else:
                    action = conversation.throw(refused)
            except StopIteration:
                return
            refused = None
            try:
                reply = yield from self._do(action)
            except Refused as fault:
                refused = fault

    def _do(self, action: Action) -> Generator[Pause | Listen, bool, object]:
        if isinstance(action, Wait):
            return (yield from self._wait(action))
        if isinstance(action, Look | Take | Due | Lost | Pushed):
            return self._do_here(action)
        reply = yield from self._node.world.wire.ask(
            self._node, self._url(), self.candidate.key, action
        )
        self.is_up, self.failures = True, 0
        self._last_ok_ms = self._node.clock.now_ms()
        if isinstance(reply, Page) and isinstance(action, ChangesRequest):
            self._note_page(reply, is_all=action.channels == self._peer.channels)
        return reply

    def _do_here(self, action: Look | Take | Due | Lost | Pushed) -> object:
        reply: object = None
        match action:
            case Look():
                reply = self._look(action)
            case Take():
                reply = self._take(action)
            case Due():
                reply = self._due()
            case Lost():
                for head in action.heads:
                    self._node.publisher.note_lost(head)
                self._node.note("lost entries of its own, and has them again")
            case Pushed():
                pass
        return reply

    def _url(self) -> str:
        urls = self.candidate.urls
        return urls[self.failures % len(urls)]

    def _look(self, action: Look) -> object:
        node = self._node
        network, key, roster = node.network.id, node.keyring.public, node.roster
        return node.store.read(lambda reading: action.read(_Holding(reading, network, key, roster)))

    def _take(self, action: Take) -> Sequence[object]:
        key = self.candidate.key
        cursor = (key, action.cursor) if action.cursor is not None else None
        return self._node.ingest.receive(action.text, key, cursor)

    def _due(self) -> list[tuple[object, int]]:
        key, now_ms = self.candidate.key, self._node.clock.now_ms()
        held = self._node.store.read(lambda reading: reading.held(key, now_ms))
        return [(run.log, run.wanted) for run in held]

    def _wait(self, action: Wait) -> Generator[Pause | Listen, bool, bool]:
        while not self._is_followed():
            if (yield from self._node.wait_beyond(action.position, _LOOK_AGAIN_MS)):
                return not self._is_followed()
        return False

    def _note_page(self, page: Page, *, is_all: bool) -> None:
        if is_all and not page.more and not self.is_caught_up:
            self.is_caught_up = True
            self._caught_up.ring()


class _Holding(StoreView):
    """The own store as the asking side sees it: :class:`protocol.actions.Holding`."""

    def __init__(self, reading: Reading, network: str, key: str, roster: Roster) -> None:
        super().__init__(reading, network, key, roster)
        self._read = reading

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        """How far a peer's feed was taken in under a filter."""
        return self._read.cursor(peer, filter)
