"""What conversations with other stations need of the node they belong to.

A running node gives it by asyncio, a simulated one by its own clock; what lies between, the links,
the choice of peers and the answers, is the same code, as coroutines do not know who drives them.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from node.holdings import Holdings
from node.store import Reading
from protocol.cursor import Cursor
from protocol.heads import Head
from protocol.limits import WAIT_S_MAX
from protocol.messages import Outcome, Request
from protocol.roster import Roster, Station
from protocol.sync import Response

if TYPE_CHECKING:
    from node.peering.link import Link

T = TypeVar("T")
Ask = Callable[[Request], Awaitable[object]]
Work = Callable[[], Coroutine[Any, Any, None]]

FOLLOWED_MS = (WAIT_S_MAX + 10) * 1000
"""Whose long poll began this lately takes what is new by itself: no need to push."""


class Pace(Protocol):
    """How a node seeks and follows its peers, as configured; seconds."""

    @property
    def wait_s(self) -> int: ...
    @property
    def backoff_s(self) -> float: ...
    @property
    def backoff_max_s(self) -> float: ...
    @property
    def reconcile_s(self) -> float: ...


class Bell(Protocol):
    """Wakes whoever waits for it now."""

    def ring(self) -> None:
        """Wake them."""
        ...

    async def heard(self, at_most_ms: int) -> bool:
        """Wait until it rings; False after so many milliseconds."""
        ...


class Begun(Protocol):
    """Something under way."""

    def cancel(self) -> object:
        """End it where it waits."""
        ...


class Asking(Protocol):
    """Sends the requests of one conversation."""

    async def ask(self, request: Request) -> object:
        """Send a request, wait for its answer."""
        ...

    def cancel(self) -> None:
        """The conversation is over."""
        ...


class Followers(dict[str, int]):
    """Who reads this node's feed: by key, when each asked last (Unix ms).

    Some take runs, others only ask where logs stand.
    """

    def __init__(self) -> None:
        """Nobody asked yet."""
        super().__init__()
        self._in_full: set[str] = set()

    def note(self, key: str, now_ms: int, *, in_full: bool) -> None:
        """A member asked for what is new."""
        self[key] = now_ms
        (self._in_full.add if in_full else self._in_full.discard)(key)

    def takes_all(self, key: str, now_ms: int) -> bool:
        """Whether that station takes every run by itself: it need not be pushed."""
        return key in self._in_full and now_ms - self.get(key, 0) < FOLLOWED_MS

    def clear(self) -> None:
        """Forget them."""
        super().clear()
        self._in_full.clear()


class Host(Protocol):
    """A node, as its conversations see it. Times are milliseconds."""

    @property
    def followers(self) -> Followers:
        """Who reads its feed."""
        ...

    @property
    def key(self) -> str:
        """Its public key."""
        ...

    @property
    def network(self) -> str:
        """The network's id."""
        ...

    @property
    def roster(self) -> Roster:
        """Who is a member."""
        ...

    @property
    def me(self) -> Station | None:
        """The station, None before it is admitted."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it holds."""
        ...

    @property
    def pace(self) -> Pace:
        """How it seeks its peers."""
        ...

    @property
    def holdings(self) -> Holdings:
        """What peers said of their copies of own entries (P1)."""
        ...

    @property
    def position(self) -> int:
        """The feed's visible head."""
        ...

    @property
    def feed_epoch(self) -> int:
        """Which feed its positions belong to."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether it is stopping."""
        ...

    def now_ms(self) -> int:
        """Unix time by its clock."""
        ...

    def elapsed_ms(self) -> int:
        """A clock that never runs back."""
        ...

    def jitter(self) -> float:
        """0.75 to 1.25, so that nodes that lost the same peer do not come back all at once."""
        ...

    async def read(self, closure: Callable[[Reading], T]) -> T:
        """Look at the store at one moment."""
        ...

    async def receive(
        self, text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """Take log text in through the one door."""
        ...

    async def ask(self, link: "Link", request: Request) -> Response:
        """Send a request to a link's peer; raises Refused or UnreachableError."""
        ...

    def asking(self, ask: Ask) -> Asking:
        """Send a conversation's requests by ``ask``."""
        ...

    async def sleep(self, ms: int) -> None:
        """Let time pass."""
        ...

    async def wait_beyond(self, position: int, ms: int) -> bool:
        """Wait until the feed is beyond a position; whether it is."""
        ...

    def bell(self) -> Bell:
        """A new bell."""
        ...

    def begin(self, work: Work, name: str) -> Begun:
        """Start something; it ends with the node at the latest."""
        ...

    def note_lost(self, head: Head) -> None:
        """A peer holds more of the node's own log than it does (SPEC 5.7)."""
        ...

    def note_heard(self, key: str) -> None:
        """A peer has said what it holds of the own logs, and they are whole here."""
        ...

    def note_chosen(self, keys: Iterable[str]) -> None:
        """These are the peers the node dials from now on."""
        ...

    def note_peer(self, key: str, state: str, why: str) -> None:
        """Log that a peer failed."""
        ...
