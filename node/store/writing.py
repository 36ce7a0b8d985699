"""What can be changed in the store, inside one transaction (DESIGN 2.1).

Chunks, feed rows, heads and buckets are gathered and written together by ``flush``, which every
read of them and the end of the transaction call: a page of many runs is a few bulk statements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlmodel import SQLModel

from node.store.absence import absent_rows, feed_row
from node.store.bodies import WritingBodies
from node.store.bulk import Values, insert_rows, upsert_rows
from node.store.plain import ask_one
from node.store.reading import FEED_FLOOR, Reading
from node.store.stored import HeldRun, StoredLog
from node.store.tables import ABSENT, BUCKET, CHUNK, CURSOR, FEED, HELD, LOG, META, table_of
from protocol.chain import Run
from protocol.cursor import Cursor
from protocol.entry import Tail
from protocol.header import LogId, parse_header
from protocol.heads import Head, bucket_of, head_hash

HELD_PER_PEER_MAX = 1_000
_MODULUS = 2**256

_MOVE_HEAD = (
    update(LOG)
    .where(LOG.c.number == bindparam("of"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("seq", "tail_id", "time", "line_bytes")}
        | {
            "public_seq": bindparam("new_seq"),
            "public_id": bindparam("new_tail_id"),
            "public_time": bindparam("new_time"),
        }
    )
)

_LAST_NUMBER = select(func.max(LOG.c.number))
_HELD_COUNT = select(func.count()).select_from(HELD).where(HELD.c.peer == bindparam("of"))
_BUCKET_VALUE = select(BUCKET.c.value).where(
    BUCKET.c.channel == bindparam("in_channel"), BUCKET.c.bucket == bindparam("of_bucket")
)
_RELEASE = delete(HELD).where(
    HELD.c.author == bindparam("by"),
    HELD.c.channel == bindparam("in_channel"),
    HELD.c.epoch == bindparam("of_epoch"),
)


def line_bytes_of(run: Run) -> int:
    """The bytes of a run as signed for: header lines and bodies, absent ones too, without LF."""
    size = sum(map(len, run.headers)) + sum(map(len, run.bodies))
    if b"" in run.bodies:
        absent = (h for h, body in zip(run.headers, run.bodies, strict=True) if not body)
        size += sum(parse_header(header).size for header in absent)
    return size


class Writing(Reading, WritingBodies):
    """The store inside one transaction; everything of :class:`Reading`, and the changes."""

    def __init__(self, connection: Connection, visible: int, feed_epoch: int | None = None) -> None:
        super().__init__(connection, visible, feed_epoch)
        self._logs: dict[LogId, StoredLog] = {}
        self._before: dict[LogId, Head | None] = {}
        self._runs: list[tuple[StoredLog, Run, str, frozenset[int]]] = []
        self._position: int | None = None
        self.appended_to = 0
        self._number: int | None = None
        self.after_commit: list[Callable[[], None]] = []

    def _settle(self) -> None:
        self.flush()

    # -- entries

    def find_log(self, log: LogId) -> StoredLog | None:
        """The log as it stands inside this transaction, or None."""
        known = self._logs.get(log)
        if known is None:
            known = super().find_log(log)
            if known is not None:
                self._logs[log] = known
        return known

    def append(self, run: Run, source: str, erased: frozenset[int] = frozenset()) -> int:
        """Append a verified run to its log and to the feed.

        Args:
            run: as :func:`protocol.chain.check_run` let it through, next in its log.
            source: the key of the peer it came from, empty for own entries.
            erased: the seqs of absent bodies that are erased.

        Returns:
            The run's feed position.
        """
        log = run.log
        stored = self.find_log(log)
        assert run.first == (0 if stored is None else stored.tail.seq + 1)
        if log not in self._before:
            self._before[log] = None if stored is None else Head(log, *stored.tail)
        size = line_bytes_of(run)
        number = self._next_number() if stored is None else stored.number
        total = size + (0 if stored is None else stored.line_bytes)
        self._logs[log] = StoredLog(number, log, run.tail, total)
        self._runs.append((self._logs[log], run, source, erased))
        return self.next_position()

    def next_position(self) -> int:
        """Give out the next feed position; peers are shown it after the commit."""
        self._position = self.appended_to = self.last_position() + 1
        return self._position

    def last_position(self) -> int:
        """The last feed position given out, visible or not."""
        if self._position is None:
            self._position = super().last_position()
        return self._position

    def _next_number(self) -> int:
        if self._number is None:
            row = ask_one(self.connection, _LAST_NUMBER)
            self._number = (row and row[0]) or 0
        self._number += 1
        return self._number

    def flush(self) -> None:
        """Write the gathered runs: heads, buckets, chunks, feed."""
        if not self._runs:
            return
        runs, self._runs = self._runs, []
        before, self._before = self._before, {}
        self._write_heads(before)
        position = self.last_position() - len(runs)
        chunks, feed, absent = [], [], []
        for index, (log, run, source, erased) in enumerate(runs, 1):
            size = line_bytes_of(run)
            chunks.append({
                "log": log.number, "first": run.first, "count": len(run), "line_bytes": size,
                "last_time": run.times[-1], "headers": b"\n".join(run.headers) + b"\n",
                "bodies": b"\n".join(run.bodies) + b"\n",
            })  # fmt: skip
            feed.append(feed_row(position + index, log, run.first, len(run), size, source))
            if b"" in run.bodies:
                absent += absent_rows(
                    log.number, run.first, run.headers, run.bodies, position + index, erased
                )
        insert_rows(self.connection, CHUNK, chunks)
        insert_rows(self.connection, FEED, feed)
        insert_rows(self.connection, ABSENT, absent)

    def drop_feed(self, up_to: int) -> None:
        """Forget the feed's rows up to a position; entries stay, and positions go on.

        Args:
            up_to: the new floor, at most the visible head.
        """
        self.flush()
        assert self.feed_floor <= up_to <= self.feed_head
        self.connection.execute(delete(FEED).where(FEED.c.position <= up_to))
        self.set_meta(FEED_FLOOR, str(up_to))

    def _write_heads(self, before: Mapping[LogId, Head | None]) -> None:
        created, moved = [], []
        for log, old in before.items():
            stored = self._logs[log]
            seq, tail_id, time = stored.tail
            if old is None:
                created.append({
                    "number": stored.number, "author": log.author, "channel": log.channel,
                    "epoch": log.epoch, "bucket": bucket_of(log), "seq": seq, "tail_id": tail_id,
                    "time": time, "line_bytes": stored.line_bytes,
                    "public_seq": seq, "public_id": tail_id, "public_time": time,
                })  # fmt: skip
            else:
                moved.append({
                    "of": stored.number, "new_seq": seq, "new_tail_id": tail_id, "new_time": time,
                    "new_line_bytes": stored.line_bytes,
                })  # fmt: skip
        insert_rows(self.connection, LOG, created)
        if moved:
            self.connection.execute(_MOVE_HEAD, moved)
        self._move_buckets((old, Head(log, *self._logs[log].tail)) for log, old in before.items())

    def _move_buckets(self, moves: Iterable[tuple[Head | None, Head | None]]) -> None:
        change: dict[tuple[str, int], int] = defaultdict(int)
        for old, new in moves:
            for head, sign in ((old, -1), (new, 1)):
                if head is not None:
                    change[head.log.channel, bucket_of(head.log)] += sign * head_hash(head)
        rows = []
        for (channel, bucket), delta in change.items():
            at = {"in_channel": channel, "of_bucket": bucket}
            row = ask_one(self.connection, _BUCKET_VALUE, at)
            total = (int.from_bytes(row[0] if row else b"", "big") + delta) % _MODULUS
            rows.append({"channel": channel, "bucket": bucket, "value": total.to_bytes(32, "big")})
        upsert_rows(self.connection, BUCKET, rows)

    def show_head(self, log: LogId, public: Tail | None) -> None:
        """Show peers another head than the tail: where a revocation cut the log, or nothing."""
        self.flush()
        number = LOG.c.number == self._number_of(log)
        row = self.connection.execute(
            select(LOG.c.public_seq, LOG.c.public_id, LOG.c.public_time).where(number)
        ).one()
        old = None if row[0] < 0 else Head(log, row[0], row[1], row[2])
        new = None if public is None else Head(log, *public)
        if old == new:
            return
        seq, id_, time = public or Tail(-1, "-", 0)
        self.connection.execute(
            update(LOG).where(number).values(public_seq=seq, public_id=id_, public_time=time)
        )
        self._move_buckets([(old, new)])

    def _number_of(self, log: LogId) -> int:
        stored = self.find_log(log)
        assert stored is not None
        return stored.number

    # -- read models and private tables

    def insert(self, table: type[SQLModel], rows: Sequence[Values]) -> None:
        """Insert rows that are not there yet, in bulk."""
        insert_rows(self.connection, table_of(table), rows)

    def upsert(
        self, table: type[SQLModel], rows: Sequence[Values], newer: tuple[str, ...] = ()
    ) -> None:
        """Insert rows, or replace those with the same primary key, in bulk.

        Args:
            table: a table model.
            rows: every column of each row; one row a primary key.
            newer: column names; a row replaces another only when this tuple of it is greater.
        """
        upsert_rows(self.connection, table_of(table), rows, newer)

    # -- peers

    def set_cursor(self, peer: str, cursor: Cursor) -> None:
        """Note how far a peer's feed was taken under the cursor's filter."""
        row = {
            "peer": peer,
            "filter": cursor.filter,
            "epoch": cursor.epoch,
            "position": cursor.position,
        }
        upsert_rows(self.connection, CURSOR, [row])

    def hold(self, run: HeldRun) -> None:
        """Note a run that was not accepted; at most 1,000 a peer, the rest is forgotten."""
        row = ask_one(self.connection, _HELD_COUNT, {"of": run.peer})
        if row is not None and row[0] >= HELD_PER_PEER_MAX:
            return
        held = run._asdict() | run.log._asdict()
        del held["log"]
        upsert_rows(self.connection, HELD, [held])

    def release(self, log: LogId, peer: str | None = None) -> None:
        """Forget held runs of a log, from one peer or all."""
        statement = _RELEASE if peer is None else _RELEASE.where(HELD.c.peer == peer)
        self.connection.execute(
            statement, {"by": log.author, "in_channel": log.channel, "of_epoch": log.epoch}
        )

    def recall(self, codes: Sequence[str]) -> None:
        """Make held runs with these codes due at once: what stood against them has changed."""
        self.connection.execute(update(HELD).where(HELD.c.code.in_(codes)).values(retry_at=0))

    def set_meta(self, name: str, value: str) -> None:
        """Note one small fact about this store."""
        upsert_rows(self.connection, META, [{"name": name, "value": value}])

    def drop_meta(self, name: str) -> None:
        """Forget one small fact about this store."""
        self.connection.execute(delete(META).where(META.c.name == name))
