"""Two stores hold the heads of a country and differ in ten: what comparing them costs (SPEC 7.5).

The production conversation between two stores on disk, every request and answer as bytes; the
network between them is not measured.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from node.clock import Clock
from node.ingest import Ingest
from node.store import Store, StoreView
from protocol.actions import Conversation, Look, Peer, Take
from protocol.cursor import Cursor
from protocol.exchange import decode_answer, decode_request, encode_request
from protocol.keys import SigningKey
from protocol.limits import CHANNELS
from protocol.messages import Request
from protocol.reconciling import reconcile
from protocol.sync import Response, respond
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.ingest import LaterClock
from tests.benchmarks.workload import LogWriter, Workload, make_workload, need, text_of

MEMBERS = 3_334
LOG_CHANNELS = CHANNELS[1:]
DIFFERING = 10
BODY_BYTES = 600


T = TypeVar("T")


class _Holding(StoreView):
    """A store that has never read a peer."""

    followed: frozenset[str] = frozenset()

    def cursor(self, peer: str, filter: str) -> Cursor | None:
        return None


@dataclass
class Spent:
    """What one comparison took: requests, bytes of both directions, milliseconds of one core."""

    rounds: int = 0
    content_bytes: int = 0
    ms: float = 0.0


@dataclass
class Side:
    """One of the two: its key, its store, its door."""

    key: SigningKey
    work: Workload
    folder: Path
    clock: Clock = field(default_factory=LaterClock)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        url = f"sqlite:///{self.folder}/node.db"
        self.store = Store.open(url, self.folder, inline=True, clock=self.clock)
        self.ingest = Ingest(self.store, self.work.network, self.clock, ())
        self.take(self.work.registry)

    def take(self, text: bytes) -> None:
        """Take text in that must be good."""
        outcomes = self.ingest.receive(text, "")
        assert {each.code for each in outcomes} == {"accepted"}

    def look(self, read: Callable[[Any], T]) -> T:
        """Look at the store as conversations do."""
        network, key, roster = self.work.network.id, self.key.public, self.ingest.roster
        return self.store.read(lambda reading: read(_Holding(reading, network, key, roster)))

    def state(self) -> list[int]:
        """The buckets over all its heads."""
        return list(self.store.read(lambda reading: reading.buckets()))


class Twins:
    """A country's heads in two stores, and what is written at one of them only."""

    def __init__(self, folder: Path, members: int) -> None:
        keys = [SigningKey(number.to_bytes(32)) for number in range(1, members + 1)]
        work = make_workload(1, members=keys)
        self.writers = [
            LogWriter(key, work.network.id, channel) for key in keys for channel in LOG_CHANNELS
        ]
        text = b"".join(text_of([writer.opening]) for writer in self.writers)
        self.mine = Side(keys[0], work, folder / "mine")
        self.other = Side(keys[1], work, folder / "other")
        for side in (self.mine, self.other):
            side.take(text)
        self._written = 0

    def write(self, logs: int) -> None:
        """One entry more in so many logs, at the other one."""
        step = max(1, len(self.writers) // logs)
        for writer in self.writers[::step][:logs]:
            self._written += 1
            self.other.take(text_of([writer.add(need(self._written, BODY_BYTES))]))

    def reconcile(self) -> Spent:
        """Bring the first one up to the other."""
        mine, other = self.mine, self.other
        peer = Peer(mine.key.public, other.key.public, mine.work.network.id)
        spent = Spent()
        began_s = time.perf_counter()
        self._drive(reconcile(peer, CHANNELS), spent)
        spent.ms = 1000 * (time.perf_counter() - began_s)
        assert mine.state() == other.state()
        return spent

    def close(self) -> None:
        """Close both stores."""
        self.mine.store.close()
        self.other.store.close()

    def _drive(self, conversation: Conversation[object], spent: Spent) -> None:
        reply: object = None
        while True:
            try:
                action = conversation.send(reply)
            except StopIteration:
                return
            match action:
                case Look():
                    reply = self.mine.look(action.read)
                case Take():
                    source = self.other.key.public
                    cursor = action.cursor and (source, action.cursor)
                    reply = self.mine.ingest.receive(action.text, source, cursor)
                case _:
                    reply = self._ask(action, spent)

    def _ask(self, request: Request, spent: Spent) -> Response:
        """Send a request there and its answer back, as bytes."""
        form, me, other = encode_request(request), self.mine.key.public, self.other
        asked = decode_request(*form)
        now_ms = other.clock.now_ms()
        answer = other.look(lambda view: respond(view, me, asked, now_ms, other.key.public))
        content = answer.encode()
        spent.rounds += 1
        spent.content_bytes += len(form.query) + len(form.body) + len(content)
        return decode_answer(asked, content)


def figures(rounds: int, members: int = MEMBERS) -> list[Figure]:
    """Bytes, requests and milliseconds until both hold the same again."""
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        twins = Twins(Path(folder), members)
        spent = []
        for _ in range(rounds):
            twins.write(DIFFERING)
            spent.append(twins.reconcile())
        twins.close()
    name = f"reconcile {len(twins.writers):,} heads, {DIFFERING} differ"
    return [
        Figure(
            f"{name}: bytes", median([each.content_bytes for each in spent]), "bytes",
            at_most=64 * 1024,
        ),
        Figure(f"{name}: requests", median([each.rounds for each in spent]), "", at_most=3),
        Figure(f"{name}: time", median([each.ms for each in spent]), "ms", at_most=250),
    ]  # fmt: skip
