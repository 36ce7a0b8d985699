"""Comparing heads with a peer, fetching what is lacking here, giving what is lacking there
(SPEC 7.5)."""

from collections.abc import Iterable, Sequence

from protocol.actions import Conversation, Lacks, Peer, Take, greet
from protocol.acts import REGISTRY
from protocol.compare import compare
from protocol.cursor import Cursor
from protocol.errors import Code
from protocol.limits import RANGES_PER_REQUEST_MAX
from protocol.messages import ACCEPTED, Outcome, RangesRequest
from protocol.page import LogText
from protocol.push import give
from protocol.ranges import Range, advance, ranges_of


def take(text: bytes, cursor: Cursor | None) -> Conversation[Sequence[Outcome]]:
    """Give text to the one door, with the cursor it takes the peer's feed to: what came of it."""
    outcomes = yield Take(text, cursor)
    assert isinstance(outcomes, Sequence)
    return outcomes


def fetch(ranges: Sequence[Range]) -> Conversation[list[Outcome]]:
    """Ranges of many logs, as far as the peer holds them and they are accepted; what came of it."""
    all_outcomes: list[Outcome] = []
    while ranges:
        asked, others = ranges[:RANGES_PER_REQUEST_MAX], ranges[RANGES_PER_REQUEST_MAX:]
        answer = yield RangesRequest(
            ranges=tuple((*log, first, last) for log, first, last in asked)
        )
        assert isinstance(answer, LogText)
        outcomes = (yield from take(answer.text, None)) if answer.text else ()
        all_outcomes += outcomes
        ranges = [*advance(asked, outcomes), *others]
    return all_outcomes


def reconcile(peer: Peer, channels: tuple[str, ...]) -> Conversation[Cursor]:
    """Compare heads and fetch what is lacking here: the cursor from which to go on (SPEC 7.5).

    Ranges come log by log, not in the order in which stations were admitted: as long as acts of the
    registry come, what was refused before for want of them is fetched again.
    """
    while True:
        difference = yield from compare(channels)
        outcomes = yield from fetch(ranges_of(difference.lacking_here()))
        yield from take(b"", difference.resume)
        if not _may_be_admitted_now(outcomes):
            return difference.resume


def _may_be_admitted_now(outcomes: Iterable[Outcome]) -> bool:
    """Whether authors were unknown while acts of the registry came that may name them."""
    codes = {
        each.code
        for each in outcomes
        if each.code == Code.NOT_ADMITTED
        or (each.code == ACCEPTED and each.log is not None and each.log.channel == REGISTRY)
    }
    return len(codes) == 2


def meet(peer: Peer, channels: tuple[str, ...]) -> Conversation[Cursor]:
    """Compare heads; fetch what is lacking here, tell and give what is lacking there (SPEC 7.5)."""
    difference = yield from compare(channels)
    yield from fetch(ranges_of(difference.lacking_here()))
    lacking = ranges_of(difference.lacking_there())
    yield Lacks(tuple(lacking))
    yield from give(peer, lacking)
    yield from take(b"", difference.resume)
    return difference.resume


def visit(peer: Peer) -> Conversation[None]:
    """Say hello and :func:`meet`, in all channels both hold."""
    yield from greet(peer)
    yield from meet(peer, peer.channels)
