"""The store: one process, one writer, one transaction per closure (DESIGN 2.1)."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from node.clock import Clock, SystemClock
from node.errors import StoreError
from node.store.check import check_store
from node.store.engine import READERS, connect_writer, create_engines, first_line
from node.store.lock import StoreLock
from node.store.migrations import MARK, STEPS, find_steps, take_steps
from node.store.reading import Reading
from node.store.shapes import create_tables
from node.store.tables import STORE_TABLES
from node.store.writing import Writing

T = TypeVar("T")

LAYOUT = "1"
"""The layout of the store's own tables."""


class Preface:
    """What the next transaction of a task begins with; kept with that transaction, or not at all.

    ``is_kept`` turns true with the commit; until then every further attempt begins with it anew.
    """

    def __init__(self, write: Callable[[Writing], None]) -> None:
        """Nothing is written yet."""
        self.is_kept = False
        self._write = write

    def begin(self, tx: Writing) -> None:
        """Write it, unless an earlier transaction has."""
        if not self.is_kept:
            self._write(tx)
            tx.after_commit.append(self._keep)

    def _keep(self) -> None:
        self.is_kept = True


_PREFACE: ContextVar[Preface | None] = ContextVar("preface", default=None)


class Store:
    """The signed logs of the network and the private tables of this station.

    ``read`` and ``write`` take a closure and run it in one transaction; writes never overlap.
    Their async twins run it in a thread, or, opened ``inline``, where they are called.
    """

    def __init__(
        self, lock: StoreLock, writer: Connection, readers: Engine, *, inline: bool
    ) -> None:
        """Use :meth:`open`."""
        self._lock = lock
        self._writer = writer
        self._readers = readers
        self._turn = threading.Lock()
        self._inline = inline
        self._reader: Connection | None = None
        self._visible = 0
        self._feed_epoch: int | None = None
        self._unguarded = False
        self._write_thread = ThreadPoolExecutor(1, "store-write")
        self._read_threads = ThreadPoolExecutor(READERS, "store-read")

    @classmethod
    def open(
        cls,
        url: str,
        folder: Path,
        *,
        create: bool = True,
        inline: bool = False,
        clock: Clock | None = None,
    ) -> Self:
        """Open the store and take its lock; after an unclean end every head is checked.

        Args:
            url: ``sqlite:///PATH``, a relative path beginning in ``folder``, or
                ``postgresql+psycopg://USER@HOST/NAME``.
            folder: the node's folder, which holds the lock.
            create: make the tables when there are none.
            inline: run the async twins where they are called; for the simulator.
            clock: where a new store's feed epoch comes from.

        Raises:
            ConfigError: the URL is wrong.
            StoreLockedError: another process runs on this store.
            StoreError: it cannot be opened, or does not hold what its heads say.
        """
        writers, readers = create_engines(url, folder)
        lock = StoreLock(folder)
        try:
            writer = connect_writer(writers)
        except StoreError:
            lock.release()
            raise
        store = cls(lock, writer, readers, inline=inline)
        with ExitStack() as undo:
            undo.callback(store.close)
            store._prepare(create, clock or SystemClock())
            if lock.was_unclean:
                store.read(check_store)
            undo.pop_all()
        return store

    def _prepare(self, create: bool, clock: Clock) -> None:
        there = inspect(self._writer).has_table("meta")
        self._writer.rollback()
        if not there and not create:
            raise StoreError("there is no store here", "make the node first: yizhan init")
        self.write(lambda tx: _create_tables(tx, there, clock))
        self._visible = self.write(lambda tx: tx.last_position())
        self._feed_epoch = self.read(lambda reading: reading.feed_epoch)

    @property
    def visible(self) -> int:
        """The last feed position that may be shown to peers."""
        return self._visible

    def read(self, closure: Callable[[Reading], T]) -> T:
        """Run a closure over one consistent look at the store.

        Raises:
            StoreError: the database failed.
        """
        visible = self._visible
        with _database_errors(), self._begun_reader() as connection:
            return closure(Reading(connection, visible, self._feed_epoch))

    @contextmanager
    def _begun_reader(self) -> Iterator[Connection]:
        """A connection that reads, in a transaction; opened inline, mostly the same one."""
        if self._inline and self._reader is None:
            self._reader = self._readers.connect()
        if self._reader is not None and not self._reader.in_transaction():
            with self._reader.begin():
                yield self._reader
        else:
            with self._readers.begin() as connection:
                yield connection

    def write(
        self, closure: Callable[[Writing], T], before_visible: Callable[[T], None] | None = None
    ) -> T:
        """Run a closure in one transaction: all of it is committed, or none.

        Args:
            closure: what to do; may leave work for after the commit in ``after_commit``.
            before_visible: called with its result after the commit, and before peers may see
                what was appended: the guard file is written here. If it fails, nothing new is
                shown until it succeeds once.

        Raises:
            StoreError: the database failed; nothing of the transaction was kept.
        """
        with self._turn:
            with _database_errors(), self._connected().begin():
                tx = Writing(self._writer, self._visible, self._feed_epoch)
                result = closure(tx)
                tx.flush()
            try:
                if before_visible is not None:
                    self._unguarded = True
                    before_visible(result)
                    self._unguarded = False
            finally:
                if not self._unguarded:
                    self._visible = max(self._visible, tx.appended_to)
                for callback in tx.after_commit:
                    callback()
            return result

    def _connected(self) -> Connection:
        """The writing connection; made anew, lock and all, after the server dropped it."""
        if self._writer.invalidated:
            self._writer.close()
            self._writer = connect_writer(self._writer.engine)
        return self._writer

    async def aread(self, closure: Callable[[Reading], T]) -> T:
        """:meth:`read` in a thread."""
        if self._inline:
            return self.read(closure)
        return await asyncio.get_running_loop().run_in_executor(
            self._read_threads, self.read, closure
        )

    async def awrite(
        self, closure: Callable[[Writing], T], before_visible: Callable[[T], None] | None = None
    ) -> T:
        """:meth:`write` in the writer thread, with the preface of the task if it has one."""
        preface = _PREFACE.get()
        begun = closure if preface is None else partial(_write_prefaced, preface, closure)
        if self._inline:
            return self.write(begun, before_visible)
        return await asyncio.get_running_loop().run_in_executor(
            self._write_thread, self.write, begun, before_visible
        )

    @contextmanager
    def prefaced(self, preface: Preface) -> Iterator[None]:
        """Within, the next :meth:`awrite` of this task begins with ``preface``."""
        token = _PREFACE.set(preface)
        try:
            yield
        finally:
            _PREFACE.reset(token)

    def close(self) -> None:
        """Finish what is under way, close the database and give the lock back."""
        if self._writer.closed:
            return
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        self._writer.close()
        self._writer.engine.dispose()
        if self._reader is not None:
            self._reader.close()
        self._readers.dispose()
        self._lock.release()


