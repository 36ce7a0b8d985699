"""What the store hands out: logs, runs, pages of the feed, held runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocol.chain import join_text
from protocol.entry import Tail
from protocol.header import LogId
from protocol.heads import Moved


class StoredLog(NamedTuple):
    """A log as it lies here: its local number, where it stands, the bytes of all its lines."""

    number: int
    log: LogId
    tail: Tail
    line_bytes: int


@dataclass(frozen=True, slots=True)
class StoredRun:
    """Consecutive entries of one log: header lines and body lines, each line ended by one LF."""

    log: LogId
    first: int
    count: int
    headers: bytes
    bodies: bytes

    def lines(self) -> tuple[list[bytes], list[bytes]]:
        """Header lines and body lines, without LF."""
        return self.headers.split(b"\n")[:-1], self.bodies.split(b"\n")[:-1]

    def text(self) -> bytes:
        """The run as log text (SPEC 5.1)."""
        return join_text(*self.lines())

    def holds(self, seq: int) -> bool:
        """Whether an entry of this log is in the run."""
        return self.first <= seq < self.first + self.count

    def cut(self, first: int, last: int) -> "StoredRun":
        """The part of the run from ``first`` to ``last``, both included."""
        start, end = max(first, self.first), min(last, self.first + self.count - 1)
        if start == self.first and end == self.first + self.count - 1:
            return self
        headers, bodies = self.lines()
        span = slice(start - self.first, end - self.first + 1)
        count = end - start + 1
        return StoredRun(self.log, start, count, _blob(headers[span]), _blob(bodies[span]))


class FeedPage(NamedTuple):
    """Runs in arrival order; ``position`` is the last feed row examined."""

    runs: list[StoredRun]
    position: int
    more: bool


class Recent(NamedTuple):
    """Logs of which runs came, in the order they first did; ``position`` as in a feed page."""

    moved: list[Moved]
    position: int
    more: bool


class HeldRun(NamedTuple):
    """A run that was not accepted: ask ``peer`` again for ``wanted`` on after ``retry_at`` (ms)."""

    peer: str
    log: LogId
    wanted: int
    code: str
    detail: str
    retry_at: int


def _blob(lines: Sequence[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"
