"""Backup and restore: signed logs, private tables and files in one SQLite file (DESIGN 2).

Read models are not in it, they are folded again; nor is the guard file, so that a restored node
opens new epochs instead of forking itself (DESIGN 1.4). Keys are kept apart from backups.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, inspect, select
from sqlalchemy.exc import DatabaseError

from node.clock import Clock
from node.errors import ConflictError, StoreError
from node.files.archive import read_files, write_files
from node.files.blobs import Blobs
from node.mail.outbox import doubt_unsent
from node.store import Store, Writing
from node.store.engine import create_engines
from node.store.migrations import (
    MARK,
    STEPS,
    drop_private,
    find_steps,
    read_private,
    take_steps,
)
from node.store.private import SessionRow
from node.store.shapes import create_tables
from node.store.tables import (
    ABSENT,
    BUCKET,
    CHUNK,
    CURSOR,
    ERASURE,
    FEED,
    HELD,
    HOLDING,
    LOG,
    META,
    STORE_TABLES,
    table_of,
)

ROWS_AT_ONCE = 200
FILES = "files"
"""The folder of the files, in the node's."""
_COPIED = (META, LOG, CHUNK, FEED, BUCKET, ABSENT, ERASURE)
"""Not what concerns peers: after a restore they are compared with, and say what they hold, anew."""
assert {*_COPIED, CURSOR, HELD, HOLDING} == {*STORE_TABLES}


def create_backup(url: str, folder: Path, file: Path) -> int:
    """Write the store as it stands at one moment, while the node may go on running.

    Args:
        url: the store's database, as in the configuration.
        folder: the node's folder.
        file: where to; nothing may be there. Only its owner may read it.

    Returns:
        The rows written.

    Raises:
        ConflictError: the file is there already.
        StoreError: there is no store, or it cannot be read.
    """
    if file.exists():
        raise ConflictError(f"{file} is there already", "choose another name")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engines = create_engines(url, folder)
    target = create_engine(f"sqlite:///{part}")
    try:
        with engines[1].connect() as source, target.begin() as to:
            if not inspect(source).has_table(LOG.name):
                raise StoreError("there is no store here", "make the node first: yizhan init")
            create_tables(to, _COPIED)
            take_steps(to, 0, find_steps(source))
            rows = sum(_copy(source, to, table) for table in (*_COPIED, *read_private(source)))
            rows += write_files(to, folder / FILES)
        target.dispose()
        _settle(part, file)
    finally:
        part.unlink(missing_ok=True)
        for engine in (target, *engines):
            engine.dispose()
    return rows


def restore_backup(url: str, folder: Path, file: Path, clock: Clock) -> int:
    """Fill an empty store from a backup; its feed is a new one, and everybody logs in anew.

    A backup of an older program is brought to the present shape; the file is not touched.

    Args:
        url: the database to fill, as in the configuration.
        folder: the node's folder; its keys are there already.
        file: what :func:`create_backup` wrote.
        clock: where the new feed epoch comes from.

    Returns:
        The rows taken back.

    Raises:
        ConflictError: the store holds something already.
        StoreError: the file is no backup.
        StoreLockedError: the node runs.
    """
    if not file.is_file():
        raise StoreError(f"{file} is not there", "name the file that yizhan backup wrote")
    source = create_engine(f"sqlite:///{file}")
    store = Store.open(url, folder, clock=clock)
    try:
        with source.connect() as given:
            rows = store.write(lambda tx: _restore(tx, given, clock))
            return rows + read_files(given, Blobs(folder / FILES, clock))
    except DatabaseError:
        raise StoreError(
            f"{file} is no backup of a node", "name the file that yizhan backup wrote"
        ) from None
    finally:
        store.close()
        source.dispose()


def _restore(tx: Writing, given: Connection, clock: Clock) -> int:
    layout = tx.meta("layout")
    found = given.execute(select(META.c.value).where(META.c.name == "layout")).scalar()
    if found != layout:
        raise StoreError(
            f"the backup has layout {found}, this program writes {layout}",
            "use the program version that made it",
        )
    kept = (*_COPIED[1:], *read_private(tx.connection))
    if any(tx.connection.execute(select(table).limit(1)).first() for table in kept):
        raise ConflictError("this node's store is not empty", "restore into a new folder")
    taken = find_steps(given)
    drop_private(tx.connection)
    take_steps(tx.connection, 0, taken)
    tx.connection.execute(META.delete())
    rows = sum(_copy(given, tx.connection, table) for table in (*_COPIED, *read_private(given)))
    take_steps(tx.connection, taken)
    tx.set_meta(MARK, str(len(STEPS)))
    tx.connection.execute(table_of(SessionRow).delete())
    doubt_unsent(tx, clock.now_ms())
    old = int(tx.meta("feed_epoch") or 0)
    tx.set_meta("feed_epoch", str(max(clock.now_ms(), old + 1)))
    for name in tx.metas("projection "):
        tx.drop_meta(name)
    return rows


def _copy(source: Connection, target: Connection, table: Table) -> int:
    if not inspect(source).has_table(table.name):
        return 0
    count = 0
    for rows in _pages(source, table):
        target.execute(insert(table), rows)
        count += len(rows)
    return count


def _pages(source: Connection, table: Table) -> Iterator[Sequence[dict[str, Any]]]:
    query = select(table).execution_options(yield_per=ROWS_AT_ONCE)
    for page in source.execute(query).mappings().partitions():
        yield [dict(row) for row in page]


def _settle(part: Path, file: Path) -> None:
    """The file appears whole and durable, or not at all."""
    for path in (part, part.parent):
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)
        if path is part:
            os.replace(part, file)
