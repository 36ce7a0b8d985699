"""A node's disk: the production store and guard file, with the moments at which a process can die.

Between the closure and the commit, between the commit and the guard file, half-way through the
guard file, and after it: these are all the states a crash can leave (DESIGN 1.4).
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


class Moment(StrEnum):
    """Where in a write a process dies."""

    BEFORE_COMMIT = "before-commit"
    BEFORE_GUARD = "before-guard"
    IN_GUARD = "in-guard"
    AFTER_GUARD = "after-guard"


Strike = Callable[[Moment], None]


class SimStore(Store):
    """The production store; ``strike`` is called at every moment at which a process can die."""

    strike: Strike = staticmethod(lambda _: None)
    writes = 0

    def write(
        self, closure: Callable[[Writing], T], before_visible: Callable[[T], None] | None = None
    ) -> T:
        """:meth:`Store.write`."""

        def doomed(tx: Writing) -> T:
            result = closure(tx)
            tx.flush()
            self.strike(Moment.BEFORE_COMMIT)
            return result

        self.writes += 1
        if before_visible is None:
            result = super().write(doomed)
        else:
            result = super().write(doomed, self._guarded(before_visible))
        self.strike(Moment.AFTER_GUARD)
        return result

    def _guarded(self, write_guard: Callable[[T], None]) -> Callable[[T], None]:
        def guarded(result: T) -> None:
            self.strike(Moment.BEFORE_GUARD)
            write_guard(result)

        return guarded

    def fill_up(self) -> None:
        """From now on the disk is full: the database cannot grow."""
        self._writer.exec_driver_sql("PRAGMA max_page_count = 1")
        self._writer.rollback()

    def make_room(self) -> None:
        """There is room again."""
        self._writer.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        self._writer.rollback()


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
