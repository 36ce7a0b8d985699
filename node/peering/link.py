"""One peer, and the conversations with it: :mod:`protocol.pull` and :mod:`protocol.push` say what
to do, a :class:`Link` does it over HTTP and the store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from node.errors import NodeError
from node.outbound import Outbound
from node.peering.ahead import Ahead
from node.peering.choice import Candidate, check_public
from node.peering.health import PeerHealth, PeerState
from node.store import Reading, StoreView
from protocol.actions import Action, Conversation, Due, Look, Lost, Peer, Pushed, Take, Wait
from protocol.cursor import Cursor
from protocol.errors import Refused
from protocol.limits import WAIT_S_MAX
from protocol.messages import ChangesRequest, Hello, Request
from protocol.page import Page
from protocol.pull import pull, reconcile
from protocol.push import push
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.app import Node

FOLLOWED_MS = (WAIT_S_MAX + 10) * 1000
"""A peer whose long poll began this lately takes what is new by itself: no need to push."""
_LOOK_AGAIN_S = 15.0


class Link:
    """Keeps one peer's entries coming in and the own going out, until it is closed."""

    def __init__(self, node: "Node", outbound: Outbound, candidate: Candidate) -> None:
        self._node = node
        self._outbound = outbound
        self.candidate = candidate
        self.health = PeerHealth(candidate.urls[0], candidate.key, candidate.station)
        self._peer = Peer(node.keyring.public, candidate.key, node.network.id)
        self._config = node.config.peering
        self._caught_up = asyncio.Event()
        self._retry = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        for work in (self._pull, self._push, self._reconcile):
            self._tasks.append(asyncio.create_task(work(), name=f"{work.__name__} {self._name}"))

    async def close(self) -> None:
        """End every conversation."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def retry(self) -> None:
        """Ask again now: the peer was heard from, or the roster changed."""
        self._retry.set()

    @property
    def _name(self) -> str:
        return self.candidate.key[:8]

    # -- the three tasks ----------------------------------------------------------------------

    async def _pull(self) -> None:
        await self._keep(lambda: self.drive(pull(self._peer, self._config.wait_s)))

    async def _push(self) -> None:
        """Push while the peer does not follow by itself; first let pulling show whether it is up.

        How far was pushed is not kept: after a failure the peer says anew what it has.
        """
        await self._caught_up.wait()
        await self._keep(self._push_unless_followed)

    async def _push_unless_followed(self) -> None:
        while self._is_followed():
            await self._node.hub.wait_beyond(self._node.hub.position, _LOOK_AGAIN_S)
        await self.drive(push(self._peer, None))

    async def _reconcile(self) -> None:
        """Compare heads now and then: what feeds never showed comes to light (DESIGN 1.5)."""
        while True:
            await asyncio.sleep(self._config.reconcile_s * self._jitter())
            if self.health.state is PeerState.UP:
                with suppress(Refused, NodeError):
                    await self.drive(reconcile(self._peer, self._peer.channels))

    async def _keep(self, converse: Callable[[], Awaitable[None]]) -> None:
        """Talk; after a failure pause, twice as long each time."""
        failures = 0
        while True:
            began_ms = self._node.clock.now_ms()
            try:
                await converse()
                failures = 0
                continue
            except Refused as refused:
                state, reason = PeerState.WAITING, str(refused)
            except NodeError as error:
                state, reason = PeerState.DOWN, error.message
            has_answered = (self.health.last_ok_ms or 0) >= began_ms
            if has_answered and state is PeerState.DOWN:
                failures = 0
            await self._pause(failures, state, reason)
            failures += 1

    async def _pause(self, failures: int, state: PeerState, reason: str) -> None:
        longest_s = self._config.backoff_max_s
        pause_s = min(longest_s, self._config.backoff_s * 2 ** min(failures, 20)) * self._jitter()
        retry_ms = self._node.clock.now_ms() + int(pause_s * 1000)
        self.health.note_failure(state, reason, retry_ms)
        urls = self.candidate.urls
        self.health.url = urls[self.health.failures % len(urls)]
        self._node.log.info("peer", peer=self._name, state=str(state), why=reason)
        self._retry.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._retry.wait(), pause_s)

    def _jitter(self) -> float:
        """0.75 to 1.25, so that nodes that lost the same peer do not come back all at once."""
        return 0.75 + int.from_bytes(self._node.random(2)) / 0x20000

    def _is_followed(self) -> bool:
        seen_ms = self._node.followers.get(self.candidate.key, 0)
        return self._node.clock.now_ms() - seen_ms < FOLLOWED_MS

    # -- doing what a conversation says -------------------------------------------------------

    async def drive(self, conversation: Conversation[object]) -> None:
        """Carry out a conversation's actions, one after the other, to its end.

        Raises:
            Refused: what the peer refused and the conversation could not mend.
            UnreachableError: the peer did not answer.
        """
        ahead = Ahead(self._ask)
        reply: object = None
        refused: Refused | None = None
        try:
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
                    reply = await self._do(action, ahead)
                except Refused as fault:
                    refused = fault
        finally:
            ahead.cancel()

    async def _do(self, action: Action, ahead: Ahead) -> object:
        reply: object = None
        match action:
            case Look():
                reply = await self._look(action)
            case Take():
                reply = await self._take(action)
            case Due():
                reply = await self._due()
            case Wait():
                reply = await self._wait(action)
            case Lost():
                self._lose(action)
            case Pushed():
                pass
            case _:
                reply = await ahead.ask(action)
        return reply

    async def _look(self, action: Look) -> object:
        node = self._node
        network, key, roster = node.network.id, node.keyring.public, node.roster
        return await node.store.aread(
            lambda reading: action.read(_Holding(reading, network, key, roster))
        )

    async def _take(self, action: Take) -> object:
        key = self.candidate.key
        cursor = (key, action.cursor) if action.cursor is not None else None
        return await self._node.ingest.areceive(action.text, key, cursor)

    def _lose(self, action: Lost) -> None:
        for head in action.heads:
            self._node.publisher.note_lost(head)

    async def _due(self) -> Sequence[tuple[object, int]]:
        key, now_ms = self.candidate.key, self._node.clock.now_ms()
        held = await self._node.store.aread(lambda reading: reading.held(key, now_ms))
        return [(run.log, run.wanted) for run in held]

    async def _wait(self, action: Wait) -> bool:
        """Until there is something to push; False once the peer comes and takes it itself."""
        while not self._is_followed():
            if await self._node.hub.wait_beyond(action.position, _LOOK_AGAIN_S):
                return not self._is_followed()
        return False

    async def _ask(self, request: Request) -> object:
        if self.health.state is not PeerState.UP and not self._may_be_private():
            await check_public(self.health.url)
        reply = await self._outbound.ask(self.health.url, self.candidate.key, request)
        self.health.note_answer(self._node.clock.now_ms())
        if isinstance(reply, Hello):
            self._note_lag(reply.feed_head)
        elif isinstance(reply, Page) and isinstance(request, ChangesRequest):
            self._note_page(reply, is_all=request.channels == self._peer.channels)
        return reply

    def _may_be_private(self) -> bool:
        """Whoever runs this node named the peer, or allowed private addresses altogether."""
        known = self._node.roster.get(self.candidate.station or "")
        keys = {self.candidate.key} | {key for key, _ in (known.keys if known else ())}
        named = any(each.key in keys for each in self._node.config.peers)
        return self._config.allow_private or named

    def _note_page(self, page: Page, *, is_all: bool) -> None:
        if is_all:
            self.health.position = page.cursor.position
            if not page.more:
                self.health.lag = 0
                self._caught_up.set()

    def _note_lag(self, feed_head: int) -> None:
        self.health.lag = max(0, feed_head - (self.health.position or 0))


class _Holding(StoreView):
    """The own store as the asking side sees it: :class:`protocol.actions.Holding`."""

    def __init__(self, reading: Reading, network: str, key: str, roster: Roster) -> None:
        super().__init__(reading, network, key, roster)
        self._read = reading

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        """How far a peer's feed was taken in under a filter."""
        return self._read.cursor(peer, filter)
