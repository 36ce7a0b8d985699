"""How far a consumer has read a node's feed (SPEC 7.7)."""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from protocol.errors import Code, Refused
from protocol.header import INTEGER_TEXT
from protocol.limits import CHANNELS, INTEGER_MAX

CURSOR_TEXT = rf"({INTEGER_TEXT})\.({INTEGER_TEXT})\.([0-9a-f]{{16}})"
_CURSOR = re.compile(CURSOR_TEXT)


class Cursor(NamedTuple):
    """How far a consumer has read a node's feed (SPEC 7.7).

    ``epoch`` names the feed, ``position`` is the last feed row examined, ``filter`` the digest of
    the channels it was examined for.
    """

    epoch: int
    position: int
    filter: str

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position}.{self.filter}"


@lru_cache(maxsize=1024)
def parse_cursor(text: str) -> Cursor:
    """Read ``EPOCH.POSITION.FILTER``.

    Raises:
        Refused: ``bad-request``.
    """
    match = _CURSOR.fullmatch(text)
    if match is None or max(int(match[1]), int(match[2])) > INTEGER_MAX:
        raise Refused(Code.BAD_REQUEST, "after: not a cursor this protocol gives out")
    return Cursor(int(match[1]), int(match[2]), match[3])


def filter_digest(channels: Iterable[str]) -> str:
    """What a cursor remembers of the channels it was given for: 16 hex digits (SPEC 7.7)."""
    return _digest_of(frozenset(channels))


@lru_cache(maxsize=256)
def _digest_of(wanted: frozenset[str]) -> str:
    text = ",".join(channel for channel in CHANNELS if channel in wanted)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
