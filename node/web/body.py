"""Reading a request's body whole: never more bytes than allowed, packed or not (SPEC 10)."""

import asyncio
import zlib

from aiohttp import web

from protocol.errors import Code, Refused
from protocol.limits import REQUEST_BYTES_MAX

BODY_S = 120.0
"""A full request over a line of 150 kbit/s takes this long."""

_GZIP = 16 + zlib.MAX_WBITS


async def read_body(request: web.Request) -> bytes:
    """The body's bytes, unpacked.

    Raises:
        Refused: as :func:`read_content` and :func:`unpack`.
    """
    content = await read_content(request)
    return unpack(content, request.headers.get("Content-Encoding", ""))


async def read_content(request: web.Request, bytes_max: int = REQUEST_BYTES_MAX) -> bytes:
    """The body's bytes as they were sent, still packed if they were.

    Args:
        bytes_max: most bytes that are read.

    Raises:
        Refused: ``too-large``, as soon as there are more than ``bytes_max``; ``bad-request`` when
            the connection or the time ended before the body did.
    """
    if (request.content_length or 0) > bytes_max:
        raise _too_large(bytes_max)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.content.iter_any():
                size += len(piece)
                if size > bytes_max:
                    raise _too_large(bytes_max)
                pieces.append(piece)
    except TimeoutError:
        raise Refused(Code.BAD_REQUEST, f"the body took longer than {BODY_S:g} s") from None
    except web.RequestPayloadError as error:
        raise Refused(Code.BAD_REQUEST, f"the body ended early: {error}") from None
    return b"".join(pieces)


def unpack(content: bytes, encoding: str, bytes_max: int = REQUEST_BYTES_MAX) -> bytes:
    """Undo a body's Content-Encoding; stops at the limit, however small the packed bytes are.

    Args:
        encoding: the Content-Encoding header, empty when there is none.

    Raises:
        Refused: ``too-large`` for a bomb, ``bad-request`` for broken bytes or another encoding.
    """
    if encoding in ("", "identity"):
        return content
    if encoding != "gzip":
        raise Refused(Code.BAD_REQUEST, f"Content-Encoding {encoding[:20]}; gzip or none is read")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        text = unpacker.decompress(content, bytes_max + 1)
    except zlib.error:
        raise Refused(Code.BAD_REQUEST, "the body is not gzip") from None
    if len(text) > bytes_max:
        raise _too_large(bytes_max)
    if not unpacker.eof or unpacker.unused_data:
        raise Refused(Code.BAD_REQUEST, "the gzip body is cut short or followed by more")
    return text


def _too_large(bytes_max: int) -> Refused:
    return Refused(Code.TOO_LARGE, f"more than {bytes_max} bytes; send less at once")
