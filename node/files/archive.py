"""A node's files in its backup: in pieces, so that none is ever whole in memory (DESIGN 2)."""

import re
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    select,
)

from node.errors import ConflictError, StoreError
from node.files.blobs import Blobs, read_pieces
from protocol.keys import encode_b64

PIECE_BYTES = 1024 * 1024
FILE = Table(
    "backup_file",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""A piece of a file; ``name`` is its SHA-256 in hexadecimal."""
_NAME = re.compile("[0-9a-f]{64}")


def write_files(to: Connection, folder: Path) -> int:
    """Write every whole file of a folder into a backup; how many rows that were."""
    FILE.create(to)
    count = 0
    for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*")):
        name = path.parent.name + path.name
        if not _NAME.fullmatch(name):
            continue
        for seq, content in enumerate(read_pieces(path, PIECE_BYTES)):
            to.execute(FILE.insert(), [{"name": name, "seq": seq, "content": content}])
            count += 1
    return count


def read_files(given: Connection, blobs: Blobs) -> int:
    """Put the files of a backup where they belong; how many rows that were.

    Raises:
        StoreError: a file is not what its name says.
    """
    if not inspect(given).has_table(FILE.name):
        return 0
    count = 0
    for name in given.execute(select(FILE.c.name).distinct().order_by(FILE.c.name)).scalars():
        if not _NAME.fullmatch(name):
            raise StoreError("the backup holds a file without a name", "take another backup")
        count += _read_file(given, blobs, name)
    return count


def _read_file(given: Connection, blobs: Blobs, name: str) -> int:
    part = blobs.new_upload(name)
    query = select(FILE.c.content).where(FILE.c.name == name).order_by(FILE.c.seq)
    count = 0
    with part.open("wb") as file:
        for content in given.execute(query.execution_options(yield_per=1)).scalars():
            file.write(content)
            count += 1
    try:
        blobs.adopt(part, encode_b64(bytes.fromhex(name)))
    except ConflictError as error:
        raise StoreError(f"the backup is damaged: {error.message}", "take another one") from None
    return count
