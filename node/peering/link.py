"""One peer, and the conversations with it: :mod:`protocol.pull` and :mod:`protocol.push` say what
to do, a :class:`Link` does it by its :class:`~node.peering.host.Host`."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from node.errors import NodeError, UnreachableError
from node.peering.choice import Candidate
from node.peering.health import PeerHealth, PeerState
from node.peering.host import Asking, Begun, Host
from node.peering.rota import Rota
from node.store import Reading, StoreView
from protocol.actions import (
    Absent,
    Action,
    AfterLead,
    Conversation,
    Due,
    Heard,
    Lacks,
    Lead,
    Linger,
    Look,
    Lost,
    Peer,
    Pushed,
    Take,
    Wait,
)
from protocol.cursor import Cursor
from protocol.errors import Refused
from protocol.limits import PAGE_BYTES_MAX
from protocol.messages import ChangesRequest, Hello, Request
from protocol.page import Page
from protocol.pull import pull
from protocol.push import REQUEST_BYTES_MIN, push
from protocol.reconciling import visit
from protocol.roster import Roster

LEAD_FIRST_MS = 30_000
"""So long the other peers leave first contact to the lead."""
LINGER_MS = 2_000
"""So long the lead may be behind before others are asked for what they hold."""
_EVER_MS = 3_600_000


class Link:
    """Keeps one peer's entries coming in and the own going out, until it is closed."""

    look_again_ms = 15_000
    """So long a peer that follows by itself is left alone, before it is looked whether it does."""

    def __init__(
        self,
        host: Host,
        candidate: Candidate,
        find_leads: "Callable[[], Sequence[Link]]",
        followed: Callable[[], frozenset[str]],
    ) -> None:
        """Dial nobody yet.

        Args:
            host: the node.
            candidate: the peer.
            find_leads: the links whose entries come in full now.
            followed: the keys of all peers whose feeds the node reads.
        """
        self.candidate = candidate
        self.health = PeerHealth(candidate.urls[0], candidate.key, candidate.station)
        self.is_caught_up = False
        self._host = host
        self._find_leads = find_leads
        self._followed = followed
        self._peer = Peer(host.key, candidate.key, host.network, host.channels)
        self._settled = host.bell()
        self._retry = host.bell()
        self._rota = Rota()
        self._request_bytes = PAGE_BYTES_MAX
        self._begun: list[Begun] = []

    def start(self) -> None:
        """Begin."""
        for work in (self._pull, self._push, self._reconcile):
            self._begun.append(self._host.begin(work, f"{work.__name__} {self.candidate.key[:8]}"))

    def close(self) -> None:
        """End every conversation; whoever waits for this peer need not wait for it any more."""
        for each in self._begun:
            each.cancel()
        self._settled.ring()

    def retry(self) -> None:
        """Ask again now: the peer was heard from, or the roster changed."""
        self._retry.ring()

    @property
    def is_following(self) -> bool:
        """Whether the peer answers and its feed was taken to its end."""
        return self.is_caught_up and self.health.state is PeerState.UP

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels both hold, as the peer last said; all held here before it said anything."""
        return self._peer.channels

    @property
    def is_whole(self) -> bool:
        """Whether the peer holds every channel held here, as far as is known."""
        return self._peer.is_whole

    # -- the three tasks ----------------------------------------------------------------------

    async def _pull(self) -> None:
        await self._keep(lambda: self.drive(pull(self._peer, self._host.pace.wait_s)))

    async def _push(self) -> None:
        """Push while the peer does not follow by itself; first let pulling show whether it is up.

        How far was pushed is not kept: after a failure the peer says anew what it has.
        """
        while not self.is_caught_up:
            await self._settled.heard(_EVER_MS)
        await self._keep(self._push_unless_followed)

    async def _push_unless_followed(self) -> None:
        while self._is_followed():
            await self._host.wait_beyond(self._host.position, self.look_again_ms)
        try:
            await self.drive(push(self._peer, None, self._request_bytes))
        except UnreachableError:
            self._request_bytes = max(REQUEST_BYTES_MIN, self._request_bytes // 2)
            raise

    async def _reconcile(self) -> None:
        """Compare heads now and then: what feeds never showed comes to light (DESIGN 1.5)."""
        while True:
            await self._host.sleep(int(self._host.pace.reconcile_s * self._host.jitter() * 1000))
            if self.health.state is PeerState.UP:
                with suppress(Refused, NodeError):
                    await self.drive(visit(self._peer))

    async def _keep(self, converse: Callable[[], Awaitable[None]]) -> None:
        """Talk; after a failure pause, twice as long each time."""
        failures = 0
        while True:
            began_ms = self._host.now_ms()
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
        pace = self._host.pace
        pause_s = min(pace.backoff_max_s, pace.backoff_s * 2 ** min(failures, 20))
        pause_ms = int(pause_s * self._host.jitter() * 1000)
        self.health.note_failure(state, reason, self._host.now_ms() + pause_ms)
        urls = self.candidate.urls
        self.health.url = urls[self.health.failures % len(urls)]
        self._host.note_peer(self.candidate.key, str(state), reason)
        self._settled.ring()
        await self._retry.heard(pause_ms)

    def _is_followed(self) -> bool:
        return self._host.followers.takes_all(self.candidate.key, self._host.now_ms())

    # -- doing what a conversation says -------------------------------------------------------

    async def drive(self, conversation: Conversation[object]) -> None:
        """Carry out a conversation's actions, one after the other, to its end.

        Raises:
            Refused: what the peer refused and the conversation could not mend.
            UnreachableError: the peer did not answer.
        """
        asking = self._host.asking(self._ask)
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
                    reply = await self._do(action, asking)
                except Refused as fault:
                    refused = fault
        finally:
            asking.cancel()

    async def _do(self, action: Action, asking: Asking) -> object:
        reply: object = None
        match action:
            case Look():
                reply = await self._look(action)
            case Take():
                reply = await self._take(action)
            case Due():
                reply = await self._due()
            case Absent():
                reply = await self._absent()
            case Lead():
                leads = self._find_leads()
                reply = not leads or self in leads
            case AfterLead():
                await self._leave_to_lead()
            case Linger():
                await self._linger()
            case Wait():
                reply = await self._wait(action)
            case Lost() | Heard() | Lacks() | Pushed():
                self._note(action)
            case _:
                reply = await asking.ask(action)
        return reply

    def _note(self, action: Lost | Heard | Lacks | Pushed) -> None:
        """Pass on what a conversation found out."""
        match action:
            case Lost():
                for head in action.heads:
                    self._host.note_lost(head)
            case Heard():
                self._host.note_heard(self.candidate.key)
            case Lacks():
                self.health.note_lacking(action.ranges, self._host.now_ms())
            case Pushed():
                self._note_pushed(action)

    async def _look(self, action: Look) -> object:
        host, followed = self._host, self._followed()
        network, key, roster, channels = host.network, host.key, host.roster, host.channels
        return await host.read(
            lambda reading: action.read(_Holding(reading, network, key, roster, channels, followed))
        )

    async def _take(self, action: Take) -> object:
        key = self.candidate.key
        cursor = (key, action.cursor) if action.cursor is not None else None
        return await self._host.receive(action.text, key, cursor)

    async def _due(self) -> Sequence[tuple[object, int]]:
        key, now_ms = self.candidate.key, self._host.now_ms()
        held = await self._host.read(lambda reading: reading.held(key, now_ms))
        return [(run.log, run.wanted) for run in held]

    async def _absent(self) -> Sequence[object]:
        now_ms = self._host.elapsed_ms()
        return await self._host.read(
            lambda reading: self._rota.next_turn(reading, now_ms, self.channels)
        )

    async def _leave_to_lead(self) -> None:
        """Wait until the leads have taken what their peers have; others may lead meanwhile.

        What this peer holds is known by now: whoever took it for a lead looks again.
        """
        self._settled.ring()
        end_ms = self._host.elapsed_ms() + LEAD_FIRST_MS
        while (left_ms := end_ms - self._host.elapsed_ms()) > 0:
            leads = self._find_leads()
            behind = next((lead for lead in leads if not lead.is_following), None)
            if behind is None or self in leads:
                return
            await behind._settled.heard(left_ms)

    async def _linger(self) -> None:
        await self._host.sleep(LINGER_MS)

    async def _wait(self, action: Wait) -> int | None:
        """How long it took until there was something to push; None once the peer takes it itself.

        The peer may have begun to ask while this one slept.
        """
        if self._is_followed():
            return None
        began_ms = self._host.elapsed_ms()
        await self._host.wait_beyond(action.position, action.at_most_ms)
        return None if self._is_followed() else self._host.elapsed_ms() - began_ms

    async def _ask(self, request: Request) -> object:
        reply = await self._host.ask(self, request)
        self.health.note_answer(self._host.now_ms())
        self._host.holdings.note_reply(self.candidate.key, reply)
        if isinstance(reply, Hello):
            self.health.channels = reply.channels
            self.health.lag = max(0, reply.feed_head - (self.health.position or 0))
        elif isinstance(reply, Page) and isinstance(request, ChangesRequest):
            self._note_page(reply, is_all=request.channels == self._peer.channels)
        return reply

    def _note_page(self, page: Page, *, is_all: bool) -> None:
        if is_all:
            self.health.position = page.cursor.position
            if not page.more:
                self.health.lag = 0
                self.is_caught_up = True
                self._settled.ring()

    def _note_pushed(self, _: Pushed) -> None:
        self._request_bytes = min(PAGE_BYTES_MAX, 2 * self._request_bytes)


class _Holding(StoreView):
    """The own store as the asking side sees it: :class:`protocol.actions.Holding`."""

    def __init__(
        self,
        reading: Reading,
        network: str,
        key: str,
        roster: Roster,
        channels: Sequence[str],
        followed: frozenset[str],
    ) -> None:
        super().__init__(reading, network, key, roster, channels)
        self.followed = followed
        self._read = reading

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        """How far a peer's feed was taken in under a filter."""
        return self._read.cursor(peer, filter)
