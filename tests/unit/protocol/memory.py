"""Two nodes without a network: stores in memory, and a driver that carries out conversations.

What a real node does over HTTP and SQL is a function call here; the protocol code is the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from protocol.actions import (
    Absent,
    AfterLead,
    Conversation,
    Due,
    Given,
    Heard,
    Lacks,
    Lead,
    Linger,
    Look,
    Lost,
    Peer,
    Pushed,
    Take,
    Wait,
)
from protocol.acts import RegistryEntry
from protocol.chain import RawRun, check_run, join_text, split_text
from protocol.cursor import Cursor
from protocol.entry import Entry, Tail, write_entry
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.heads import Head, Moved, fold_heads, heads_digest, place_of
from protocol.keys import SigningKey
from protocol.limits import CHANNELS, INTEGER_MAX
from protocol.messages import Outcome, Outcomes, PushRequest, Request, write_outcomes
from protocol.ranges import Range
from protocol.records import LogOpened
from protocol.roster import Roster, fold
from protocol.sync import Response, Wanted, respond
from tests.unit.protocol.world import DAY_MS, START_MS, World

NOW_MS = START_MS + DAY_MS


@dataclass
class Lines:
    """One log: header lines and body lines, and the id and TIME of each entry."""

    headers: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    @property
    def tail(self) -> Tail | None:
        return Tail(len(self.ids) - 1, self.ids[-1], self.times[-1]) if self.ids else None


@dataclass(frozen=True)
class FeedRow:
    log: LogId
    lines: Lines
    first: int
    count: int
    source: str

    def text(self) -> bytes:
        span = slice(self.first, self.first + self.count)
        return join_text(self.lines.headers[span], self.lines.bodies[span])


@dataclass(frozen=True)
class FeedSlice:
    runs: list[FeedRow]
    position: int
    more: bool


@dataclass(frozen=True)
class RecentSlice:
    moved: list[Moved]
    position: int
    more: bool


class MemoryNode:
    """A station's store: :class:`protocol.actions.Holding`, and the one door in."""

    def __init__(self, world: World, name: str, feed_epoch: int = 1) -> None:
        self.world = world
        self.name = name
        self.signing = SigningKey(world.key(name).seed)
        self.key = self.signing.public
        self.network = world.network.id
        self.feed_epoch = feed_epoch
        self.logs: dict[LogId, Lines] = {}
        self.rows: list[FeedRow] = []
        self.cursors: dict[tuple[str, str], Cursor] = {}
        self.due: list[tuple[LogId, int]] = []
        self.wanted: list[Range] = []
        self.lost: list[Head] = []
        self.heard: list[dict[LogId, Tail | None]] = []
        self.asked: list[Request] = []
        self.given: Given | None = None
        self.lacking: tuple[Range, ...] = ()
        self.followed: frozenset[str] = frozenset()
        self.leads = True
        self.lingers: Callable[[], object] = lambda: None
        self.rows_per_page = 1_000_000
        self.floor = 0
        self.channels: tuple[str, ...] = CHANNELS

    # -- Holding ------------------------------------------------------------------------------

    @property
    def roster(self) -> Roster:
        return fold(
            self.world.network,
            (entry for entry in self.world.entries if self._knows(entry)),
        )

    def _knows(self, entry: RegistryEntry) -> bool:
        return True

    @property
    def feed_head(self) -> int:
        return len(self.rows)

    @property
    def feed_floor(self) -> int:
        return self.floor

    def feed(
        self, after: int, channels: Sequence[str], bytes_max: int, is_wanted: Wanted
    ) -> FeedSlice:
        runs: list[FeedRow] = []
        size, position = 0, after
        for row in self.rows[after:]:
            if row.log.channel in channels and is_wanted(row.source):
                size += len(row.text())
                if runs and (size > bytes_max or len(runs) == self.rows_per_page):
                    return FeedSlice(runs, position, True)
                runs.append(row)
            position += 1
        return FeedSlice(runs, position, False)

    def recent(
        self, after: int, channels: Sequence[str], is_wanted: Wanted, up_to: int | None = None
    ) -> RecentSlice:
        end = len(self.rows) if up_to is None else up_to
        moved: dict[LogId, Moved] = {}
        position = after
        for row in self.rows[after:end]:
            if row.log.channel in channels and is_wanted(row.source):
                if len(moved) == self.rows_per_page:
                    return RecentSlice(list(moved.values()), position, True)
                (head,) = self.heads_of([row.log])
                moved.setdefault(row.log, Moved(head, row.first))
            position += 1
        return RecentSlice(list(moved.values()), position, False)

    def heads_of(self, logs: Iterable[LogId]) -> Sequence[Head]:
        wanted = set(logs)
        return [head for head in self.heads() if head.log in wanted]

    def heads(self, author: str | None = None) -> Sequence[Head]:
        return [
            Head(log, *tail)
            for log, lines in self.logs.items()
            if (tail := lines.tail) is not None and author in (None, log.author)
        ]

    def buckets(self, channels: Sequence[str]) -> Sequence[int]:
        return fold_heads(head for head in self.heads() if head.log.channel in channels)

    def digest(self, channels: Sequence[str]) -> str:
        return heads_digest(self.buckets(channels))

    def heads_in(self, buckets: Sequence[int], channels: Sequence[str]) -> Sequence[Head]:
        return [
            head
            for head in self.heads()
            if head.log.channel in channels and place_of(head.log)[0] in buckets
        ]

    def text(
        self, log: LogId, first: int, last: int, bytes_max: int, *, bodies: bool = True
    ) -> bytes:
        lines = self.logs.get(log, Lines())
        end = min(last + 1, len(lines.ids))
        while end > first + 1:
            if len(join_text(lines.headers[first:end], lines.bodies[first:end])) <= bytes_max:
                break
            end -= 1
        given = lines.bodies[first:end] if bodies else [b""] * len(lines.bodies[first:end])
        return join_text(lines.headers[first:end], given)

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        return self.cursors.get((peer, filter))

    def first_absent(self, author: str) -> Sequence[tuple[LogId, int]]:
        return []

    # -- the door -----------------------------------------------------------------------------

    def take(self, text: bytes, source: str) -> list[Outcome]:
        return [self._take_run(raw, source) for raw in split_text(text)]

    def _take_run(self, raw: RawRun, source: str) -> Outcome:
        if raw.log is None:
            assert raw.fault is not None
            return Outcome(None, 0, len(raw.headers), raw.fault.code)
        if raw.log.channel not in self.channels:
            return Outcome(raw.log, raw.first, len(raw.headers), Code.NOT_HELD, 0)
        lines = self.logs.setdefault(raw.log, Lines())
        held = len(lines.ids)
        known = max(0, min(held - raw.first, len(raw.headers)))
        if lines.headers[raw.first : raw.first + known] != raw.headers[:known]:
            return Outcome(raw.log, raw.first, len(raw.headers), Code.FORK, held)
        if known == len(raw.headers):
            return Outcome(raw.log, raw.first, known, "duplicate", held)
        try:
            run = check_run(self.network, raw.after(known), lines.tail)
        except Refused as refused:
            return Outcome(raw.log, raw.first, len(raw.headers), refused.code, held)
        lines.headers += run.headers
        lines.bodies += run.bodies
        lines.ids += [id_.decode() for id_ in run.ids]
        lines.times += run.times
        self.rows.append(FeedRow(raw.log, lines, run.first, len(run), source))
        return Outcome(raw.log, run.first, len(run), "accepted", len(lines.ids))

    def publish(self, channel: str, count: int = 1, epoch: int = 1) -> list[Entry]:
        """Append some entries to an own log, each a run of its own."""
        log = LogId(self.key, channel, epoch)
        entries = []
        for _ in range(count):
            tail = self.logs[log].tail if log in self.logs else None
            kind, body = ("test.noted/1", b"{}") if tail else (LogOpened.KIND, LogOpened().body())
            time = tail.time + 1 if tail else NOW_MS
            entry = write_entry(
                self.signing, self.network, log, tail, time=time, kind=kind, subject="-", body=body
            )
            outcomes = self.take(join_text([entry.line], [entry.body]), "")
            assert outcomes[0].code == "accepted"
            entries.append(entry)
        return entries

    def state(self) -> dict[LogId, list[bytes]]:
        return {log: lines.headers for log, lines in self.logs.items() if lines.headers}


