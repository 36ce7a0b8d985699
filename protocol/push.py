"""Giving a peer what is new here, for one that does not come and ask (SPEC 7.8).

News of this node's own side, what it wrote or was pushed, is given at once. What it read from
another peer's feed the peer has most likely read there, too: it is given only once the peer has
not shown it for a while.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from protocol.actions import Conversation, Given, Holding, Look, Peer, Pushed, Wait, greet
from protocol.acts import REGISTRY
from protocol.compare import compare
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.limits import PAGE_BYTES_MAX
from protocol.messages import ACCEPTED, Outcome, Outcomes, PushRequest
from protocol.ranges import Range, advance, join_ranges, ranges_of
from protocol.sync import REGISTRY_ONLY, Feed, Recent, Wanted

PATIENCE_MS = 15_000
"""How long what came from another peer is left to the peer to show; twice that at the most."""
REQUEST_BYTES_MIN = 64 * 1024
"""Requests are not made smaller than this, whatever a peer says it takes."""
FEW = 8
"""So many logs are given without comparing heads first, which is what they cost."""
_TRY_LATER = (Code.BUSY, Code.RATE)


@dataclass(slots=True)
class Refusals:
    """Logs the peer refused and may take later: the seq it wants, and when (ms of waiting)."""

    waited_ms: int = 0
    wanted: dict[LogId, tuple[int, int]] = field(default_factory=dict)

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Note what was refused for now."""
        for each in outcomes:
            if each.log is not None and each.retry_ms is not None and each.next is not None:
                self.wanted[each.log] = (each.next, self.waited_ms + each.retry_ms)

    def take_due(self, *, all_of_them: bool) -> list[tuple[LogId, int]]:
        """Logs to be offered again now, with the seq wanted."""
        due = [
            (log, seq)
            for log, (seq, at_ms) in self.wanted.items()
            if all_of_them or at_ms <= self.waited_ms
        ]
        for log, _ in due:
            del self.wanted[log]
        return due


def push(peer: Peer, given: Given | None, bytes_max: int = PAGE_BYTES_MAX) -> Conversation[None]:
    """Give the peer what it lacks, then whatever is new here, but for what came from it.

    Args:
        peer: with whom.
        given: how far the own feed was given to it before; None compares heads first.
        bytes_max: bytes of one request; a line that breaks off early wants smaller ones.

    Raises:
        Refused: what the peer refused; ``not-admitted`` while it does not know this node.
    """
    giving = _Giving(peer, bytes_max)
    if given is None:
        given = yield from giving.begin()
    waited_ms = 0
    while True:
        if giving.is_about_others:
            given = yield from giving.offer(peer.channels)
        given = yield from giving.give_news(given)
        if waited_ms >= PATIENCE_MS:
            waited_ms = 0
            given = yield from giving.give_rest(given)
        yield from giving.give_again()
        yield Pushed(given)
        slept_ms = yield Wait(given.news, PATIENCE_MS - waited_ms)
        if slept_ms is None:
            return
        assert isinstance(slept_ms, int)
        waited_ms += slept_ms
        giving.refusals.waited_ms += slept_ms


def offer(
    peer: Peer, channels: tuple[str, ...], bytes_max: int = PAGE_BYTES_MAX
) -> Conversation[bool]:
    """Compare heads and give what the peer lacks: whether it took any of it.

    A peer that does not know this node as a member takes the registry: after a rotation that says
    whose key this is (SPEC 6.10), and to a disk that was lost it says who everyone is.
    """
    giving = _Giving(peer, bytes_max)
    yield from giving.offer(channels)
    return giving.has_given


def give(peer: Peer, ranges: Sequence[Range]) -> Conversation[None]:
    """Give a peer ranges of logs that it lacks."""
    yield from _Giving(peer, PAGE_BYTES_MAX).give(ranges)


