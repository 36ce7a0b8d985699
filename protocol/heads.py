"""Heads in 256 buckets: how two nodes find in which logs they differ (SPEC 7.5).

A bucket's value is a sum, so a node keeps it as it goes: it takes out a log's old head and adds
the new one. On the wire the first 8 of its 32 bytes go, as 16 hex digits.
"""

import hashlib
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import NamedTuple

from protocol.header import LogId
from protocol.limits import BUCKETS, SUB_BUCKETS

_FIRST_BYTES = Struct(f">{BUCKETS}Q")
_MODULUS = 2**256


class Head(NamedTuple):
    """Where a log stands at some node: seq, id and TIME (Unix ms) of its newest entry."""

    log: LogId
    seq: int
    id: str
    time: int


class Moved(NamedTuple):
    """A log of which runs came lately: its head, and the lowest seq of those runs."""

    head: Head
    first: int


def log_name(log: LogId) -> str:
    """A log in one word: ``AUTHOR/CHANNEL/EPOCH``."""
    return f"{log.author}/{log.channel}/{log.epoch}"


def place_of(log: LogId) -> tuple[int, int]:
    """The bucket (0..255) and sub-bucket (0..15) a log falls into (SPEC 7.5)."""
    name = hashlib.sha256(log_name(log).encode("ascii")).digest()
    return name[0], name[1] >> 4


def bucket_of(log: LogId) -> int:
    """The bucket, 0..255, a log falls into."""
    return place_of(log)[0]


def head_hash(head: Head) -> int:
    """What one head adds to its bucket, 0..2^256-1 (SPEC 7.5)."""
    text = f"{log_name(head.log)} {head.seq} {head.id}"
    return int.from_bytes(hashlib.sha256(text.encode("ascii")).digest())


def add_heads(values: Iterable[int]) -> int:
    """The sum of bucket values, or of what heads add, as a bucket value."""
    return sum(values) % _MODULUS


def fold_heads(heads: Iterable[Head]) -> list[int]:
    """The 256 bucket values of some heads, from scratch."""
    values = [0] * BUCKETS
    for head in heads:
        bucket = bucket_of(head.log)
        values[bucket] = (values[bucket] + head_hash(head)) % _MODULUS
    return values


def fold_subs(heads: Iterable[Head]) -> list[int]:
    """The 16 sub-bucket values of the heads of one bucket."""
    values = [0] * SUB_BUCKETS
    for head in heads:
        _, sub = place_of(head.log)
        values[sub] = (values[sub] + head_hash(head)) % _MODULUS
    return values


def write_value(value: int) -> str:
    """A bucket value as it goes over the wire: its first 8 bytes, 16 hex digits."""
    return f"{value >> 192:016x}"


def write_values(values: Sequence[int]) -> tuple[str, ...]:
    """The 256 bucket values as they go over the wire, all at once."""
    text = _first_bytes(values)
    return tuple(text[at : at + 16] for at in range(0, len(text), 16))


def heads_digest(values: Sequence[int]) -> str:
    """One word, 16 hex digits, for all 256 buckets (SPEC 7.3)."""
    return hashlib.sha256(_first_bytes(values).encode("ascii")).hexdigest()[:16]


def _first_bytes(values: Sequence[int]) -> str:
    assert len(values) == BUCKETS
    return _FIRST_BYTES.pack(*[value >> 192 for value in values]).hex()
