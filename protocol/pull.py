"""Taking in what a peer has: its feed page by page, then following it (SPEC 7.8)."""

from collections.abc import Iterable, Sequence

from protocol.actions import Conversation, Due, Look, Lost, Peer, Take, greet, own_buckets
from protocol.compare import compare
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.heads import Head, heads_digest
from protocol.limits import INTEGER_MAX
from protocol.messages import ChangesRequest, Hello, Outcome, RangeRequest
from protocol.page import LogText, Page
from protocol.push import introduce
from protocol.sync import REGISTRY_ONLY

STRIKES = 2
"""Heartbeats in a row at which the peer's heads differ before they are compared."""
_CURSOR_FAULTS = (Code.CURSOR_EPOCH, Code.CURSOR_AHEAD, Code.CURSOR_EXPIRED)


def pull(peer: Peer, wait_s: int) -> Conversation[None]:
    """Take in everything the peer has, then follow it.

    The registry goes first, to a short page, so that the authors of the rest are known. As long
    as the peer does not know this node as a member, the registry is all there is; it is given the
    own registry logs, which may say that this node has a new key (SPEC 6.10).

    Args:
        peer: with whom.
        wait_s: seconds the peer may hold each request while it has no news; 0 ends the
            conversation at the first short page instead.

    Raises:
        Refused: what the peer refused, or ``wrong-network``.
    """
    while True:
        hello = yield from greet(peer)
        lost = yield from _find_lost(peer, hello)
        cursor = yield from _catch_up(peer, REGISTRY_ONLY, hello)
        yield from _recover(lost)
        if hello.admitted:
            break
        if (yield from introduce(peer)):
            continue
        if not wait_s:
            return
        yield from _take_page(peer, REGISTRY_ONLY, cursor, wait_s=wait_s)
    yield from _take_due()
    cursor = yield from _catch_up(peer, peer.channels, hello)
    if wait_s:
        yield from _follow(peer, cursor, wait_s)


def _follow(peer: Peer, cursor: Cursor, wait_s: int) -> Conversation[None]:
    """Wait for news, page by page; compare heads when heartbeats keep showing a difference."""
    strikes = 0
    compared: tuple[str | None, str] | None = None
    while True:
        page = yield from _take_page(peer, peer.channels, cursor, wait_s=wait_s)
        cursor = page.cursor
        yield from _take_due()
        if page.text or page.more:
            strikes = 0
            continue
        shown = (page.digest, heads_digest((yield from own_buckets(peer.channels))))
        strikes = strikes + 1 if shown[0] != shown[1] and shown != compared else 0
        if strikes == STRIKES:
            cursor = yield from reconcile(peer, peer.channels)
            compared = (page.digest, heads_digest((yield from own_buckets(peer.channels))))
            strikes = 0


def _find_lost(peer: Peer, hello: Hello) -> Conversation[list[tuple[Head, int]]]:
    """Own heads that the peer holds further than this node, with the first seq wanted."""
    if not hello.heads:
        return []
    own = yield Look(lambda view: view.heads(peer.me))
    assert isinstance(own, Sequence)
    due = {head.log: head.seq + 1 for head in own}
    heads = [each.head for each in hello.heads]
    return [(head, due.get(head.log, 0)) for head in heads if head.seq >= due.get(head.log, 0)]


def _recover(lost: Sequence[tuple[Head, int]]) -> Conversation[None]:
    """Pull back what the peer holds of the own logs and this node has lost (SPEC 5.7)."""
    for head, first in lost:
        yield from _fetch(head.log, first, head.seq)
    if lost:
        yield Lost(tuple(head for head, _ in lost))


def _catch_up(peer: Peer, channels: tuple[str, ...], hello: Hello) -> Conversation[Cursor]:
    """Page through the peer's feed until a page is short.

    From its beginning everything is asked for, what came from this node too: it may be lost here.
    """
    cursor = yield from _own_cursor(peer, channels)
    if cursor is None and (yield from _holds_much(hello)):
        cursor = yield from reconcile(peer, channels)
    echo = cursor is None
    while True:
        page = yield from _take_page(peer, channels, cursor, echo=echo)
        if not page.more:
            return page.cursor
        if page.cursor == cursor:
            raise Refused(Code.BAD_REQUEST, "that node's feed promises more and does not move")
        cursor = page.cursor


def _holds_much(hello: Hello) -> Conversation[bool]:
    """Whether comparing heads is cheaper than reading the peer's feed from its beginning."""
    feed_head = yield Look(lambda view: view.feed_head)
    assert isinstance(feed_head, int)
    return feed_head * 4 > hello.feed_head


def _take_page(
    peer: Peer,
    channels: tuple[str, ...],
    cursor: Cursor | None,
    *,
    wait_s: int = 0,
    echo: bool = False,
) -> Conversation[Page]:
    """One page, taken in; a cursor the peer cannot use any more is answered by comparing heads."""
    after = str(cursor) if cursor is not None else None
    try:
        page = yield ChangesRequest(after=after, wait_s=wait_s, channels=channels, echo=echo)
    except Refused as fault:
        if fault.code not in _CURSOR_FAULTS:
            raise
        resume = yield from reconcile(peer, channels)
        page = yield ChangesRequest(after=str(resume), channels=channels)
    assert isinstance(page, Page)
    if page.text or page.cursor != cursor:
        outcomes = yield from _take(page.text, page.cursor)
        yield from _fill_gaps(outcomes)
    return page


def _take(text: bytes, cursor: Cursor | None) -> Conversation[Sequence[Outcome]]:
    outcomes = yield Take(text, cursor)
    assert isinstance(outcomes, Sequence)
    return outcomes


def _fill_gaps(outcomes: Iterable[Outcome]) -> Conversation[None]:
    for outcome in outcomes:
        if outcome.code == Code.GAP and outcome.log is not None and outcome.next is not None:
            yield from _fetch(outcome.log, outcome.next, outcome.first + outcome.count - 1)


def _take_due() -> Conversation[None]:
    """Ask again for what was not accepted before and may be now."""
    due = yield Due()
    assert isinstance(due, Sequence)
    for log, wanted in due:
        yield from _fetch(log, wanted, INTEGER_MAX)


def _fetch(log: LogId, first: int, last: int) -> Conversation[None]:
    """A range of one log, as far as the peer holds it and it is accepted."""
    while first <= last:
        answer = yield RangeRequest(
            author=log.author, channel=log.channel, epoch=log.epoch, first=first, last=last
        )
        assert isinstance(answer, LogText)
        if not answer.text:
            return
        outcomes = yield from _take(answer.text, None)
        reached = max((o.next for o in outcomes if o.log == log and o.next is not None), default=0)
        if reached <= first:
            return
        first = reached


def reconcile(peer: Peer, channels: tuple[str, ...]) -> Conversation[Cursor]:
    """Compare heads and fetch what is lacking here: the cursor from which to go on (SPEC 7.5)."""
    difference = yield from compare(channels)
    for head, first in difference.lacking_here():
        yield from _fetch(head.log, first, head.seq)
    yield from _take(b"", difference.resume)
    return difference.resume


def _own_cursor(peer: Peer, channels: tuple[str, ...]) -> Conversation[Cursor | None]:
    cursor = yield Look(lambda view: view.cursor(peer.key, filter_digest(channels)))
    assert cursor is None or isinstance(cursor, Cursor)
    return cursor
