"""What a conversation with a peer asks its driver to do (SPEC 7.8).

A conversation is a generator without any I/O. It yields an *action* and is sent what came of it:
a request's reply, what the own store holds, the outcomes of taking entries in. Whoever drives it
(the peering engine, or a simulator) does the work. A peer's refusal is thrown in as
:class:`~protocol.errors.Refused`.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from protocol.cursor import Cursor
from protocol.errors import Code, Refused
from protocol.heads import Head
from protocol.limits import CHANNELS, FORMAT
from protocol.messages import Hello, HelloRequest, Request
from protocol.sync import View


class Holding(View, Protocol):
    """The own store as the asking side sees it: sync's view, and how far each peer was read."""

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        """How far a peer's feed was taken in under a filter; None before first contact."""
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
class Lost:
    """The peer holds more of the node's own logs than the node does: its disk went back in time.

    Their ends have been pulled by then; the node opens a new epoch (SPEC 5.7).
    """

    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Pushed:
    """The own feed was pushed to the peer up to here."""

    position: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until the own feed goes beyond a position; sent back False ends the conversation."""

    position: int


Action = Request | Look | Take | Due | Lost | Pushed | Wait


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom the conversation is with, and about what."""

    me: str
    key: str
    network: str
    channels: tuple[str, ...] = CHANNELS


T = TypeVar("T")
Conversation = Generator[Action, object, T]
"""Yields actions, is sent what came of them, and ends with a value."""


def greet(peer: Peer) -> Conversation[Hello]:
    """Say hello.

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
    return hello


def own_buckets(channels: tuple[str, ...]) -> Conversation[Sequence[int]]:
    """The 256 bucket values of the own heads in these channels."""
    buckets = yield Look(lambda view: view.buckets(channels))
    assert isinstance(buckets, Sequence)
    return buckets
