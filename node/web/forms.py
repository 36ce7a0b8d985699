"""What a page's form sends: fields, and at a desk that takes one, a file (RFC 7578)."""

from collections.abc import AsyncIterator
from typing import NamedTuple
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from node.errors import InvalidError
from node.files import Upload
from node.files.blobs import PIECE_BYTES
from node.web.body import read_content
from node.web.files import write_upload
from node.web.keys import node_of
from protocol.errors import Code, Refused

FORM = "application/x-www-form-urlencoded"
FILE_FORM = "multipart/form-data"
FORM_BYTES_MAX = 64 * 1024
FIELDS_MAX = 100


class Sent(NamedTuple):
    """A form: its fields, and the file that came with it."""

    fields: dict[str, str]
    upload: Upload | None = None


async def read_form(request: web.Request, *, takes_file: bool) -> Sent:
    """Read a form.

    Args:
        takes_file: whether a file may come with it.

    Raises:
        InvalidError: it is no form, or holds bytes that are no text.
        Refused: ``too-large``, or it ended early.
    """
    if takes_file and request.content_type == FILE_FORM:
        return await _read_parts(request)
    if request.content_type != FORM:
        raise InvalidError(f"This is {request.content_type}, no form.", f"Send it as {FORM}.")
    content = await read_content(request, FORM_BYTES_MAX)
    try:
        pairs = parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=FIELDS_MAX,
            errors="strict",
        )
    except ValueError:
        raise _unreadable() from None
    return Sent(dict(pairs))


async def _read_parts(request: web.Request) -> Sent:
    """The parts of a form with a file; the file goes to disk as it comes."""
    fields: dict[str, str] = {}
    upload: Upload | None = None
    is_whole = False
    try:
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            if not isinstance(part, BodyPartReader) or len(fields) >= FIELDS_MAX:
                raise _unreadable()
            if part.filename is None:
                fields[part.name or ""] = await _read_field(part)
            elif upload is None:
                upload = await write_upload(node_of(request), _pieces(part), part.filename)
            else:
                raise InvalidError("More than one file was sent.", "Send them one by one.")
        is_whole = True
    except (ValueError, AssertionError, KeyError, LookupError):
        raise _unreadable() from None
    finally:
        if upload is not None and not is_whole:
            upload.path.unlink(missing_ok=True)
    return Sent(fields, upload)


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(PIECE_BYTES):
        yield piece


async def _read_field(part: BodyPartReader) -> str:
    content = b""
    async for piece in _pieces(part):
        content += piece
        if len(content) > FORM_BYTES_MAX:
            raise Refused(Code.TOO_LARGE, f"a field of more than {FORM_BYTES_MAX} bytes")
    return content.decode("utf-8")


def _unreadable() -> InvalidError:
    return InvalidError("The form cannot be read.", "Send it from the page again.")
