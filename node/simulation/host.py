"""A simulated node as its conversations see it: virtual time, wires in memory, a store called here.

The links, the choice of peers and the answers are those of a running node (:mod:`node.peering`,
:mod:`node.answering`); their coroutines run as processes of the scheduler.
"""

import types
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from node.peering.host import Ask, Pace, Work
from node.peering.link import Link
from node.peering.member import MemberHost
from node.simulation.scheduler import Bell, Listen, Pause, Task
from node.store import Reading
from protocol.cursor import Cursor
from protocol.heads import Head
from protocol.messages import Outcome, Request
from protocol.sync import Response

if TYPE_CHECKING:
    from node.simulation.machine import SimNode

T = TypeVar("T")
Waits = Generator[Pause | Listen, bool, T]


@dataclass(frozen=True, slots=True)
class SimPace:
    """How a node seeks its peers; the defaults are the configuration's."""

    wait_s: int = 55
    backoff_s: float = 10
    backoff_max_s: float = 3600
    reconcile_s: float = 3600


def steps(work: Callable[[], Coroutine[Any, Any, T]]) -> Waits[T]:
    """A coroutine as a process: what it awaits in the end is what a process yields."""
    return (yield from work().__await__())


@types.coroutine
def until(process: Waits[T]) -> Waits[T]:
    """A process as something a coroutine can await."""
    return (yield from process)


def _listen(bell: Bell, ms: int) -> Waits[bool]:
    return (yield Listen(bell, ms))


def _pause(ms: int) -> Waits[None]:
    yield Pause(ms)


class SimBell:
    """:class:`node.peering.host.Bell` in virtual time."""

    def __init__(self) -> None:
        """Silent."""
        self._bell = Bell()

    def ring(self) -> None:
        """Wake whoever waits now."""
        self._bell.ring()

    async def heard(self, at_most_ms: int) -> bool:
        """Wait until it rings; False after so many milliseconds."""
        return await until(_listen(self._bell, at_most_ms))


class Straight:
    """Sends requests when they are asked for, none ahead: :class:`node.peering.host.Asking`."""

    def __init__(self, ask: Ask) -> None:
        """Send by ``ask``."""
        self._ask = ask

    async def ask(self, request: Request) -> object:
        """Send a request, wait for its answer."""
        return await self._ask(request)

    def cancel(self) -> None:
        """Nothing is under way."""


class SimHost(MemberHost):
    """:class:`node.peering.host.Host` of a simulated node."""

    def __init__(self, node: "SimNode", pace: Pace) -> None:
        """Dial nobody yet."""
        super().__init__(node)
        self._node = node
        self._pace = pace

    # -- the node

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it holds."""
        return self._node.channels

    @property
    def pace(self) -> Pace:
        """How it seeks its peers."""
        return self._pace

    @property
    def position(self) -> int:
        """The feed's visible head."""
        return self._node.position

    @property
    def is_closed(self) -> bool:
        """Whether it is down."""
        return not self._node.is_up

    # -- time

    def elapsed_ms(self) -> int:
        """A clock that never runs back."""
        return self._node.world.clock.now

    async def sleep(self, ms: int) -> None:
        """Let time pass."""
        await until(_pause(ms))

    async def wait_beyond(self, position: int, ms: int) -> bool:
        """Wait until the feed is beyond a position; whether it is."""
        return await until(self._node.wait_beyond(position, ms))

    def bell(self) -> SimBell:
        """A new bell."""
        return SimBell()

    def begin(self, work: Work, name: str) -> Task:
        """Start something; it ends with the node at the latest."""
        return self._node.run(steps(work))

    # -- the store, and others

    async def read(self, closure: Callable[[Reading], T]) -> T:
        """Look at the store at one moment."""
        return self._node.store.read(closure)

    async def receive(
        self, text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """Take log text in through the one door."""
        return self._node.ingest.receive(text, source, cursor)

    async def ask(self, link: Link, request: Request) -> Response:
        """Send a request to a link's peer.

        Raises:
            Refused: what the peer refused.
            UnreachableError: it did not answer.
        """
        wire, key = self._node.world.wire, link.candidate.key
        return await until(wire.ask(self._node, link.health.url, key, request))

    def asking(self, ask: Ask) -> Straight:
        """Send a conversation's requests by ``ask``."""
        return Straight(ask)

    def note_lost(self, head: Head) -> None:
        """A peer holds more of the node's own log than it does."""
        self._node.publisher.note_lost(head)
        self._node.note("lost entries of its own")

    def note_peer(self, key: str, state: str, why: str) -> None:
        """Write into the trace that a peer failed."""
        self._node.note(f"peer {self._node.world.name_of(key)}: {why}")
