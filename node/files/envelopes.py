"""Sealed files: encrypted once on the way in, opened piece by piece on the way out (SPEC 8.4)."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from node.files.blobs import read_exactly
from node.model import Model
from protocol.errors import Code, Refused
from protocol.keys import decode_b64, encode_b64
from protocol.limits import FILE_CHUNK_BYTES
from protocol.records import Sealed
from protocol.sealing import TAG_BYTES, SealContext, seal_chunk, unseal, unseal_chunk


class Envelope(Model):
    """What the sealed part of a file's entry says to its recipients; ``size`` of the plaintext."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    media: str
    size: int
    note: str = ""

    def text(self) -> bytes:
        """As it is sealed."""
        fields = self.model_dump()
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def seal_file(source: Path, target: Path, key: bytes) -> tuple[int, str]:
    """Encrypt a file into another one; the ciphertext's bytes and digest.

    Args:
        source: the file, not empty.
        target: where the ciphertext goes.
        key: 32 random bytes, for this file only.
    """
    found, size, number = hashlib.sha256(), 0, 0
    with source.open("rb") as plain, target.open("xb") as sealed:
        chunk = read_exactly(plain, FILE_CHUNK_BYTES)
        while chunk:
            following = read_exactly(plain, FILE_CHUNK_BYTES)
            text = seal_chunk(chunk, number, key, is_last=not following)
            sealed.write(text)
            found.update(text)
            size, number, chunk = size + len(text), number + 1, following
    return size, encode_b64(found.digest())


def open_file(path: Path, key: bytes) -> Iterator[bytes]:
    """A sealed file's plaintext, chunk by chunk; each is checked before it is given.

    Raises:
        Refused: ``bad-body`` when it was changed or cut off.
    """
    with path.open("rb") as sealed:
        number = 0
        chunk = read_exactly(sealed, FILE_CHUNK_BYTES + TAG_BYTES)
        while True:
            following = read_exactly(sealed, FILE_CHUNK_BYTES + TAG_BYTES)
            yield unseal_chunk(chunk, number, key, is_last=not following)
            if not following:
                return
            number, chunk = number + 1, following


def open_envelope(sealed: Sealed, context: SealContext, station: str, seed: bytes) -> Envelope:
    """What the sealed part says, as one of its recipients.

    Raises:
        Refused: ``bad-body`` when it is not sealed to this station and key, or is no envelope.
    """
    text = unseal(sealed, context, station, seed)
    try:
        envelope = Envelope.model_validate_json(text)
        decode_b64(envelope.key, 32)
    except (ValidationError, Refused):
        raise Refused(Code.BAD_BODY, "the sealed part holds no key of a file") from None
    return envelope
