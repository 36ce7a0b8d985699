"""What a node answers to another: :func:`respond`, a pure function of its store (SPEC 7).

The other side of the conversation, the one that asks, is :mod:`protocol.pull` and
:mod:`protocol.push`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.heads import Head, Moved, fold_subs, log_name, place_of, write_value, write_values
from protocol.limits import FORMAT, HEADS_PER_REPLY_MAX, PAGE_BYTES_MAX
from protocol.messages import (
    BucketsReply,
    BucketsRequest,
    ChangesRequest,
    HeadsReply,
    HeadsRequest,
    Hello,
    HelloRequest,
    Outcomes,
    PushRequest,
    RangeRequest,
    RangesRequest,
    Request,
    write_heads,
)
from protocol.page import LogText, Page, write_heads_text
from protocol.ranges import Range, join_ranges
from protocol.roster import Roster

REGISTRY_ONLY = ("registry",)

Response = Hello | Page | Outcomes | BucketsReply | HeadsReply | LogText


Wanted = Callable[[str], bool]
"""Whether runs from a source are wanted: a peer's key, or empty for own entries."""


def from_anyone(_: str) -> bool:
    """Every source is wanted."""
    return True


class RunText(Protocol):
    """A stored run: consecutive entries of one log, as they arrived."""

    def text(self) -> bytes:
        """The run as log text."""
        ...


class Feed(Protocol):
    """Runs in arrival order; ``position`` is the last feed row examined."""

    @property
    def runs(self) -> Sequence[RunText]: ...
    @property
    def position(self) -> int: ...
    @property
    def more(self) -> bool: ...


class Recent(Protocol):
    """Logs that moved, in no order; ``position`` is the last feed row examined."""

    @property
    def moved(self) -> Sequence[Moved]: ...
    @property
    def position(self) -> int: ...
    @property
    def more(self) -> bool: ...


class View(Protocol):
    """A node's store, at one moment, as sync sees it. Reading is all it can do."""

    @property
    def network(self) -> str:
        """The network's id."""
        ...

    @property
    def roster(self) -> Roster:
        """Who is a member, as far as this node knows."""
        ...

    @property
    def channels(self) -> Sequence[str]:
        """The channels this node holds, the registry among them, in the order of SPEC 3.1."""
        ...

    @property
    def feed_epoch(self) -> int:
        """Which feed the positions belong to; another store, another epoch."""
        ...

    @property
    def feed_head(self) -> int:
        """The last feed position that may be shown."""
        ...

    @property
    def feed_floor(self) -> int:
        """The last feed position whose row is gone; 0 while all of them are kept."""
        ...

    def first_absent(self, author: str) -> Sequence[tuple[LogId, int]]:
        """Of each log of an author, the first entry whose body is absent and not erased."""
        ...

    def feed(
        self,
        after: int,
        channels: Sequence[str],
        bytes_max: int,
        is_wanted: Wanted,
    ) -> Feed:
        """The next whole runs after a position, from the sources wanted."""
        ...

    def recent(
        self, after: int, channels: Sequence[str], is_wanted: Wanted, up_to: int | None = ...
    ) -> Recent:
        """Where the logs stand of which there are runs after a position; 4,096 rows at most."""
        ...

    def heads(self, author: str | None = ...) -> Sequence[Head]:
        """Heads, of all logs or one author's."""
        ...

    def buckets(self, channels: Sequence[str]) -> Sequence[int]:
        """The 256 bucket values over the heads in these channels."""
        ...

    def digest(self, channels: Sequence[str]) -> str:
        """One word for those values: :func:`protocol.heads.heads_digest` of them."""
        ...

    def heads_of(self, logs: Iterable[LogId]) -> Sequence[Head]:
        """The heads of these logs, as far as anything of them is held."""
        ...

    def heads_in(self, buckets: Sequence[int], channels: Sequence[str]) -> Sequence[Head]:
        """The heads whose logs fall into one of these buckets, in these channels."""
        ...

    def text(
        self, log: LogId, first: int, last: int, bytes_max: int, *, bodies: bool = True
    ) -> bytes:
        """Entries of a log as log text: whole ones, at least one if held, up to ``bytes_max``.

        Without ``bodies`` every body line is empty.
        """
        ...


def respond(view: View, caller: str | None, request: Request, now_ms: int, me: str) -> Response:
    """Answer one request.

    ``hello`` and the registry are open to all, the rest to admitted keys.

    Args:
        view: the answering node's store.
        caller: the key that signed the request, None for an unsigned one.
        request: anything but a push, which goes through the node's one door (SPEC 7.4).
        now_ms: the answering node's clock, Unix milliseconds.
        me: the answering node's key.

    Raises:
        Refused: ``not-admitted``, ``not-held``, ``bad-request``, or a cursor's code (SPEC 7.7).
    """
    assert not isinstance(request, PushRequest)
    match request:
        case HelloRequest():
            return _hello(view, caller, now_ms, me)
        case ChangesRequest():
            _check(view, caller, request.channels, now_ms)
            return _changes(view, request, caller)
        case BucketsRequest():
            _check(view, caller, request.channels, now_ms)
            return _compare_buckets(view, request)
        case HeadsRequest():
            _check(view, caller, request.channels, now_ms)
            return _list_heads(view, request)
        case RangeRequest():
            _check(view, caller, (request.channel,), now_ms)
            return _range(view, request)
        case RangesRequest():
            wanted = [Range(LogId(*each[:3]), *each[3:]) for each in request.ranges]
            channels = tuple({each.log.channel for each in wanted})
            _check(view, caller, channels, now_ms)
            return _ranges(view, wanted)


