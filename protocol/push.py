"""Giving a peer what is new here, for one that does not come and ask (SPEC 7.8)."""

from collections.abc import Callable, Sequence

from protocol.actions import Conversation, Holding, Look, Peer, Pushed, Wait, greet
from protocol.acts import REGISTRY
from protocol.compare import compare
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.limits import PAGE_BYTES_MAX
from protocol.messages import ACCEPTED, Outcome, Outcomes, PushRequest

_TRY_LATER = (Code.BUSY, Code.RATE)


def push(peer: Peer, position: int | None) -> Conversation[None]:
    """Give the peer what it lacks, then whatever is new here, but for what came from it.

    Args:
        peer: with whom.
        position: up to where the own feed was pushed to it before; None compares heads first.

    Raises:
        Refused: what the peer refused; ``not-admitted`` while it does not know this node.
    """
    hello = yield from greet(peer)
    if not hello.admitted:
        raise Refused(Code.NOT_ADMITTED, "that node does not know this station as a member yet")
    if position is None:
        position = yield from offer(peer)
    while True:
        feed = yield Look(_feed_after(peer, position))
        assert isinstance(feed, tuple)
        text, more = feed[0], feed[2]
        if text:
            yield from _give(text)
        if feed[1] != position:
            position = feed[1]
            yield Pushed(position)
        if not more and not (yield Wait(position)):
            return


def offer(peer: Peer) -> Conversation[int]:
    """Compare heads and push what the peer lacks: the own feed's position from which to go on."""
    position = yield Look(lambda view: view.feed_head)
    assert isinstance(position, int)
    difference = yield from compare(peer.channels)
    for head, first in difference.lacking_there():
        yield from _give_range(head.log, first, head.seq)
    yield Pushed(position)
    return position


def introduce(peer: Peer) -> Conversation[bool]:
    """Give a peer that does not know this node the own registry logs: whether it took any of it.

    After a rotation they carry what says whose key this is (SPEC 6.10).
    """
    heads = yield Look(lambda view: view.heads(peer.me))
    assert isinstance(heads, Sequence)
    taken = False
    for head in heads:
        if head.log.channel == REGISTRY:
            text = yield Look(_range_of(head.log, 0, head.seq))
            assert isinstance(text, bytes)
            outcomes = yield from _push_once(text)
            taken = taken or any(outcome.code == ACCEPTED for outcome in outcomes)
    return taken


def _feed_after(peer: Peer, position: int) -> Callable[[Holding], tuple[bytes, int, bool]]:
    def read(view: Holding) -> tuple[bytes, int, bool]:
        feed = view.feed(position, peer.channels, PAGE_BYTES_MAX, peer.key)
        return b"".join(run.text() for run in feed.runs), feed.position, feed.more

    return read


def _give(text: bytes) -> Conversation[Sequence[Outcome]]:
    """Push log text, and whatever came before it that the peer says it lacks."""
    outcomes = yield from _push_once(text)
    for outcome in outcomes:
        if outcome.code == Code.GAP and outcome.log is not None and outcome.next is not None:
            yield from _give_range(outcome.log, outcome.next, outcome.first + outcome.count - 1)
    return outcomes


def _give_range(log: LogId, first: int, last: int) -> Conversation[None]:
    while first <= last:
        text = yield Look(_range_of(log, first, last))
        assert isinstance(text, bytes)
        if not text:
            return
        outcomes = yield from _push_once(text)
        reached = max((o.next for o in outcomes if o.log == log and o.next is not None), default=0)
        if reached <= first:
            return
        first = reached


def _range_of(log: LogId, first: int, last: int) -> Callable[[Holding], bytes]:
    return lambda view: view.text(log, first, last, PAGE_BYTES_MAX)


def _push_once(text: bytes) -> Conversation[Sequence[Outcome]]:
    reply = yield PushRequest(text=text)
    assert isinstance(reply, Outcomes)
    outcomes = reply.read()
    for outcome in outcomes:
        if outcome.code in _TRY_LATER:
            raise Refused(Code(outcome.code), outcome.detail)
    return outcomes
