"""The store's part about bodies that are not held, for :class:`Reading` and :class:`Writing`."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from node.store.absence import (
    AbsentBody,
    Erasure,
    Place,
    Turn,
    absent_rows,
    clear_marks,
    drop_absent,
    feed_row,
    find_absent,
    find_erasures,
    first_absent,
    has_erasures,
    insert_erasures,
    list_absent,
    list_marked,
    mark_erased,
    put_bodies,
    stretches,
)
from node.store.bulk import insert_rows
from node.store.stored import StoredLog, StoredRun
from node.store.tables import ABSENT, FEED
from protocol.header import LogId
from protocol.limits import CHANNELS


class ReadingBodies(ABC):
    """What can be asked about them."""

    connection: Connection

    @abstractmethod
    def _settle(self) -> None: ...

    @abstractmethod
    def find_log(self, log: LogId) -> StoredLog | None:
        """The log as stored."""

    def absent(self, log: LogId, first: int, last: int) -> dict[int, bool]:
        """The seqs of a range whose bodies are not held, and whether each is erased."""
        self._settle()
        found = self.find_log(log)
        return {} if found is None else find_absent(self.connection, found, first, last)

    def list_absent(
        self, after: Turn, limit: int, channels: Sequence[str] = CHANNELS
    ) -> list[AbsentBody]:
        """Bodies to be asked of peers, in the order of their turns."""
        self._settle()
        return list_absent(self.connection, after, limit, channels)

    def list_marked(self) -> list[tuple[LogId, int, bool]]:
        """Every entry whose body is not held, and whether it is erased."""
        self._settle()
        return list_marked(self.connection)

    def first_absent(self, author: str) -> list[Place]:
        """Of each log of an author, the first entry whose body is absent and not erased."""
        self._settle()
        return first_absent(self.connection, author)

    def has_erasures(self) -> bool:
        """Whether anything is named by an erasure."""
        return has_erasures(self.connection)

    def erasures(self, log: LogId | None = None, first: int = 0, last: int = 0) -> list[Erasure]:
        """What names entries of a range of a log, or any where no log is given."""
        return find_erasures(self.connection, log, first, last)


class WritingBodies(ReadingBodies):
    """What can be done about them."""

    @abstractmethod
    def last_position(self) -> int:
        """The last feed position given out."""

    @abstractmethod
    def next_position(self) -> int:
        """Give out the next feed position."""

    @abstractmethod
    def range(self, log: LogId, first: int, last: int) -> tuple[list[bytes], list[bytes]]:
        """Header lines and body lines of a range of a log."""

    @abstractmethod
    def runs(self, log: LogId, first: int = 0, last: int | None = None) -> Iterator[StoredRun]:
        """The stored runs that cover a range of a log, cut to it."""

    @abstractmethod
    def log_runs(self) -> Iterator[StoredRun]:
        """Every stored run."""

    def fill(self, log: LogId, bodies: Mapping[int, bytes], source: str) -> None:
        """Put absent bodies in their place; the entries stand in the feed once more.

        Args:
            log: the log.
            bodies: by seq, verified against the headers held.
            source: the key of the peer they came from.
        """
        self._settle()
        stored = _held(self, log)
        put_bodies(self.connection, stored, bodies)
        drop_absent(self.connection, stored, bodies)
        rows = []
        for first, count in stretches(bodies):
            for run in self.runs(log, first, first + count - 1):
                size = len(run.headers) + len(run.bodies) - 2 * run.count
                position = self.next_position()
                rows.append(feed_row(position, stored, run.first, run.count, size, source))
        insert_rows(self.connection, FEED, rows)

    def erase(self, log: LogId, seqs: Sequence[int]) -> None:
        """Empty the body lines of entries held, whose bodies are erased (SPEC 4.6)."""
        self._settle()
        stored = _held(self, log)
        put_bodies(self.connection, stored, dict.fromkeys(seqs, b""))
        position = self.last_position()
        for seq in seqs:
            headers, bodies = self.range(log, seq, seq)
            rows = absent_rows(stored.number, seq, headers, bodies, position, frozenset((seq,)))
            insert_rows(self.connection, ABSENT, rows)

    def mark_erased(self, log: LogId, seq: int, *, erased: bool) -> None:
        """Say of a body that is not held whether it is erased."""
        self._settle()
        stored = _held(self, log)
        mark_erased(self.connection, stored, seq, erased=erased)

    def add_erasures(self, erasures: Iterable[Erasure]) -> None:
        """Keep what an erasure names, held or not."""
        insert_erasures(self.connection, erasures)

    def find_absence(self) -> None:
        """Find anew, in the chunks, which bodies are not held; none is erased for all it knows."""
        self._settle()
        clear_marks(self.connection)
        position = self.last_position()
        for run in self.log_runs():
            headers, bodies = run.lines()
            if b"" in bodies:
                number = _held(self, run.log).number
                rows = absent_rows(number, run.first, headers, bodies, position, frozenset())
                insert_rows(self.connection, ABSENT, rows)


def _held(bodies: ReadingBodies, log: LogId) -> StoredLog:
    stored = bodies.find_log(log)
    assert stored is not None
    return stored