def _check(view: View, caller: str | None, channels: Sequence[str], now_ms: int) -> None:
    check_caller(view.roster, caller, channels, now_ms)
    check_held(view.channels, channels)


def check_held(held: Sequence[str], channels: Iterable[str]) -> None:
    """Check that a node holds the channels it is asked for (SPEC 7.9).

    Raises:
        Refused: ``not-held``.
    """
    lacking = sorted(set(channels).difference(held))
    if lacking:
        raise Refused(
            Code.NOT_HELD,
            f"this node does not hold {', '.join(lacking)}; ask for {', '.join(held)} at the most",
        )


def check_caller(roster: Roster, caller: str | None, channels: Sequence[str], now_ms: int) -> None:
    """Check that whoever asks may have these channels, or push to them.

    Raises:
        Refused: ``not-admitted``.
    """
    if tuple(channels) == REGISTRY_ONLY:
        return
    if caller is None or not roster.is_admitted(caller, now_ms):
        raise Refused(
            Code.NOT_ADMITTED, "only member stations; ask for the channel registry alone until then"
        )


def _hello(view: View, caller: str | None, now_ms: int, me: str) -> Hello:
    absent = view.first_absent(caller) if caller is not None else ()
    return Hello(
        network=view.network,
        key=me,
        now_ms=now_ms,
        formats=(FORMAT,),
        feed_epoch=view.feed_epoch,
        feed_head=view.feed_head,
        feed_floor=view.feed_floor,
        admitted=caller is not None and view.roster.is_admitted(caller, now_ms),
        heads=write_heads(_own_heads(view, caller)) if caller is not None else (),
        channels=tuple(view.channels),
        absent=tuple((*log, seq) for log, seq in absent if log.channel in view.channels),
    )


def _own_heads(view: View, caller: str) -> list[Head]:
    """The heads of the caller's own logs, in the channels held here."""
    heads = [head for head in view.heads(caller) if head.log.channel in view.channels]
    return heads[:HEADS_PER_REPLY_MAX]


def _changes(view: View, request: ChangesRequest, caller: str | None) -> Page:
    filtered = filter_digest(request.channels)
    position = _position(view, request.cursor, filtered)
    is_wanted = from_anyone if request.echo else lambda source: source != caller
    feed: Feed | Recent
    if request.heads:
        feed = view.recent(position, request.channels, is_wanted)
        text = write_heads_text(moved.head for moved in feed.moved)
    else:
        feed = view.feed(position, request.channels, PAGE_BYTES_MAX, is_wanted)
        text = b"".join(run.text() for run in feed.runs)
    is_heartbeat = not text and not feed.more
    digest = view.digest(request.channels) if is_heartbeat else None
    return Page(Cursor(view.feed_epoch, feed.position, filtered), feed.more, digest, text)


def _position(view: View, cursor: Cursor | None, filtered: str) -> int:
    """The feed position a cursor stands for here, the feed's beginning if None (SPEC 7.7)."""
    position = 0 if cursor is None else _position_of(view, cursor, filtered)
    if position < view.feed_floor:
        raise Refused(Code.CURSOR_EXPIRED, "this feed begins later; reconcile, then resume")
    return position


def _position_of(view: View, cursor: Cursor, filtered: str) -> int:
    if cursor.filter != filtered:
        raise Refused(Code.BAD_REQUEST, "after: this cursor was given for other channels")
    if cursor.epoch != view.feed_epoch:
        raise Refused(Code.CURSOR_EPOCH, "this node has a new feed; reconcile, then resume")
    if cursor.position > view.feed_head:
        raise Refused(Code.CURSOR_AHEAD, "this feed ends before; reconcile, then resume")
    return cursor.position


def _compare_buckets(view: View, request: BucketsRequest) -> BucketsReply:
    """The resume cursor is taken from the same view: whatever comes later is after it."""
    mine = write_values(view.buckets(request.channels))
    differing = [b for b, value in enumerate(mine) if value != request.buckets[b]]
    heads: dict[int, list[Head]] = {bucket: [] for bucket in differing}
    for head in view.heads_in(differing, request.channels) if differing else ():
        heads[place_of(head.log)[0]].append(head)
    return BucketsReply(
        buckets=tuple(
            (bucket, tuple(write_value(value) for value in fold_subs(heads[bucket])))
            for bucket in differing
        ),
        resume=str(Cursor(view.feed_epoch, view.feed_head, filter_digest(request.channels))),
    )


def _list_heads(view: View, request: HeadsRequest) -> HeadsReply:
    places = frozenset(request.places)
    buckets = sorted({bucket for bucket, _ in places})
    found = sorted(
        (log_name(head.log), head)
        for head in view.heads_in(buckets, request.channels)
        if place_of(head.log) in places and log_name(head.log) > request.after
    )
    heads = [head for _, head in found[:HEADS_PER_REPLY_MAX]]
    return HeadsReply(heads=write_heads(heads), more=len(found) > HEADS_PER_REPLY_MAX)


def _range(view: View, request: RangeRequest) -> LogText:
    if request.last < request.first:
        raise Refused(Code.BAD_REQUEST, "to: is before from")
    return LogText(
        view.text(request.log, request.first, request.last, PAGE_BYTES_MAX, bodies=request.bodies)
    )


def _ranges(view: View, wanted: Sequence[Range]) -> LogText:
    if any(each.last < each.first for each in wanted):
        raise Refused(Code.BAD_REQUEST, "ranges: one ends before it begins")
    return LogText(join_ranges(view, wanted, PAGE_BYTES_MAX))
