"""What a file is, by its first bytes: only what a station's work needs is taken (A17).

The name says which kind is meant, the bytes whether it is one. Nothing is ever opened or run.
"""

import zipfile
from collections.abc import Callable
from pathlib import Path

from node.errors import InvalidError

HEAD_BYTES = 512
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def _begins(*marks: bytes) -> Callable[[bytes, Path], bool]:
    return lambda head, _: head.startswith(marks)


def _is_webp(head: bytes, _: Path) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_text(head: bytes, _: Path) -> bool:
    """UTF-8 or GB 18030 without control characters; a character cut at the end does not matter."""
    if any(byte < 32 and byte not in (9, 10, 12, 13) for byte in head):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return not head


def _holds(member: str) -> Callable[[bytes, Path], bool]:
    def is_office(head: bytes, path: Path) -> bool:
        if not head.startswith(_ZIP):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                return member in archive.NameToInfo
        except (zipfile.BadZipFile, OSError):
            return False

    return is_office


_KINDS: dict[str, tuple[str, Callable[[bytes, Path], bool]]] = {
    "pdf": ("application/pdf", _begins(b"%PDF-")),
    "png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", _is_webp),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _holds("word/document.xml")),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _holds("xl/workbook.xml")),
    "pptx": (f"{_OFFICE}.presentationml.presentation", _holds("ppt/presentation.xml")),
    "doc": ("application/msword", _begins(_OLE)),
    "xls": ("application/vnd.ms-excel", _begins(_OLE)),
    "ppt": ("application/vnd.ms-powerpoint", _begins(_OLE)),
    "wps": ("application/vnd.ms-works", _begins(_OLE, _ZIP)),
    "ofd": ("application/ofd", _holds("OFD.xml")),
    "txt": ("text/plain", _is_text),
    "csv": ("text/csv", _is_text),
    "zip": ("application/zip", _begins(_ZIP)),
}
SUFFIXES = tuple(sorted(_KINDS))
"""The endings of names that are taken."""
MEDIA_TYPES = frozenset(media for media, _ in _KINDS.values())


def find_media(path: Path, name: str) -> str:
    """The media type of a file, if it is what its name says.

    Raises:
        InvalidError: its ending is none of those taken, or its bytes are something else.
    """
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix not in _KINDS:
        reason = f"'{name[:60]}' is none of: {', '.join(SUFFIXES)}"
        raise InvalidError(
            reason, "Save it as one of these, or put it into a zip.", {"file": reason}, "file-kind"
        )
    media, is_one = _KINDS[suffix]
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not is_one(head, path):
        reason = f"'{name[:60]}' is no {suffix} inside"
        raise InvalidError(
            reason, "Save it again as what its name says.", {"file": reason}, "file-inside"
        )
    return media


def known_media(media: str) -> str:
    """A media type to serve: what another station said, if it is one that is taken here."""
    return media if media in MEDIA_TYPES else "application/octet-stream"
