"""Who else holds this station's entries, as far as they have said (promise P1).

A peer says so by what it answers or asks after its own commit: the heads in its ``hello``, the
outcome of a push, the position from which it reads on. Local, and for display only: it never
decides what is sent.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select

from node.clock import Clock
from node.store import HOLDING, HoldingRow, Reading, Writing
from protocol.acts import REGISTRY
from protocol.header import LogId
from protocol.heads import Head
from protocol.limits import CHANNELS
from protocol.messages import ACCEPTED, DUPLICATE, ChangesRequest, Hello, Outcome, Outcomes

SAMPLES = 64
"""How many looks at the own heads are kept, to tell what a reader that lags has taken."""
FRESH_MS = 300_000
"""A statement that says nothing new is written down again when it is so much younger."""


class Statement(NamedTuple):
    """How far a peer has said to hold an own log, and when it last said so (Unix ms)."""

    seq: int
    at_ms: int


_NOTHING = Statement(-1, 0)


class Holdings:
    """By peer and own log, the last entry the peer answered for; lives on the event loop."""

    def __init__(self, own: Iterable[str], clock: Clock) -> None:
        """``own`` are the keys this station signs or signed with."""
        self._own = frozenset(own)
        self._clock = clock
        self._said: defaultdict[LogId, dict[str, Statement]] = defaultdict(dict)
        self._written: dict[tuple[str, LogId], Statement] = {}
        self._news: set[tuple[str, LogId]] = set()
        self._read: dict[str, tuple[frozenset[str], Statement]] = {}
        self._samples: deque[tuple[int, tuple[Head, ...]]] = deque(maxlen=SAMPLES)

    def load(self, reading: Reading) -> None:
        """Take up what was written down before."""
        for row in reading.connection.execute(select(HOLDING)):
            log = LogId(row.author, row.channel, row.epoch)
            said = Statement(row.seq, row.at_ms)
            self._said[log][row.peer] = self._written[row.peer, log] = said

    def note_heads(self, peer: str, heads: Iterable[Head]) -> None:
        """A peer's ``hello`` showed these heads of own logs."""
        now_ms = self._clock.now_ms()
        for head in heads:
            if head.seq >= 0:
                self._note(peer, head.log, Statement(head.seq, now_ms))

    def note_outcomes(self, peer: str, outcomes: Iterable[Outcome]) -> None:
        """A peer answered a push."""
        now_ms = self._clock.now_ms()
        for outcome in outcomes:
            if outcome.code in (ACCEPTED, DUPLICATE) and outcome.log and outcome.next:
                self._note(peer, outcome.log, Statement(outcome.next - 1, now_ms))

    def note_reply(self, peer: str, reply: object) -> None:
        """A peer answered something: what it says of own logs, if it says anything."""
        if not self._own:
            return
        if isinstance(reply, Hello):
            self._forget_others(peer, reply.channels)
            absent = {LogId(*each[:3]): each[3] for each in reply.absent}
            self.note_heads(peer, (_with_bodies(each.head, absent) for each in reply.heads))
        elif isinstance(reply, Outcomes):
            self.note_outcomes(peer, reply.read())

    def note_request(self, peer: str, request: ChangesRequest, feed: tuple[int, int]) -> None:
        """A peer reads on in this node's feed, whose epoch and end are ``feed``.

        One that only asks where logs stand may lack what it was shown; the registry alone is what
        one reads before the rest.
        """
        cursor = request.cursor
        if cursor is None or request.heads or request.channels == (REGISTRY,):
            return
        if cursor.epoch == feed[0] and cursor.position <= feed[1]:
            self.note_reader(peer, cursor.position, request.channels)

    def note_reader(self, peer: str, position: int, channels: Iterable[str] = CHANNELS) -> None:
        """A peer asks for what comes after a position of this feed: it has taken all before, of
        these channels."""
        self._read[peer] = frozenset(channels), Statement(position, self._clock.now_ms())
        self._match(peer)

    def sample(self, sample: tuple[int, Sequence[Head]] | None) -> None:
        """Take in :func:`sample_own`: who has read up to that position holds those heads."""
        if sample is None:
            return
        position, heads = sample
        if not self._samples or self._samples[-1][0] < position:
            self._samples.append((position, tuple(heads)))
        for peer in self._read:
            self._match(peer)

    def holders(self, log: LogId, seq: int) -> dict[str, int]:
        """The keys of the peers that said to hold an entry, and when each last did (Unix ms)."""
        said = self._said.get(log, {})
        return {peer: each.at_ms for peer, each in said.items() if each.seq >= seq}

    def statements(self, log: LogId) -> dict[str, Statement]:
        """By peer, how far it said to hold a log."""
        return dict(self._said.get(log, {}))

    def write_down(self) -> list[dict[str, object]]:
        """The rows that are to be written: what is new, or was said again much later."""
        rows = []
        for peer, log in self._news:
            said, before = self._said[log][peer], self._written.get((peer, log))
            if before is None or before.seq != said.seq or said.at_ms - before.at_ms >= FRESH_MS:
                self._written[peer, log] = said
                rows.append({"peer": peer, **log._asdict(), **said._asdict()})
        self._news.clear()
        return rows

    def _forget_others(self, peer: str, channels: Iterable[str]) -> None:
        """A peer that does not hold a channel any more holds nothing of it, whatever it said."""
        held = {REGISTRY, *channels}
        for log, said in self._said.items():
            if log.channel not in held and said.get(peer, _NOTHING).seq >= 0:
                said[peer] = Statement(-1, self._clock.now_ms())
                self._news.add((peer, log))
        if peer in self._read and not self._read[peer][0] <= held:
            del self._read[peer]

    def _match(self, peer: str) -> None:
        channels, read = self._read[peer]
        for position, heads in reversed(self._samples):
            if position <= read.seq:
                for head in (each for each in heads if each.log.channel in channels):
                    self._note(peer, head.log, Statement(head.seq, read.at_ms))
                return

    def _note(self, peer: str, log: LogId, said: Statement) -> None:
        if log.author not in self._own or peer in self._own:
            return
        before = self._said[log].get(peer)
        if before is None or (said.seq, said.at_ms) > before:
            self._said[log][peer] = said
            self._news.add((peer, log))


def _with_bodies(head: Head, absent: Mapping[LogId, int]) -> Head:
    """The head up to which a peer holds the bodies, too: only that much it keeps safe."""
    first = absent.get(head.log)
    return head if first is None else head._replace(seq=min(head.seq, first - 1))


def sample_own(reading: Reading, own: Iterable[str]) -> tuple[int, list[Head]] | None:
    """The feed's end and where the logs stand that this station signed, at one moment.

    None while something is committed that peers are not shown yet.
    """
    last = reading.last_position()
    if last != reading.feed_head:
        return None
    return last, [head for key in own for head in reading.heads(key)]


def write_holdings(tx: Writing, rows: Sequence[dict[str, object]]) -> None:
    """Write down who holds what."""
    tx.upsert(HoldingRow, rows)
