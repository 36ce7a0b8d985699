"""Questions about files: their records, their pieces, and how they are sealed (SPEC 8.4, 14)."""

import json
from collections.abc import Iterator
from typing import Any

from protocol.keys import digest
from protocol.limits import FILE_BYTES_MAX, FILE_CHUNK_BYTES, FILE_PIECE_BYTES_MAX

Vector = dict[str, Any]
KEY = b"k" * 32


def file_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 8.4, 14.1, 14.3."""
    yield from _records()
    yield from _pieces()
    yield from _chunks()


def _records() -> Iterator[tuple[str, Vector]]:
    attached = {
        "salt": "A" * 22, "digest": digest(b"file"), "size": 1, "name": "检测报告.pdf",
        "media": "application/pdf",
    }  # fmt: skip

    def asked(body: object, kind: str = "file.attached/1", channel: str = "needs") -> Vector:
        text = json.dumps(body, ensure_ascii=False)
        return {"op": "record", "kind": kind, "channel": channel, "body": text}

    yield "a file of a need", asked(attached)
    yield "a file in the bulletin", asked(attached, channel="bulletin")
    yield "a file in performance", asked(attached, channel="performance")
    yield "an empty file", asked(attached | {"size": 0})
    yield "the largest file", asked(attached | {"size": FILE_BYTES_MAX})
    yield "a larger one", asked(attached | {"size": FILE_BYTES_MAX + 1})
    yield "a name with a folder", asked(attached | {"name": "../key.json"})
    yield "neither name nor sealed part", asked({**attached, "name": None, "media": None})
    detached = {"file": digest(b"entry")}
    yield "taken back", asked(detached, "file.detached/1", "results")
    yield "taken back in the registry", asked(detached, "file.detached/1", "registry")


def _pieces() -> Iterator[tuple[str, Vector]]:
    size = 3 * FILE_PIECE_BYTES_MAX

    def asked(held: int, offset: int, length: int) -> Vector:
        return {"op": "piece", "held": held, "size": size, "offset": offset, "length": length}

    yield "the first piece", asked(0, 0, FILE_PIECE_BYTES_MAX)
    yield "a question", asked(100, 0, 0)
    yield "one that goes on", asked(100, 100, 10)
    yield "one that was had before", asked(100, 0, 100)
    yield "one that leaves a gap", asked(100, 200, 100)
    yield "one beyond the end", asked(size - 1, size - 1, 2)
    yield "one that is too long", asked(0, 0, FILE_PIECE_BYTES_MAX + 1)


def _chunks() -> Iterator[tuple[str, Vector]]:
    def asked(text: bytes, number: int, *, is_last: bool) -> Vector:
        return {
            "op": "chunk", "key_hex": KEY.hex(), "text_hex": text.hex(), "number": number,
            "is_last": is_last,
        }  # fmt: skip

    yield "a file of one chunk", asked(b"a", 0, is_last=True)
    yield "the second and last chunk", asked(b"a", 1, is_last=True)
    full = b"b" * FILE_CHUNK_BYTES
    yield "a full chunk that is followed by others", asked(full, 0, is_last=False)
