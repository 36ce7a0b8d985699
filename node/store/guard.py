"""The guard file: what this node signed last, kept outside the database (DESIGN 1.4).

Order of every own write: commit, guard file, send. A guard ahead of the database means the
database lost something, and then the node opens a new epoch instead of forking itself.

The file has two slots, written in turn, each one line of JSON after its SHA-256: a write that is
torn by a power cut leaves the other slot whole, and one write costs one flush of the disk.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from node.errors import StoreError
from protocol.entry import Tail
from protocol.header import LogId

SLOT_BYTES = 16 * 1024
"""Room for about a hundred logs' heads; a node keeps one a channel and key."""


class GuardedHead(NamedTuple):
    """The newest own entry of one log that was ever committed here."""

    epoch: int
    seq: int
    id: str


class _Slot(NamedTuple):
    turn: int
    heads: dict[tuple[str, str], GuardedHead]


class Guard:
    """The heads of this node's own logs, one per author key and channel, durable at each write."""

    def __init__(self, path: Path) -> None:
        """Read the guard file, if there is one.

        Raises:
            StoreError: the file is there but neither slot can be read.
        """
        self._path = path
        newest = _read(path) if path.exists() else _Slot(0, {})
        self._turn = newest.turn
        self._heads = newest.heads

    def find(self, author: str, channel: str) -> GuardedHead | None:
        """The newest entry signed by ``author`` in ``channel``, or None before the first."""
        return self._heads.get((author, channel))

    def create(self, heads: dict[LogId, Tail]) -> None:
        """Note new heads, durably, before any peer hears of them."""
        for log, tail in heads.items():
            self._heads[log.author, log.channel] = GuardedHead(log.epoch, tail.seq, tail.id)
        self._turn += 1
        slot = _encode(_Slot(self._turn, self._heads))
        file = _open(self._path)
        try:
            os.pwrite(file, slot, (self._turn % 2) * SLOT_BYTES)
            os.fdatasync(file)
        finally:
            os.close(file)


def _open(path: Path) -> int:
    """Open the file at its full size, so that later writes change no metadata."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.fstat(file).st_size < 2 * SLOT_BYTES:
        os.pwrite(file, b"\n" * 2 * SLOT_BYTES, 0)
        os.fsync(file)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file


def _encode(slot: _Slot) -> bytes:
    heads = {f"{author} {channel}": head for (author, channel), head in slot.heads.items()}
    line = json.dumps({"turn": slot.turn, "heads": heads}).encode()
    text = hashlib.sha256(line).hexdigest().encode() + b" " + line + b"\n"
    assert len(text) <= SLOT_BYTES
    return text.ljust(SLOT_BYTES, b"\n")


def _decode(raw: bytes) -> _Slot | None:
    """One slot, or None when it was never written or torn while it was."""
    digest, _, line = raw.rstrip(b"\n").partition(b" ")
    if hashlib.sha256(line).hexdigest().encode() != digest:
        return None
    value = json.loads(line)
    heads = {}
    for name, (epoch, seq, id_) in value["heads"].items():
        author, channel = name.split(" ")
        heads[author, channel] = GuardedHead(epoch, seq, id_)
    return _Slot(value["turn"], heads)


def _read(path: Path) -> _Slot:
    raw = path.read_bytes()
    if not raw.strip(b"\n"):
        return _Slot(0, {})
    slots = [_decode(raw[:SLOT_BYTES]), _decode(raw[SLOT_BYTES:])]
    whole = [slot for slot in slots if slot is not None]
    newest = max(whole, key=lambda slot: slot.turn, default=None)
    if newest is None:
        raise StoreError(
            f"the guard file {path} cannot be read",
            "take it from the backup; without it the node cannot know what it signed last",
        )
    return newest
