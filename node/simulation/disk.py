"""A node's disk: the production store and guard file, with the moments at which a process can die.

Between the closure and the commit, half-way through the commit, between the commit and the guard
file, half-way through the guard file, and after it: these are all the states a crash can leave
(DESIGN 1.4).
"""

import shutil
import sqlite3
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from node.simulation.scheduler import Crash
from node.store import Guard, Store, Writing
from node.store.guard import SLOT_BYTES
from protocol.entry import Tail
from protocol.header import LogId

T = TypeVar("T")

DATABASE = "node.db"
GUARD = "guard"
_PIECE = 512


class Moment(StrEnum):
    """Where in a write a process dies."""

    BEFORE_COMMIT = "before-commit"
    IN_COMMIT = "in-commit"
    BEFORE_GUARD = "before-guard"
    IN_GUARD = "in-guard"
    AFTER_GUARD = "after-guard"


Strike = Callable[[Moment], None]


class SimStore(Store):
    """The production store; ``strike`` is called at every moment at which a process can die.

    ``will_tear`` is asked before each commit whether the power fails in the middle of it.
    """

    strike: Strike = staticmethod(lambda _: None)
    will_tear: Callable[[], bool] = staticmethod(lambda: False)
    writes = 0
    _found: dict[Path, bytes] | None = None

    def write(
        self, closure: Callable[[Writing], T], before_visible: Callable[[T], None] | None = None
    ) -> T:
        """:meth:`Store.write`."""
        opened: list[Writing] = []
        before: dict[Path, bytes] = {}

        def doomed(tx: Writing) -> T:
            result = closure(tx)
            tx.flush()
            self.strike(Moment.BEFORE_COMMIT)
            opened.append(tx)
            if self.will_tear():
                before.update(self._files())
            return result

        def committed(result: T) -> None:
            if before:
                self._found = before | {self._wal: _torn(before[self._wal], self._read_wal())}
                opened[0].after_commit.clear()
                self.strike(Moment.IN_COMMIT)
            self.strike(Moment.BEFORE_GUARD)
            if before_visible is not None:
                before_visible(result)

        self.writes += 1
        result = super().write(doomed, committed)
        self.strike(Moment.AFTER_GUARD)
        return result

    def close(self) -> None:
        """:meth:`Store.close`; after a torn commit the disk is as the power failure left it."""
        super().close()
        found, self._found = self._found, None
        for path, content in (found or {}).items():
            path.write_bytes(content)

    @property
    def _path(self) -> Path:
        assert self._writer.engine.url.database is not None
        return Path(self._writer.engine.url.database)

    @property
    def _wal(self) -> Path:
        return self._path.with_name(f"{DATABASE}-wal")

    def _read_wal(self) -> bytes:
        return self._wal.read_bytes() if self._wal.exists() else b""

    def _files(self) -> dict[Path, bytes]:
        return {self._path: self._path.read_bytes(), self._wal: self._read_wal()}

    def fill_up(self) -> None:
        """From now on the disk is full: the database cannot grow."""
        self._writer.exec_driver_sql("PRAGMA max_page_count = 1")
        self._writer.rollback()

    def make_room(self) -> None:
        """There is room again."""
        self._writer.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        self._writer.rollback()


def _torn(before: bytes, after: bytes) -> bytes:
    """A file half-way from one content to the other: the first part written, the rest not."""
    least = min(len(before), len(after))
    places = range(0, least, _PIECE)
    differing = (i for i in places if before[i : i + _PIECE] != after[i : i + _PIECE])
    start = next(differing, least)
    middle = (start + len(after)) // 2
    return after[:middle] + before[middle:]


class SimGuard(Guard):
    """The production guard file; a process may die half-way through writing one of its slots."""

    def __init__(self, path: Path, strike: Strike) -> None:
        super().__init__(path)
        self._strike = strike

    def create(self, heads: dict[LogId, Tail]) -> None:
        """:meth:`Guard.create`; torn, the slot that was to be written holds half of a text."""
        try:
            self._strike(Moment.IN_GUARD)
        except Crash:
            if self._path.exists():
                with self._path.open("r+b") as file:
                    file.seek((self._turn + 1) % 2 * SLOT_BYTES)
                    file.write(b'{"half')
            raise
        super().create(heads)


class Snapshot:
    """A copy of a node's disk as it was, as a backup or a virtual machine's snapshot has it."""

    def __init__(self, folder: Path, number: int) -> None:
        """Copy the database while the node runs, and the guard file beside it."""
        self._copy = folder / f"copy-{number}.db"
        with sqlite3.connect(folder / DATABASE) as source, sqlite3.connect(self._copy) as target:
            source.backup(target)
        source.close()
        target.close()
        guard = folder / GUARD
        self._guard = guard.read_bytes() if guard.exists() else None

    def restore(self, folder: Path, *, with_guard: bool) -> None:
        """Put the copy in the place of what is there; a backup leaves the guard file alone."""
        wipe(folder)
        shutil.copyfile(self._copy, folder / DATABASE)
        if with_guard and self._guard is not None:
            (folder / GUARD).write_bytes(self._guard)
        elif with_guard:
            (folder / GUARD).unlink(missing_ok=True)


def wipe(folder: Path) -> None:
    """Remove the database; guard file and key stay."""
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (folder / name).unlink(missing_ok=True)
