"""Taking in what a peer has: its feed page by page, then following it (SPEC 7.8)."""

from collections.abc import Callable, Iterable, Sequence

from protocol.actions import (
    Absent,
    AfterLead,
    Conversation,
    Due,
    Heard,
    Holding,
    Lacks,
    Lead,
    Linger,
    Look,
    Lost,
    Peer,
    greet,
    own_digest,
)
from protocol.compare import find_beyond
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.heads import Head
from protocol.limits import INTEGER_MAX
from protocol.messages import (
    DUPLICATE,
    ChangesRequest,
    Hello,
    Outcome,
    RangesRequest,
)
from protocol.page import LogText, Page, read_heads_text
from protocol.push import offer
from protocol.ranges import Range, ranges_of
from protocol.reconciling import fetch, meet, reconcile, take
from protocol.sync import REGISTRY_ONLY

STRIKES = 2
"""Heartbeats in a row at which the peer's heads differ before they are compared."""
_CURSOR_FAULTS = (Code.CURSOR_EPOCH, Code.CURSOR_AHEAD, Code.CURSOR_EXPIRED)


def pull(peer: Peer, wait_s: int) -> Conversation[None]:
    """Take in everything the peer has, then follow it.

    The registry goes first, to a short page, so that the authors of the rest are known. As long
    as the peer does not know this node as a member, the registry is all there is; it is given
    what it lacks of it, which may say that this node has a new key (SPEC 6.10).

    Of one peer at a time, the lead, entries are taken in full; the others say where their logs
    stand, and only what no other peer brings is asked of them.

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
        if not lost:
            yield AfterLead()
        cursor = yield from _catch_up(peer, REGISTRY_ONLY, hello)
        if lost:
            yield from _recover(lost)
        if not hello.admitted:
            # What it just gave may be the news that it knows this node: none would follow it.
            hello = yield from greet(peer)
        if hello.admitted:
            break
        if (yield from offer(peer, REGISTRY_ONLY)):
            continue
        if not wait_s:
            return
        yield from _take_page(peer, REGISTRY_ONLY, cursor, wait_s=wait_s)
    yield from _take_due(peer)
    channels = peer.channels
    cursor = yield from _catch_up(peer, channels, hello)
    yield from _take_bodies()
    if wait_s:
        yield from _follow(peer, channels, cursor, wait_s)


def _follow(
    peer: Peer, channels: tuple[str, ...], cursor: Cursor, wait_s: int
) -> Conversation[None]:
    """Wait for news, page by page; compare heads when heartbeats keep showing a difference.

    It ends once the peer said in another conversation that it holds other channels now.
    """
    strikes = 0
    compared: tuple[str | None, str] | None = None
    has_asked = False
    while peer.channels == channels:
        patience_s = 0 if has_asked else wait_s
        page = yield from _take_page(peer, channels, cursor, wait_s=patience_s)
        cursor, theirs, had_news = page.cursor, page.digest, bool(page.text) or page.more
        del page  # up to 1 MiB, which would be held while the next is waited for
        yield from _take_due(peer)
        has_asked = yield from _take_bodies()
        if not patience_s:
            continue
        if had_news:
            strikes = 0
            continue
        shown = (theirs, (yield from own_digest(channels)))
        if shown[0] == shown[1]:
            yield Lacks(())
        strikes = strikes + 1 if shown[0] != shown[1] and shown != compared else 0
        if strikes == STRIKES:
            cursor = yield from meet(peer, channels)
            compared = (theirs, (yield from own_digest(channels)))
            strikes = 0


def _find_lost(peer: Peer, hello: Hello) -> Conversation[list[tuple[Head, int]]]:
    """Own heads that the peer holds further than this node, with the first seq wanted; in the
    channels held here.

    Whoever signs next must know of them at once, long before they are here again. What an answer
    that was spoiled or made up says of others is passed over.
    """
    own = yield Look(lambda view: view.heads(peer.me))
    assert isinstance(own, Sequence)
    due = {head.log: head.seq + 1 for head in own}
    heads = [each.head for each in hello.heads if each.head.log.author == peer.me]
    lost = [(head, due.get(head.log, 0)) for head in heads if head.seq >= due.get(head.log, 0)]
    if lost:
        yield Lost(tuple(head for head, _ in lost))
    wanted = [each for each in lost if each[0].log.channel in peer.channels]
    if not wanted:
        yield Heard()
    return wanted


def _recover(lost: Sequence[tuple[Head, int]]) -> Conversation[None]:
    """Pull back what the peer holds of the own logs and this node has lost (SPEC 5.7)."""
    for each in ranges_of(lost):
        yield from fetch([each])
    yield Heard()


def _catch_up(peer: Peer, channels: tuple[str, ...], hello: Hello) -> Conversation[Cursor]:
    """Page through the peer's feed until a page is short.

    From its beginning everything is asked for, what came from this node too: it may be lost here.
    """
    cursor = yield from _own_cursor(peer, channels)
    if cursor is None and not (
        (yield from _is_in_full(peer, channels)) and (yield from _holds_little(hello))
    ):
        cursor = yield from reconcile(peer, channels)
    echo = cursor is None
    while True:
        page = yield from _take_page(peer, channels, cursor, echo=echo)
        if not page.more:
            return page.cursor
        if page.cursor == cursor:
            raise Refused(Code.BAD_REQUEST, "that node's feed promises more and does not move")
        cursor = page.cursor


def _holds_little(hello: Hello) -> Conversation[bool]:
    """Whether the peer's feed is kept from its beginning, and reading it is cheaper than comparing
    heads."""
    feed_head = yield Look(lambda view: view.feed_head)
    assert isinstance(feed_head, int)
    return not hello.feed_floor and feed_head * 4 <= hello.feed_head


def _is_in_full(peer: Peer, channels: tuple[str, ...]) -> Conversation[bool]:
    """Whether runs are wanted, not heads: of the lead, and of the registry read by itself."""
    if channels == REGISTRY_ONLY:
        return True
    return bool((yield Lead()))


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
    heads = not (yield from _is_in_full(peer, channels))
    asked = ChangesRequest(after=after, wait_s=wait_s, channels=channels, echo=echo, heads=heads)
    try:
        page = yield asked
    except Refused as fault:
        if fault.code not in _CURSOR_FAULTS:
            raise
        resume = yield from reconcile(peer, channels)
        page = yield asked.model_copy(update={"after": str(resume), "wait_s": 0, "echo": False})
    assert isinstance(page, Page)
    if page.text or page.cursor != cursor:
        if heads:
            yield from _take_heads(peer, read_heads_text(page.text))
        text = b"" if heads else page.text
        outcomes = yield from take(text, page.cursor)
        _note_shown(peer, outcomes)
        yield from _fill_gaps(outcomes)
    return page


def _take_heads(peer: Peer, heads: Sequence[Head]) -> Conversation[None]:
    """Fetch what the peer says it holds and no other peer brings in a moment."""
    lacking = yield Look(_lacking(heads))
    assert isinstance(lacking, list)
    if lacking:
        yield Linger()
        late = {each.log for each in lacking}
        lacking = yield Look(_lacking([head for head in heads if head.log in late]))
        assert isinstance(lacking, list)
    wanted = {each.log for each in lacking}
    for head in heads:
        if head.log not in wanted:
            peer.shown.note(head.log, head.seq)
    yield from fetch(lacking)


def _lacking(heads: Sequence[Head]) -> Callable[[Holding], list[Range]]:
    def read(view: Holding) -> list[Range]:
        theirs = {head.log: head for head in heads}
        mine = {head.log: head for head in view.heads_of(theirs)}
        return ranges_of(find_beyond(theirs, mine))

    return read


def _note_shown(peer: Peer, outcomes: Iterable[Outcome]) -> None:
    """What a page held that was here already, another peer brought: this one holds it, too."""
    for each in outcomes:
        if each.code == DUPLICATE and each.log is not None:
            peer.shown.note(each.log, each.first + each.count - 1)


def _fill_gaps(outcomes: Iterable[Outcome]) -> Conversation[None]:
    gaps: dict[LogId, Range] = {}
    for each in outcomes:
        if each.code == Code.GAP and each.log is not None and each.next is not None:
            gaps[each.log] = Range(each.log, each.next, each.first + each.count - 1)
    yield from fetch(list(gaps.values()))


def _take_due(peer: Peer) -> Conversation[None]:
    """Ask again for what was not accepted before and may be now."""
    due = yield Due()
    assert isinstance(due, Sequence)
    yield from fetch(
        [Range(log, wanted, INTEGER_MAX) for log, wanted in due if log.channel in peer.channels]
    )


def _take_bodies() -> Conversation[bool]:
    """Ask for bodies that are absent here, in one request: whether there were any to ask for."""
    wanted = yield Absent()
    assert isinstance(wanted, Sequence)
    if not wanted:
        return False
    answer = yield RangesRequest(ranges=tuple((*log, first, last) for log, first, last in wanted))
    assert isinstance(answer, LogText)
    if answer.text:
        yield from take(answer.text, None)
    return True


def _own_cursor(peer: Peer, channels: tuple[str, ...]) -> Conversation[Cursor | None]:
    cursor = yield Look(lambda view: view.cursor(peer.key, filter_digest(channels)))
    assert cursor is None or isinstance(cursor, Cursor)
    return cursor