def _write_prefaced(preface: Preface, closure: Callable[[Writing], T], tx: Writing) -> T:
    preface.begin(tx)
    return closure(tx)


@contextmanager
def _database_errors() -> Iterator[None]:
    """Say in our own words what the database could not do."""
    try:
        yield
    except OperationalError as error:
        raise StoreError(
            f"the database failed: {first_line(error)}",
            "nothing of this write was kept; check the disk's space and the database server",
        ) from error


def _create_tables(tx: Writing, there: bool, clock: Clock) -> None:
    if there:
        layout = tx.meta("layout")
        if layout != LAYOUT:
            raise StoreError(
                f"the store has layout {layout}, this program writes {LAYOUT}",
                "use the program version that made it, or restore into a new folder",
            )
    create_tables(tx.connection, STORE_TABLES)
    taken = find_steps(tx.connection) if there else 0
    if taken < len(STEPS):
        take_steps(tx.connection, taken)
        tx.set_meta(MARK, str(len(STEPS)))
    if there:
        return
    if tx.connection.dialect.name == "postgresql":
        for column in ("headers", "bodies"):
            tx.connection.execute(
                text(f"ALTER TABLE chunk ALTER COLUMN {column} SET STORAGE EXTERNAL")
            )
    tx.set_meta("layout", LAYOUT)
    tx.set_meta("feed_epoch", str(clock.now_ms()))
