"""Files over HTTP: handed on between stations, sent by people, given to readers (SPEC 14).

Nothing that somebody sent is shown as a page: it is saved, whatever it says it is, and a browser
that opens it all the same may run nothing of it.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from node.files import Upload
from node.files.attaching import OpenFile, clean_name
from node.files.blobs import PIECE_BYTES
from node.files.keeping import MIB
from node.web.body import read_content
from node.web.delivery import cut_off
from node.web.keys import node_of
from node.web.sync import authenticate
from protocol.errors import Code, Refused
from protocol.exchange import ROOT
from protocol.files import FileHeld, check_name
from protocol.keys import encode_b64
from protocol.limits import FILE_PIECE_BYTES_MAX

if TYPE_CHECKING:
    from pathlib import Path

    from node.app import Node

UPLOAD_S = 1800.0
"""The longest one upload may take."""
STALLED_S = 120.0
"""A reader that takes nothing for so long is cut off."""
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_ANY = "application/octet-stream"


def add_files(app: web.Application) -> None:
    """Serve the routes by which stations hand files on."""
    app.router.add_get(f"{ROOT}/files/{{digest}}", _serve, allow_head=True)
    app.router.add_put(f"{ROOT}/files/{{digest}}", _take)


async def _serve(request: web.Request) -> web.StreamResponse:
    """A file, or the stretch of it that is asked for (SPEC 14.2)."""
    node = node_of(request)
    _check_member(node, authenticate(request, b""))
    path = await node.files.find_served(check_name(request.match_info["digest"]))
    headers = {"Content-Type": _ANY, "Cache-Control": "private, no-store"}
    return web.FileResponse(path, headers=headers)


async def _take(request: web.Request) -> web.StreamResponse:
    """A piece of a file (SPEC 14.3)."""
    node = node_of(request)
    content = await read_content(request, FILE_PIECE_BYTES_MAX)
    _check_member(node, authenticate(request, content))
    digest = check_name(request.match_info["digest"])
    held = await node.files.take_piece(digest, _offset(request), content)
    return web.Response(body=FileHeld(held=held).encode(), content_type="application/json")


def _check_member(node: "Node", caller: str | None) -> None:
    if caller is None or not node.roster.is_admitted(caller, node.clock.now_ms()):
        raise Refused(Code.NOT_ADMITTED, "files are for stations that are admitted")


def _offset(request: web.Request) -> int:
    text = request.query_string.removeprefix("offset=")
    if not text.isascii() or not text.isdigit() or len(text) > 10 or str(int(text)) != text:
        raise Refused(Code.BAD_REQUEST, "offset: not a whole number")
    return int(text)


async def receive_upload(request: web.Request, name: str) -> Upload:
    """What somebody sends as a request's content, written to disk as it comes.

    Raises:
        Refused: ``too-large`` beyond ``files.file_mib``; ``bad-request`` where it ended early.
    """
    bytes_max = node_of(request).files.config.file_mib * MIB
    if (request.content_length or 0) > bytes_max:
        raise _too_large(bytes_max)
    return await write_upload(node_of(request), request.content.iter_chunked(PIECE_BYTES), name)


async def write_upload(node: "Node", pieces: AsyncIterator[bytes], name: str) -> Upload:
    """Write pieces as they come to where uploads lie; nothing stays where they end early."""
    bytes_max = node.files.config.file_mib * MIB
    path = node.files.blobs.new_upload(node.random(12).hex())
    found, size = hashlib.sha256(), 0
    file = await asyncio.to_thread(path.open, "xb")
    is_whole = False
    try:
        async with asyncio.timeout(UPLOAD_S):
            async for piece in pieces:
                size += len(piece)
                if size > bytes_max:
                    raise _too_large(bytes_max)
                found.update(piece)
                await asyncio.to_thread(file.write, piece)
        is_whole = True
    except TimeoutError:
        raise Refused(Code.BAD_REQUEST, f"the file took longer than {UPLOAD_S:g} s") from None
    except web.RequestPayloadError as error:
        raise Refused(Code.BAD_REQUEST, f"the file ended early: {error}") from None
    finally:
        await asyncio.to_thread(file.close)
        if not is_whole:
            path.unlink(missing_ok=True)
    return Upload(path, size, encode_b64(found.digest()), clean_name(name))


def drop_upload(path: "Path") -> None:
    """Delete what was sent, where nobody took it."""
    path.unlink(missing_ok=True)


def _too_large(bytes_max: int) -> Refused:
    return Refused(Code.TOO_LARGE, f"more than {bytes_max // MIB} MiB; setting files.file_mib")


async def give_file(request: web.Request, file: OpenFile) -> web.StreamResponse:
    """Give a reader a file to save, piece by piece; opened on the way where it is sealed."""
    response = web.StreamResponse(
        headers={
            "Content-Type": file.media,
            "Content-Length": str(file.size),
            "Content-Disposition": disposition(file.name),
            "Content-Security-Policy": FILE_POLICY,
            "Cache-Control": "no-store",
        }
    )
    pieces = file.pieces()
    piece = await asyncio.to_thread(next, pieces, None)
    await response.prepare(request)
    try:
        while piece is not None:
            async with asyncio.timeout(STALLED_S):
                await response.write(piece)
            piece = await asyncio.to_thread(next, pieces, None)
        await response.write_eof()
    except ConnectionError:
        pass
    except (TimeoutError, Refused):
        cut_off(request)
    return response


def disposition(name: str) -> str:
    """``Content-Disposition`` of a file to save, whatever script its name is in (RFC 6266)."""
    plain = "".join(
        each if (each.isascii() and each.isalnum()) or each in "._-" else "_" for each in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
