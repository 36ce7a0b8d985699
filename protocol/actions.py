"""What a conversation with a peer asks its driver to do (SPEC 7.8).

A conversation is a generator without any I/O. It yields an *action* and is sent what came of it:
a request's reply, what the own store holds, the outcomes of taking entries in. Whoever drives it
(the peering engine, or a simulator) does the work. A peer's refusal is thrown in as
:class:`~protocol.errors.Refused`.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, TypeVar

from protocol.acts import REGISTRY
from protocol.cursor import Cursor
from protocol.errors import Code, Refused
from protocol.heads import Head
from protocol.limits import CHANNELS, FORMAT
from protocol.messages import Hello, HelloRequest, Request
from protocol.ranges import Range
from protocol.shown import Shown
from protocol.sync import View


class Holding(View, Protocol):
    """The own store as the asking side sees it: sync's view, and how far each peer was read."""

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        """How far a peer's feed was taken in under a filter; None before first contact."""
        ...

    @property
    def followed(self) -> frozenset[str]:
        """The keys of the peers whose feeds this node reads."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """Read the own store, at one moment; sent back is what ``read`` returns."""

    read: Callable[[Holding], object]


@dataclass(frozen=True, slots=True)
class Take:
    """Give the peer's log text to the one door, its cursor in the same transaction.

    Sent back: one :class:`Outcome` a run.
    """

    text: bytes
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Ask which runs of this peer that were not accepted are to be asked for again now.

    Sent back: pairs of a log and the seq wanted.
    """


@dataclass(frozen=True, slots=True)
class Absent:
    """Ask which bodies that are absent here are to be asked of this peer now (SPEC 7.8).

    Sent back: ranges, one a log, none where there is nothing to ask it.
    """


@dataclass(frozen=True, slots=True)
class Lost:
    """The peer holds more of the node's own logs than the node does: its disk went back in time.

    Their ends are pulled next; whatever the node signs from now on opens a new epoch (SPEC 5.7).
    """

    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """The peer has said what it holds of the node's own logs, and nothing of it is lacking here."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """By a comparison of heads the peer lacks these entries that are held here; none if empty."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """Ask whether this peer's entries come in full; from the others only what is lacking does.

    Sent back: True for one peer at a time, the first that answers.
    """


@dataclass(frozen=True, slots=True)
class AfterLead:
    """Wait until the lead was read to its end, or is down: first contact is with one at a time."""


@dataclass(frozen=True, slots=True)
class Linger:
    """Leave other peers a moment to bring what this one says it holds."""


@dataclass(frozen=True, slots=True)
class Given:
    """How far the own feed was given to a peer, as feed positions.

    ``news`` is for what this node wrote or was pushed, ``rest`` for everything; what came by
    ``due`` is looked over next.
    """

    news: int
    rest: int
    due: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """The own feed was given to the peer as far as this."""

    given: Given


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until the own feed goes beyond a position, or so many milliseconds at the most.

    Sent back: how long that took, milliseconds; None ends the conversation.
    """

    position: int
    at_most_ms: int


Action = (
    Request
    | Look
    | Take
    | Due
    | Absent
    | Lost
    | Heard
    | Lacks
    | Lead
    | AfterLead
    | Linger
    | Pushed
    | Wait
)


@lru_cache(maxsize=256)
def _in_both(mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    both = {REGISTRY, *mine} & {REGISTRY, *theirs}
    return tuple(channel for channel in CHANNELS if channel in both)


@dataclass(slots=True)
class Peer:
    """Whom the conversations are with, and about what.

    ``mine`` are the channels held here, ``theirs`` those the peer said in its last ``hello`` to
    hold; ``shown`` is what it showed that it holds.
    """

    me: str
    key: str
    network: str
    mine: tuple[str, ...] = CHANNELS
    theirs: tuple[str, ...] = CHANNELS
    shown: Shown = field(default_factory=Shown, compare=False)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels both hold: what is spoken of (SPEC 7.9); the registry always."""
        return _in_both(self.mine, self.theirs)

    @property
    def is_whole(self) -> bool:
        """Whether the peer holds every channel held here."""
        return {*self.mine} <= {REGISTRY, *self.theirs}


T = TypeVar("T")
Conversation = Generator[Action, object, T]
"""Yields actions, is sent what came of them, and ends with a value."""


def greet(peer: Peer) -> Conversation[Hello]:
    """Say hello; what the peer says it holds is noted.

    Raises:
        Refused: ``wrong-network`` or ``bad-signature`` when another node answers,
            ``unsupported`` when the two have no format of the wire in common.
    """
    hello = yield HelloRequest()
    assert isinstance(hello, Hello)
    if hello.network != peer.network:
        raise Refused(Code.WRONG_NETWORK, f"that node is of network {hello.network}")
    if hello.key != peer.key:
        raise Refused(Code.BAD_SIGNATURE, f"another station answers there: {hello.key}")
    if FORMAT not in hello.formats:
        theirs = ", ".join(hello.formats)[:40] or "nothing known"
        older = "this" if max(hello.formats, default="") > FORMAT else "that"
        raise Refused(
            Code.UNSUPPORTED,
            f"that node speaks {theirs}, this one {FORMAT}; upgrade the program of {older} one",
        )
    peer.theirs = hello.channels
    return hello


def own_buckets(channels: tuple[str, ...]) -> Conversation[Sequence[int]]:
    """The 256 bucket values of the own heads in these channels."""
    buckets = yield Look(lambda view: view.buckets(channels))
    assert isinstance(buckets, Sequence)
    return buckets


def own_digest(channels: tuple[str, ...]) -> Conversation[str]:
    """One word for the own heads in these channels (SPEC 7.3)."""
    digest = yield Look(lambda view: view.digest(channels))
    assert isinstance(digest, str)
    return digest
