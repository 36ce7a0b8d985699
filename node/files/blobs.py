"""Files on disk by their content: ``files/ab/…`` after the SHA-256 (SPEC 14, P1).

A file appears whole, under its name, after its bytes are on the disk; until then it is a part that
the next start clears away or goes on with.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from node.clock import Clock
from node.errors import ConflictError, NotFoundError
from protocol.keys import decode_b64, encode_b64

PIECE_BYTES = 256 * 1024
UPLOAD_BYTES = 24
"""Random hexadecimal digits in the name of an upload."""
_PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes somebody has just sent: where they lie for now, how many, their digest and name."""

    path: Path
    size: int
    digest: str
    name: str = ""


class Blobs:
    """The folder of a node's files."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Make nothing yet.

        Args:
            folder: where the files lie; made when the first one comes.
            clock: for the time a file came, by which those nobody names grow old.
        """
        self.folder = folder
        self._clock = clock

    def path(self, digest: str) -> Path:
        """Where a file lies, or would."""
        name = decode_b64(digest, 32).hex()
        return self.folder / name[:2] / name[2:]

    def part(self, digest: str) -> Path:
        """Where what has come of a file lies until it is whole."""
        return self._parts() / f"{decode_b64(digest, 32).hex()}.part"

    def new_upload(self, name: str) -> Path:
        """Where bytes that are just being sent are written."""
        return self._parts() / f"{name}.upload"

    def has(self, digest: str) -> bool:
        """Whether the whole file is here."""
        return self.path(digest).is_file()

    def get(self, digest: str) -> Path:
        """The file's path.

        Raises:
            NotFoundError: it is not here.
        """
        path = self.path(digest)
        if not path.is_file():
            raise NotFoundError(f"the file {digest} is not here", "Try again when it was fetched.")
        return path

    def held(self, digest: str) -> int:
        """How many bytes of a file are here, from the first on."""
        for path in (self.path(digest), self.part(digest)):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                continue
        return 0

    def adopt(self, path: Path, digest: str) -> None:
        """Take bytes in under their digest: whole and on the disk, or not at all.

        Raises:
            ConflictError: they are not those that the digest names; they are thrown away.
        """
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256")
            os.fsync(file.fileno())
        if encode_b64(found.digest()) != digest:
            path.unlink()
            raise ConflictError("the bytes are not those that were named")
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o600)
        now_s = self._clock.now_ms() / 1000
        os.utime(path, (now_s, now_s))
        path.replace(target)
        for folder in (target.parent, self.folder):
            _sync_folder(folder)

    def append(self, digest: str, content: bytes) -> int:
        """Write on at a part's end; how many bytes there are then."""
        with self.part(digest).open("ab") as part:
            part.write(content)
            return part.tell()

    def drop(self, digest: str) -> None:
        """Delete a file, if it is here."""
        self.path(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        """Every file that is here."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            name = path.parent.name + path.name
            if len(name) == 64:
                yield encode_b64(bytes.fromhex(name))

    def came_ms(self, digest: str) -> int:
        """When a file came here, Unix ms; 0 where it is gone."""
        try:
            return int(self.path(digest).stat().st_mtime * 1000)
        except FileNotFoundError:
            return 0

    def size(self) -> int:
        """The bytes of everything here, parts too."""
        return sum(_size(path) for path in self.folder.glob("*/*"))

    def clear_parts(self, before_ms: int) -> None:
        """Delete parts and uploads nothing was added to since a moment, Unix ms."""
        for path in self.folder.glob(f"{_PARTS}/*"):
            if path.stat().st_mtime * 1000 < before_ms:
                path.unlink(missing_ok=True)

    def _parts(self) -> Path:
        folder = self.folder / _PARTS
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def read_pieces(path: Path, bytes_at_once: int = PIECE_BYTES) -> Iterator[bytes]:
    """A file's bytes, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(bytes_at_once):
            yield piece


def read_stretch(path: Path, offset: int, length: int) -> bytes:
    """A stretch of a file."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def read_exactly(file: BinaryIO, length: int) -> bytes:
    """The next bytes of a file, fewer only at its end."""
    pieces = []
    while length and (piece := file.read(length)):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
