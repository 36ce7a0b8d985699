"""The store in memory, where bodies are not held: absent or erased (SPEC 4.4, 4.6)."""

from collections.abc import Iterable, Mapping, Sequence

from node.simulation.shared import AbsentAt, Disk, MemoryRun, part_of, with_bodies
from node.store import AbsentBody, Erasure, Place, Turn
from node.store.absence import size_of, stretches
from protocol.header import LogId
from protocol.limits import CHANNELS


def note_absent(disk: Disk, run: MemoryRun, position: int, erased: frozenset[int]) -> None:
    """Note which bodies of a run are not there."""
    headers, bodies = run.split
    if b"" in bodies:
        marks = disk.absent.setdefault(run.log, {})
        for seq, (header, body) in enumerate(zip(headers, bodies, strict=True), run.first):
            if not body:
                marks[seq] = AbsentAt(size_of(header), position, seq in erased)


class MemoryBodies:
    """What :class:`node.store.bodies.WritingBodies` says, of one node's memory."""

    _disk: Disk
    _asked: LogId | None
    appended_to: int

    def absent(self, log: LogId, first: int, last: int) -> dict[int, bool]:
        """The seqs of a range whose bodies are not held, and whether each is erased."""
        marks = self._disk.absent.get(log, {})
        return {seq: each.erased for seq, each in marks.items() if first <= seq <= last}

    def list_absent(
        self, after: Turn, limit: int, channels: Sequence[str] = CHANNELS
    ) -> list[AbsentBody]:
        """Bodies to be asked of peers."""
        found = [
            AbsentBody(log, seq, each.size, Turn(each.position, 0, seq))
            for log, marks in self._disk.absent.items()
            for seq, each in marks.items()
            if log.channel in channels and not each.erased and (each.position, 0, seq) > after
        ]
        return sorted(found, key=lambda each: each.turn)[:limit]

    def list_marked(self) -> list[tuple[LogId, int, bool]]:
        """Every entry whose body is not held, and whether it is erased."""
        return [
            (log, seq, each.erased)
            for log, marks in self._disk.absent.items()
            for seq, each in marks.items()
        ]

    def first_absent(self, author: str) -> list[Place]:
        """Of each log of an author, the first entry whose body is absent and not erased."""
        found = []
        for log, marks in sorted(self._disk.absent.items()):
            seqs = [seq for seq, each in marks.items() if not each.erased]
            if log.author == author and seqs:
                found.append((log, min(seqs)))
        return found

    def has_erasures(self) -> bool:
        """Whether anything is named by an erasure."""
        return bool(self._disk.erasures)

    def erasures(self, log: LogId | None = None, first: int = 0, last: int = 0) -> list[Erasure]:
        """What names entries of a range of a log, or any."""
        found = [
            each
            for each in self._disk.erasures
            if log is None or (each.log == log and first <= each.seq <= last)
        ]
        return sorted(found, key=lambda each: (each.log, each.seq, each.by_id))

    def fill(self, log: LogId, bodies: Mapping[int, bytes], source: str) -> None:
        """Put absent bodies in their place; the entries stand in the feed once more."""
        self._put_bodies(log, bodies)
        marks = self._disk.absent[log]
        for seq in bodies:
            del marks[seq]
        for run in self._runs_of(log):
            for first, count in stretches(seq for seq in bodies if run.holds(seq)):
                self._disk.feed.append(part_of(run, first, count))
                self._disk.sources.append(source)
                self.appended_to = self._disk.last_position

    def erase(self, log: LogId, seqs: Sequence[int]) -> None:
        """Empty the body lines of entries held."""
        self._put_bodies(log, dict.fromkeys(seqs, b""))
        position = self._disk.last_position
        for run in self._runs_of(log):
            within = frozenset(seq for seq in seqs if run.holds(seq))
            for seq in within:
                note_absent(self._disk, part_of(run, seq, 1), position, within)

    def mark_erased(self, log: LogId, seq: int, *, erased: bool) -> None:
        """Say of a body that is not held whether it is erased."""
        marks = self._disk.absent[log]
        marks[seq] = marks[seq]._replace(erased=erased)

    def add_erasures(self, erasures: Iterable[Erasure]) -> None:
        """Keep what an erasure names."""
        known = set(self._disk.erasures)
        self._disk.erasures += [each for each in erasures if each not in known]

    def find_absence(self) -> None:
        """Find anew which bodies are not held."""
        self._disk.absent.clear()
        self._disk.erasures.clear()
        position = self._disk.last_position
        for states in self._disk.authors.values():
            for state in states:
                for run in state.runs:
                    note_absent(self._disk, run, position, frozenset())

    def _runs_of(self, log: LogId) -> tuple[MemoryRun, ...]:
        states = self._disk.authors[log.author]
        return next(state.runs for state in states if state.stored.log == log)

    def _put_bodies(self, log: LogId, bodies: Mapping[int, bytes]) -> None:
        """Runs are values that others hold, too: this node gets runs of its own."""
        self._asked = None
        disk = self._disk
        disk.authors[log.author] = tuple(
            state._replace(runs=tuple(with_bodies(run, bodies) for run in state.runs))
            if state.stored.log == log
            else state
            for state in disk.authors[log.author]
        )
        disk.feed[:] = [with_bodies(run, bodies) if run.log == log else run for run in disk.feed]
