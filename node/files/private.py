"""Files that never leave the station: of a visit, a consent, an agreement (B2, D11, E9, P7)."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import ConfigDict
from sqlalchemy import delete, select

from node.errors import NotFoundError
from node.files.attaching import OpenFile, check_upload
from node.files.blobs import Upload
from node.files.media import known_media
from node.ids import new_id
from node.model import Model
from node.readmodels.rows import rows_in
from node.store import PrivateFile, table_of

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

Owner = Literal["visit", "consent", "agreement"]
"""What a private file belongs to; each has a column of its own."""
Row = dict[str, Any]


class Paper(NamedTuple):
    """A file that is sent together with what it belongs to, and what it is."""

    upload: Upload
    note: str = ""


_PRIVATE = table_of(PrivateFile)


class KeptFile(Model):
    """A file that never leaves the station; ``created_ms`` in Unix ms."""

    model_config = ConfigDict(frozen=True)

    id: str
    digest: str
    size: int
    name: str
    media: str
    note: str
    created_ms: int


async def keep_private(node: "Node", upload: Upload, note: str, of: Owner, owner: str) -> Row:
    """Keep a file beside a row of the station's own (B2, D11, E9).

    Args and errors as :func:`take_private`.
    """
    row = await take_private(node, upload, note, of, owner)
    await node.store.awrite(lambda tx: tx.insert(PrivateFile, [row]))
    return row


async def take_private(node: "Node", upload: Upload, note: str, of: Owner, owner: str) -> Row:
    """Take a file's bytes in; its row is for the caller to write with what it belongs to.

    Args:
        node: this station's.
        upload: what was sent.
        note: what it is.
        of: whether it is a visit's, a consent's or an agreement's.
        owner: the id of that.

    Raises:
        InvalidError: it is empty, or none of the kinds that are taken.
        ConflictError: this station has no room for more files.
    """
    name, media = await asyncio.to_thread(check_upload, upload)
    me = node.me
    await node.files.check_room("" if me is None else me.id, upload.size)
    await asyncio.to_thread(node.files.blobs.adopt, upload.path, upload.digest)
    row: Row = {
        "id": new_id(node.random),
        "visit": "",
        "consent": None,
        "agreement": None,
        "digest": upload.digest,
        "size": upload.size,
        "name": name,
        "media": media,
        "note": note,
        "created_ms": node.clock.now_ms(),
        of: owner,
    }
    return row


def find_private(reading: "Reading", of: Owner, owners: Iterable[str]) -> list[Row]:
    """The files of visits, of consents or of agreements, oldest first."""
    rows = [dict(row._mapping) for row in rows_in(reading, _PRIVATE, _PRIVATE.c[of], owners)]
    return sorted(rows, key=lambda row: (row["created_ms"], row["id"]))


def get_private(reading: "Reading", of: Owner, id_: str) -> Row:
    """The file of this id, if it belongs to what it has to.

    Raises:
        NotFoundError: no such file is kept here.
    """
    query = select(_PRIVATE).where(_PRIVATE.c.id == id_, _PRIVATE.c[of] != "")
    row = reading.connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"no file {id_} is kept here")
    return dict(row)


async def open_private(node: "Node", of: Owner, id_: str) -> OpenFile:
    """A private file to save."""
    row = await node.store.aread(lambda reading: get_private(reading, of, id_))
    place = node.files.blobs.get(row["digest"])
    return OpenFile(row["name"], known_media(row["media"]), row["size"], place)


async def delete_private(node: "Node", of: Owner, id_: str) -> Row:
    """Delete a private file, its bytes with it unless something else names them."""
    row = await node.store.aread(lambda reading: get_private(reading, of, id_))
    statement = delete(_PRIVATE).where(_PRIVATE.c.id == id_)
    await node.store.awrite(lambda tx: tx.connection.execute(statement))
    await node.files.let_go(row["digest"])
    return row
