"""The store's own tables: chunks of signed entries and what serves them (DESIGN 2.1).

They are written by :mod:`node.store.writing` alone.
"""

from typing import cast

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit integer on both databases; on SQLite it may be the row's own number."""


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a table model, for queries without objects."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


class LogRow(SQLModel, table=True):
    """One log and where it stands; ``number`` is local and never leaves the node.

    ``public_`` is the head peers are shown: behind the tail where the log was cut by a revocation,
    -1 where nothing of it stands (DESIGN 1.6).
    """

    __tablename__ = "log"
    __table_args__ = (UniqueConstraint("author", "channel", "epoch"),)

    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    author: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    epoch: int = Field(sa_type=BIG)
    seq: int = Field(sa_type=BIG)
    tail_id: str = Field(sa_type=Text)
    time: int = Field(sa_type=BIG)
    line_bytes: int = Field(sa_type=BIG)
    bucket: int
    public_seq: int = Field(sa_type=BIG)
    public_id: str = Field(sa_type=Text)
    public_time: int = Field(sa_type=BIG)


class ChunkRow(SQLModel, table=True):
    """1..256 consecutive entries of one log, byte for byte, each line ended by one LF."""

    __tablename__ = "chunk"
    __table_args__ = (Index("chunk_by_time", "log", "last_time"),)

    log: int = Field(sa_column=Column(BIG, ForeignKey("log.number"), primary_key=True))
    first: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    count: int
    line_bytes: int
    last_time: int = Field(sa_type=BIG)
    headers: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    bodies: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FeedRow(SQLModel, table=True):
    """Runs in the order they arrived; ``source`` is the peer's key, empty for own entries."""

    __tablename__ = "feed"

    position: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    log: int = Field(sa_column=Column(BIG, ForeignKey("log.number"), nullable=False))
    channel: str = Field(sa_type=Text)
    first: int = Field(sa_type=BIG)
    count: int
    text_bytes: int
    source: str = Field(sa_type=Text)


class BucketRow(SQLModel, table=True):
    """The sum of the head hashes of one channel's logs that fall into one of 256 buckets."""

    __tablename__ = "bucket"

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    bucket: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CursorRow(SQLModel, table=True):
    """How far a peer's feed was taken under one channel filter."""

    __tablename__ = "peer_cursor"

    peer: str = Field(sa_column=Column(Text, primary_key=True))
    filter: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: int = Field(sa_type=BIG)
    position: int = Field(sa_type=BIG)


class HeldRow(SQLModel, table=True):
    """A run that was not accepted: what to ask for again, and when (Unix ms)."""

    __tablename__ = "held_run"

    peer: str = Field(sa_column=Column(Text, primary_key=True))
    author: str = Field(sa_column=Column(Text, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    wanted: int = Field(sa_type=BIG)
    code: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
    retry_at: int = Field(sa_type=BIG)


class HoldingRow(SQLModel, table=True):
    """How far a peer said to hold a log of this station, and when (Unix ms); for display."""

    __tablename__ = "peer_holding"

    peer: str = Field(sa_column=Column(Text, primary_key=True))
    author: str = Field(sa_column=Column(Text, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    seq: int = Field(sa_type=BIG)
    at_ms: int = Field(sa_type=BIG)


class AbsentRow(SQLModel, table=True):
    """An entry whose body line is empty here: its SIZE, and whether the body is erased (0, 1).

    ``position`` is where the feed stood when it came to be known: the order of asking for it.
    """

    __tablename__ = "absent_body"
    __table_args__ = (Index("absent_body_by_turn", "erased", "position", "log", "seq"),)

    log: int = Field(sa_column=Column(BIG, ForeignKey("log.number"), primary_key=True))
    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    size: int
    position: int = Field(sa_type=BIG)
    erased: int


class ErasureRow(SQLModel, table=True):
    """An entry that a ``body.erased/1`` names, held or not, and where the erasure stands."""

    __tablename__ = "erasure"

    author: str = Field(sa_column=Column(Text, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    id: str = Field(sa_column=Column(Text, primary_key=True))
    by_id: str = Field(sa_column=Column(Text, primary_key=True))
    by_author: str = Field(sa_type=Text)
    by_epoch: int = Field(sa_type=BIG)
    by_seq: int = Field(sa_type=BIG)


class MetaRow(SQLModel, table=True):
    """Small facts about this store: network, feed epoch, versions of the read models."""

    __tablename__ = "meta"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_type=Text)


LOG = table_of(LogRow)
CHUNK = table_of(ChunkRow)
FEED = table_of(FeedRow)
BUCKET = table_of(BucketRow)
CURSOR = table_of(CursorRow)
HELD = table_of(HeldRow)
HOLDING = table_of(HoldingRow)
META = table_of(MetaRow)
ABSENT = table_of(AbsentRow)
ERASURE = table_of(ErasureRow)

STORE_TABLES = (LOG, CHUNK, FEED, BUCKET, CURSOR, HELD, HOLDING, META, ABSENT, ERASURE)
