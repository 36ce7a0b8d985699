"""Connections to either database: one that writes, several that read (DESIGN 2.1)."""

import os
import socket
import sqlite3
import zlib
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import LRUCache

from node.errors import ConfigError, StoreError, StoreLockedError

READERS = 4
"""Reads that may run at the same time."""

COMPILED_MAX = 1_000
"""Statements kept compiled in a process."""

_SQLITE_SETTINGS = (
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
)
_SQLITE_WRITER_SETTINGS = ("PRAGMA cache_size = -32768", "PRAGMA wal_autocheckpoint = 2000")
"""32 MiB of cache and a write-ahead log of as much: read models write to rows all over."""


_POSTGRES_DIALECTS: dict[tuple[str | None, int | None, str], Dialect] = {}
"""Those a first connection has made ready, by server and isolation."""
_COMPILED: MutableMapping[Any, Any] = LRUCache(COMPILED_MAX)


def create_engines(url: str, folder: Path) -> tuple[Engine, Engine]:
    """Make the engine that writes and the engine that reads.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql+psycopg://USER@HOST/NAME``.
        folder: the node's folder, where a relative SQLite path begins.

    Raises:
        ConfigError: the URL cannot be read or names another database.
    """
    try:
        if url.startswith("sqlite:///"):
            path = folder / url.removeprefix("sqlite:///")
            return _sqlite(path, "BEGIN IMMEDIATE", 1), _sqlite(path, "BEGIN", READERS)
        if url.startswith("postgresql+psycopg://"):
            return _postgres(url, 1), _postgres(url, READERS)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise ConfigError(f"the database URL cannot be read: {error}") from None
    raise ConfigError(
        "the database URL names no database this program knows",
        "use sqlite:///node.db or postgresql+psycopg://user@host/name",
    )


def _sqlite(path: Path, begin: str, connections: int) -> Engine:
    if not path.parent.is_dir():
        raise ConfigError(f"the folder {path.parent} of the database is not there", "create it")
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "cached_statements": 256},
        pool_size=connections,
        max_overflow=0 if connections == 1 else READERS,
    )
    _share_statements(engine, _sqlite_dialect())

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for setting in _SQLITE_SETTINGS + (_SQLITE_WRITER_SETTINGS if connections == 1 else ()):
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connections == 1:
            connection.exec_driver_sql(begin)
        else:  # it cannot fail, and is half of what a short look costs
            connection.connection.cursor().execute(begin)

    return engine


@cache
def _sqlite_dialect() -> Dialect:
    """The one dialect of all SQLite engines, which a first connection has made ready."""
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()
    return engine.dialect


def _share_statements(engine: Engine, dialect: Dialect) -> None:
    """Let engines of one dialect compile a statement once: those that read and that write, and
    those of many nodes in one process."""
    engine.dialect = dialect
    engine.update_execution_options(compiled_cache=_COMPILED)


def _postgres(url: str, connections: int) -> Engine:
    level = "READ COMMITTED" if connections == 1 else "REPEATABLE READ"
    engine = create_engine(
        url,
        connect_args={"application_name": f"yizhan {socket.gethostname()} process {os.getpid()}"},
        pool_size=connections,
        max_overflow=0 if connections == 1 else READERS,
        isolation_level=level,
    )
    place = (engine.url.host, engine.url.port, level)
    _share_statements(engine, _POSTGRES_DIALECTS.get(place, engine.dialect))

    @event.listens_for(engine, "connect")
    def _keep_dialect(_: object, __: ConnectionPoolEntry) -> None:
        _POSTGRES_DIALECTS.setdefault(place, engine.dialect)

    return engine


def connect_writer(engine: Engine) -> Connection:
    """Open the one connection that writes; on PostgreSQL it holds the store's advisory lock.

    Raises:
        StoreError: the database cannot be reached or opened.
        StoreLockedError: another process writes to this PostgreSQL database.
    """
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise StoreError(
            f"the database cannot be opened: {first_line(error)}",
            "check database_url, and that the database server runs",
        ) from None
    if engine.dialect.name == "postgresql":
        _take_advisory_lock(connection)
    return connection


def _take_advisory_lock(connection: Connection) -> None:
    number = zlib.crc32(b"yizhan store")
    taken = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar()
    holder = connection.execute(
        text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.objid = :n AND l.granted"
            " AND a.datname = current_database()"
        ),
        {"n": number},
    ).scalar()
    connection.commit()
    if not taken:
        connection.close()
        raise StoreLockedError(
            f"the database is in use by {holder or 'another process'}",
            "stop that process first, or give this node a database of its own",
        )


def first_line(error: OperationalError) -> str:
    """What a database said went wrong, without the statement it was about."""
    return str(error.orig).strip().splitlines()[0] if error.orig else str(error)
