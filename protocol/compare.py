"""In which logs do two nodes differ? Two rounds tell (SPEC 7.5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from protocol.actions import Conversation, Look, own_buckets
from protocol.cursor import Cursor, parse_cursor
from protocol.header import LogId
from protocol.heads import Head, fold_subs, log_name, place_of, write_value, write_values
from protocol.limits import HEAD_PAGES_MAX, RUN_ENTRIES_MAX
from protocol.messages import BucketsReply, BucketsRequest, HeadsReply, HeadsRequest


@dataclass(frozen=True, slots=True)
class Difference:
    """Heads of the logs in which two nodes may differ, and the cursor to resume from."""

    theirs: Mapping[LogId, Head]
    mine: Mapping[LogId, Head]
    resume: Cursor

    def lacking_here(self) -> list[tuple[Head, int]]:
        """Heads further than the own, with the first seq wanted; the registry first."""
        return find_beyond(self.theirs, self.mine)

    def lacking_there(self) -> list[tuple[Head, int]]:
        """The same, the other way round."""
        return find_beyond(self.mine, self.theirs)


def find_beyond(some: Mapping[LogId, Head], others: Mapping[LogId, Head]) -> list[tuple[Head, int]]:
    """Of some heads those further than others, each with the first seq the others lack."""
    further = []
    for log, head in some.items():
        other = others.get(log)
        if other is None or other.seq < head.seq:
            further.append((head, 0 if other is None else other.seq + 1))
        elif other.seq == head.seq and other.id != head.id:
            further.append((head, max(0, head.seq - RUN_ENTRIES_MAX + 1)))
    return sorted(further, key=lambda each: (each[0].log.channel != "registry", each[0].log))


def compare(channels: tuple[str, ...]) -> Conversation[Difference]:
    """Find the logs in which the peer's heads differ from the own, in two rounds (SPEC 7.5)."""
    buckets = yield from own_buckets(channels)
    reply = yield BucketsRequest(channels=channels, buckets=write_values(buckets))
    assert isinstance(reply, BucketsReply)
    resume = parse_cursor(reply.resume)
    if not reply.buckets:
        return Difference({}, {}, resume)
    differing = [bucket for bucket, _ in reply.buckets]
    own = yield Look(lambda view: view.heads_in(differing, channels))
    assert isinstance(own, Sequence)
    places = _differing_places(own, reply)
    mine = {head.log: head for head in own if place_of(head.log) in places}
    theirs = yield from _their_heads(channels, tuple(sorted(places)))
    return Difference(theirs, mine, resume)


def _differing_places(own: Iterable[Head], reply: BucketsReply) -> frozenset[tuple[int, int]]:
    heads: dict[int, list[Head]] = {bucket: [] for bucket, _ in reply.buckets}
    for head in own:
        heads[place_of(head.log)[0]].append(head)
    return frozenset(
        (bucket, sub)
        for bucket, values in reply.buckets
        for sub, value in enumerate(fold_subs(heads[bucket]))
        if write_value(value) != values[sub]
    )


def _their_heads(
    channels: tuple[str, ...], places: tuple[tuple[int, int], ...]
) -> Conversation[dict[LogId, Head]]:
    """The peer's heads there; of one that goes on and on, no more than any network has."""
    theirs: dict[LogId, Head] = {}
    after = ""
    for _ in range(HEAD_PAGES_MAX if places else 0):
        reply = yield HeadsRequest(channels=channels, places=places, after=after)
        assert isinstance(reply, HeadsReply)
        theirs.update((each.head.log, each.head) for each in reply.heads)
        last = log_name(reply.heads[-1].head.log) if reply.heads else after
        if not reply.more or last <= after:
            break
        after = last
    return theirs
