"""A running node as its conversations see it: asyncio, HTTP, threads for the store."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from node.errors import UnreachableError
from node.outbound import Outbound
from node.peering.ahead import Ahead
from node.peering.choice import check_public
from node.peering.health import PeerState
from node.peering.host import Ask, Asking, Pace, Work
from node.peering.member import MemberHost
from node.store import Reading
from protocol.cursor import Cursor
from protocol.heads import Head
from protocol.messages import Outcome, Request
from protocol.sync import Response

if TYPE_CHECKING:
    from node.app import Node
    from node.peering.link import Link

T = TypeVar("T")


class RunningBell:
    """Wakes whoever waits for it now: :class:`node.peering.host.Bell`."""

    def __init__(self) -> None:
        """Silent."""
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake them."""
        self._event.set()

    async def heard(self, at_most_ms: int) -> bool:
        """Wait until it rings; False after so many milliseconds."""
        self._event.clear()
        try:
            async with asyncio.timeout(at_most_ms / 1000):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


class RunningHost(MemberHost):
    """:class:`node.peering.host.Host` of a running node."""

    def __init__(self, node: "Node") -> None:
        """Dial nobody yet."""
        super().__init__(node)
        self._node = node
        self._outbound: Outbound | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to dial."""
        node = self._node
        timeout_s = node.config.peering.timeout_s
        self._outbound = Outbound(node.keyring.signing, node.clock, timeout_s=timeout_s)

    async def close(self) -> None:
        """End everything that was begun, and every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._outbound is not None:
            await self._outbound.close()
            self._outbound = None

    # -- the node

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it holds."""
        return self._node.scope.held

    @property
    def pace(self) -> Pace:
        """How it seeks its peers."""
        return self._node.config.peering

    @property
    def position(self) -> int:
        """The feed's visible head."""
        return self._node.hub.position

    @property
    def is_closed(self) -> bool:
        """Whether it is stopping."""
        return self._node.hub.closed

    # -- time

    def elapsed_ms(self) -> int:
        """A clock that never runs back."""
        return int(asyncio.get_running_loop().time() * 1000)

    async def sleep(self, ms: int) -> None:
        """Let time pass."""
        await asyncio.sleep(ms / 1000)

    async def wait_beyond(self, position: int, ms: int) -> bool:
        """Wait until the feed is beyond a position; whether it is."""
        return await self._node.hub.wait_beyond(position, ms / 1000)

    def bell(self) -> RunningBell:
        """A new bell."""
        return RunningBell()

    def begin(self, work: Work, name: str) -> "asyncio.Task[None]":
        """Start something; it ends with the node at the latest."""
        task = asyncio.create_task(work(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- the store, and others

    async def read(self, closure: Callable[[Reading], T]) -> T:
        """Look at the store at one moment."""
        return await self._node.store.aread(closure)

    async def receive(
        self, text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """Take log text in through the one door."""
        return await self._node.ingest.areceive(text, source, cursor)

    async def ask(self, link: "Link", request: Request) -> Response:
        """Send a request to a link's peer; addresses of the registry only where they are public.

        Raises:
            Refused: what the peer refused.
            UnreachableError: it did not answer, or must not be dialled.
        """
        if self._outbound is None:
            raise UnreachableError("this node is stopping")
        if link.health.state is not PeerState.UP and not self._may_be_private(link):
            await check_public(link.health.url)
        return await self._outbound.ask(link.health.url, link.candidate.key, request)

    def _may_be_private(self, link: "Link") -> bool:
        """Whoever runs this node named the peer, or allowed private addresses altogether."""
        config = self._node.config
        known = self.roster.get(link.candidate.station or "")
        keys = {link.candidate.key} | {key for key, _ in (known.keys if known else ())}
        return config.peering.allow_private or any(each.key in keys for each in config.peers)

    def asking(self, ask: Ask) -> Asking:
        """Send a conversation's requests by ``ask``, the next page of a long feed ahead."""
        return Ahead(ask)

    def note_lost(self, head: Head) -> None:
        """A peer holds more of the node's own log than it does."""
        self._node.publisher.note_lost(head)

    def note_peer(self, key: str, state: str, why: str) -> None:
        """Log that a peer failed."""
        self._node.log.info("peer", peer=key[:8], state=state, why=why)
