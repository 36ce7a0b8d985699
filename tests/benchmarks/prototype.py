"""The yardstick: the same steps in one straight line, without any of the house around them.

Log text -> lines -> header by one regular expression -> SEQ, PREV, TIME -> body size and digest
-> one signature per 256 entries -> one chunk row per 256 entries -> one commit per page, on
SQLite on disk with the store's own settings.
"""

import re
import sqlite3
from hashlib import sha256
from pathlib import Path

from protocol.header import HASH_TEXT, INTEGER_TEXT, KIND_TEXT, SIGNATURE_TEXT
from protocol.keys import digest_b64, is_signature

_REST = re.compile(
    f"({INTEGER_TEXT}) ({KIND_TEXT}) (-|{HASH_TEXT}) "
    f"({INTEGER_TEXT}) ({HASH_TEXT}) ({SIGNATURE_TEXT})".encode()
)


def connect(path: Path) -> sqlite3.Connection:
    """An empty database with the two tables this needs."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(
        "CREATE TABLE chunk (log TEXT, first INTEGER, count INTEGER, headers BLOB, bodies BLOB,"
        " PRIMARY KEY (log, first)) WITHOUT ROWID"
    )
    database.execute("CREATE TABLE head (log TEXT PRIMARY KEY, seq INTEGER, id TEXT, time INTEGER)")
    return database


def ingest(database: sqlite3.Connection, network: str, author: str, text: bytes) -> int:
    """Verify one page of one author's log text and commit it; how many entries it held."""
    lines = text.split(b"\n")
    lines.pop()
    headers, bodies = lines[0::2], lines[1::2]
    log = headers[0].split(b" ", 5)
    prefix = b" ".join(log[:5]) + b" "
    name = prefix.decode()
    row = database.execute("SELECT seq, id, time FROM head WHERE log = ?", (name,)).fetchone()
    seq, prev, last = (row[0] + 1, row[1].encode(), row[2]) if row else (0, b"-", -1)
    assert prefix.startswith(b"yz1 %b " % network.encode())
    database.execute("BEGIN IMMEDIATE")
    for start in range(0, len(headers), 256):
        first = seq
        for header, body in zip(
            headers[start : start + 256], bodies[start : start + 256], strict=True
        ):
            opening = prefix + b"%d %b " % (seq, prev)
            assert header.startswith(opening)
            match = _REST.fullmatch(header, len(opening))
            assert match is not None
            time = int(match[1])
            assert time > last
            assert len(body) == int(match[4])
            assert digest_b64(body) == match[5]
            prev, last, seq = digest_b64(header), time, seq + 1
        unsigned, _, signature = header.rpartition(b" ")
        assert is_signature(author, signature.decode(), b"yizhan entry v1\n" + unsigned)
        database.execute(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?)",
            (
                name,
                first,
                seq - first,
                b"\n".join(headers[start : start + 256]),
                b"\n".join(bodies[start : start + 256]),
            ),
        )
    database.execute(
        "INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?)", (name, seq - 1, prev.decode(), last)
    )
    database.execute("COMMIT")
    return len(headers)


def stored_digest(database: sqlite3.Connection) -> str:
    """A digest over everything stored, so that the work cannot be skipped."""
    total = sha256()
    for headers, bodies in database.execute("SELECT headers, bodies FROM chunk ORDER BY first"):
        total.update(headers)
        total.update(bodies)
    return total.hexdigest()