Tamper = Callable[[Request, Response], Response]


def talk(
    me: MemoryNode,
    other: MemoryNode,
    conversation: Conversation[object],
    *,
    waits: Sequence[Callable[[], object]] = (),
    tamper: Tamper | None = None,
    steps_max: int = 20_000,
) -> object:
    """Carry out a conversation of ``me`` with ``other`` to its end.

    ``waits`` are what happens at each wait, one after the other; then the conversation ends.
    """
    pending = list(waits)
    reply: object = None
    refused: Refused | None = None
    for _ in range(steps_max):
        try:
            action = conversation.throw(refused) if refused else conversation.send(reply)
        except StopIteration as end:
            return end.value
        refused = None
        try:
            match action:
                case Look():
                    reply = action.read(me)
                case Take():
                    reply = me.take(action.text, other.key)
                    if action.cursor is not None:
                        me.cursors[other.key, action.cursor.filter] = action.cursor
                case Due():
                    reply, me.due = me.due, []
                case Absent():
                    reply, me.wanted = me.wanted, []
                case Lost():
                    me.lost += action.heads
                case Heard():
                    me.heard.append({log: lines.tail for log, lines in me.logs.items()})
                case Pushed():
                    me.given = action.given
                case Lacks():
                    me.lacking = action.ranges
                case Lead():
                    reply = me.leads
                case AfterLead():
                    pass
                case Linger():
                    me.lingers()
                case Wait():
                    reply = action.at_most_ms if pending else None
                    if pending:
                        pending.pop(0)()
                case _:
                    if getattr(action, "wait_s", 0):
                        if not pending:
                            conversation.close()
                            return None
                        pending.pop(0)()
                    reply = answer(me, other, action)
                    if tamper is not None:
                        reply = tamper(action, reply)
        except Refused as fault:
            refused = fault
    raise AssertionError(f"more than {steps_max} steps")


def answer(me: MemoryNode, other: MemoryNode, request: Request) -> Response:
    """What ``other`` answers, after the request went over the wire and back."""
    me.asked.append(request)
    if isinstance(request, PushRequest):
        outcomes = write_outcomes(other.take(request.text, me.key))
        return Outcomes.decode(outcomes.encode())
    response = respond(other, me.key, request, NOW_MS, other.key)
    return type(response).decode(response.encode()) if hasattr(response, "decode") else response


__all__ = ["INTEGER_MAX", "NOW_MS", "MemoryNode", "answer", "talk"]


def peer(me: MemoryNode, other: MemoryNode) -> Peer:
    """The other node as the first one speaks with it."""
    return Peer(me.key, other.key, me.network)