class _Giving:
    """What is being given to one peer, and what it refused of it."""

    def __init__(self, peer: Peer, bytes_max: int) -> None:
        self.refusals = Refusals()
        self.has_given = False
        self._peer = peer
        self._bytes_max = bytes_max
        self._gave_registry = False
        self._channels = peer.channels

    @property
    def is_about_others(self) -> bool:
        """Whether the peer said since that it holds other channels: positions tell nothing then."""
        return self._channels != self._peer.channels

    def begin(self) -> Conversation[Given]:
        """Say hello, to a node that knows nobody with the registry; compare heads."""
        hello = yield from greet(self._peer)
        self._bytes_max = min(self._bytes_max, max(hello.request_bytes_max, REQUEST_BYTES_MIN))
        if not hello.admitted:
            yield from self.offer(REGISTRY_ONLY)
            hello = yield from greet(self._peer)
        if not hello.admitted:
            raise Refused(Code.NOT_ADMITTED, "that node does not know this station as a member yet")
        return (yield from self.offer(self._peer.channels))

    def offer(self, channels: tuple[str, ...]) -> Conversation[Given]:
        """Compare heads and give what the peer lacks; all that came until then is given."""
        self._channels = self._peer.channels
        position = yield Look(lambda view: view.feed_head)
        assert isinstance(position, int)
        difference = yield from compare(channels)
        yield from self.give(ranges_of(difference.lacking_there()))
        return Given(position, position, position)

    def give_news(self, given: Given) -> Conversation[Given]:
        """Give what this node wrote or was pushed since; all that differs where the own feed is
        not kept that far back."""
        news = given.news
        while True:
            feed = yield Look(_news_after(self._peer, news, self._bytes_max))
            if feed is None:
                return (yield from self.offer(self._peer.channels))
            assert isinstance(feed, tuple)
            text, news, more = feed
            if text:
                yield from self._fill_gaps((yield from self._push(text)))
            if not more:
                return Given(news, given.rest, given.due)

    def give_rest(self, given: Given) -> Conversation[Given]:
        """Give what came from other peers a while ago and the peer has not shown since."""
        shown = self._peer.shown
        missing: list[Range] = []
        rest, more = given.rest, given.rest < given.due
        is_known = True
        while more:
            recent = yield Look(_rest_after(self._peer, rest, given.due))
            if recent is None:
                is_known = False
                break
            assert isinstance(recent, tuple)
            moved, rest, more = recent
            missing += [
                Range(head.log, first, head.seq)
                for head, first in moved
                if not shown.has(head.log, head.seq)
            ]
        shown.turn()
        if len(missing) > FEW or not is_known:
            compared = yield from self.offer(self._peer.channels)
            return Given(given.news, compared.rest, max(given.news, compared.rest))
        yield from self.give(missing)
        return Given(given.news, given.due, given.news)

    def give_again(self) -> Conversation[None]:
        """Offer what was refused before and may be taken now: time passed, or the roster moved."""
        due = self.refusals.take_due(all_of_them=self._gave_registry)
        self._gave_registry = False
        if due:
            ranges = yield Look(lambda view: _up_to_heads(view, due))
            assert isinstance(ranges, list)
            yield from self.give(ranges)

    def give(self, ranges: Sequence[Range]) -> Conversation[None]:
        """Give ranges of logs, as much as fits in each request, and what comes before them."""
        yield from self._fill_gaps((yield from self._give_plainly(ranges)))

    def _fill_gaps(self, outcomes: Iterable[Outcome]) -> Conversation[None]:
        gaps = {
            each.log: each.next
            for each in outcomes
            if each.code == Code.GAP and each.log is not None and each.next is not None
        }
        if gaps:
            ranges = yield Look(lambda view: _up_to_heads(view, gaps.items()))
            assert isinstance(ranges, list)
            yield from self._give_plainly(ranges)

    def _give_plainly(self, ranges: Sequence[Range]) -> Conversation[list[Outcome]]:
        all_outcomes: list[Outcome] = []
        while ranges:
            text = yield Look(_text_of(ranges, self._bytes_max))
            assert isinstance(text, bytes)
            if not text:
                break
            outcomes = yield from self._push(text)
            all_outcomes += outcomes
            ranges = advance(ranges, outcomes)
        return all_outcomes

    def _push(self, text: bytes) -> Conversation[Sequence[Outcome]]:
        reply = yield PushRequest(text=text)
        assert isinstance(reply, Outcomes)
        outcomes = reply.read()
        for outcome in outcomes:
            if outcome.code in _TRY_LATER:
                raise Refused(Code(outcome.code), outcome.detail)
        taken = [each.log for each in outcomes if each.code == ACCEPTED]
        self.has_given = self.has_given or bool(taken)
        self._gave_registry |= any(log is not None and log.channel == REGISTRY for log in taken)
        self.refusals.note(outcomes)
        return outcomes


def _news_after(
    peer: Peer, position: int, bytes_max: int
) -> Callable[[Holding], tuple[bytes, int, bool] | None]:
    """The next of the own feed; None where it is not kept that far back."""

    def read(view: Holding) -> tuple[bytes, int, bool] | None:
        if position < view.feed_floor:
            return None
        read_from = view.followed | {peer.key}
        feed: Feed = view.feed(
            position, peer.channels, bytes_max, lambda source: source not in read_from
        )
        return b"".join(run.text() for run in feed.runs), feed.position, feed.more

    return read


def _rest_after(
    peer: Peer, position: int, up_to: int
) -> Callable[[Holding], tuple[object, int, bool] | None]:
    """What others brought since; None where the own feed is not kept that far back."""

    def read(view: Holding) -> tuple[object, int, bool] | None:
        if position < view.feed_floor:
            return None
        others = view.followed - {peer.key}
        is_wanted: Wanted = others.__contains__
        recent: Recent = view.recent(position, peer.channels, is_wanted, up_to)
        return recent.moved, recent.position, recent.more

    return read


def _text_of(ranges: Sequence[Range], bytes_max: int) -> Callable[[Holding], bytes]:
    return lambda view: join_ranges(view, ranges, bytes_max)


def _up_to_heads(view: Holding, due: Iterable[tuple[LogId, int]]) -> list[Range]:
    found = []
    for log, wanted in due:
        head = next((each for each in view.heads(log.author) if each.log == log), None)
        if head is not None and head.seq >= wanted:
            found.append(Range(log, wanted, head.seq))
    return sorted(found, key=lambda each: each.log.channel != REGISTRY)
