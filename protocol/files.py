"""Handing a file to another station, piece by piece, over a line that may break (SPEC 14).

The receiver says after each piece how much it holds; the sender goes on from there. So a transfer
that broke off is taken up again by whoever, wherever it stopped, and the digest at the end says
whether it is the file that was named.
"""

from collections.abc import Generator
from typing import NamedTuple

from pydantic import Field

from protocol.errors import Code, Refused
from protocol.keys import decode_b64
from protocol.limits import FILE_BYTES_MAX, FILE_PIECE_BYTES_MAX
from protocol.messages import Message

STALLS_MAX = 3
"""Answers in a row that bring the sender no further."""


class Piece(NamedTuple):
    """A stretch of a file to send: from which byte, and how many; none asks what is held."""

    offset: int
    length: int


class FileHeld(Message):
    """How many bytes of a file its receiver holds, from the first on."""

    held: int = Field(ge=0, le=FILE_BYTES_MAX)


def send_file(size: int) -> Generator[Piece, FileHeld, None]:
    """Which pieces of a file to send, by what the receiver says it holds (SPEC 14.3).

    Args:
        size: the file's bytes.

    Raises:
        Refused: ``malformed`` when the receiver claims more than there is; ``busy`` when it takes
            nothing.
    """
    stalls, held = 0, (yield Piece(0, 0)).held
    while held < size:
        before = held
        held = (yield Piece(held, min(FILE_PIECE_BYTES_MAX, size - held))).held
        stalls = 0 if held > before else stalls + 1
        if stalls == STALLS_MAX:
            raise Refused(Code.BUSY, f"the receiver stays at byte {held}")
    if held > size:
        raise Refused(Code.MALFORMED, f"{held} bytes are held of a file of {size}")


def check_piece(held: int, size: int, offset: int, length: int) -> bool:
    """Whether a piece goes on where what is held ends; if not, nothing of it is taken.

    Args:
        held: bytes held.
        size: the file's, as the entry says.
        offset: where the piece begins.
        length: its bytes.

    Raises:
        Refused: ``too-large`` when it is longer than a piece may be, or ends beyond the file.
    """
    if length > FILE_PIECE_BYTES_MAX or offset + length > size:
        raise Refused(Code.TOO_LARGE, f"bytes {offset} to {offset + length} of a file of {size}")
    return offset == held and length > 0


def check_name(digest: str) -> str:
    """A file's name in an address: its digest, in the one spelling there is.

    Raises:
        Refused: ``bad-request``.
    """
    try:
        decode_b64(digest, 32)
    except Refused:
        raise Refused(Code.BAD_REQUEST, "a file is named by its SHA-256, 43 characters") from None
    return digest
