"""Ranges of many logs in one text: what a pull asks for and a push gives (SPEC 7.4, 7.6)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from protocol.header import LogId
from protocol.heads import Head
from protocol.messages import ACCEPTED, DUPLICATE, Outcome


class Range(NamedTuple):
    """Entries ``first`` to ``last`` of a log, both included."""

    log: LogId
    first: int
    last: int


class Texts(Protocol):
    """Whatever can give a range of a log."""

    def text(self, log: LogId, first: int, last: int, bytes_max: int) -> bytes:
        """Entries of a log as log text: whole ones, one at least if held, up to ``bytes_max``."""
        ...


def ranges_of(beyond: Iterable[tuple[Head, int]]) -> list[Range]:
    """Heads, each with the first seq wanted, as ranges."""
    return [Range(head.log, first, head.seq) for head, first in beyond]


def join_ranges(holding: Texts, ranges: Iterable[Range], bytes_max: int) -> bytes:
    """As much of some ranges as fits, in their order: one entry at least if any is held.

    Args:
        holding: a store.
        ranges: what is wanted.
        bytes_max: bytes of log text.
    """
    parts: list[bytes] = []
    size = 0
    for log, first, last in ranges:
        text = holding.text(log, first, last, bytes_max - size)
        if parts and size + len(text) > bytes_max:
            break
        if text:
            parts.append(text)
            size += len(text)
    return b"".join(parts)


def advance(ranges: Sequence[Range], outcomes: Iterable[Outcome]) -> list[Range]:
    """What is left of ranges once the text that began with them was taken in.

    A log of which nothing came, or something was refused, is given up; those after the last log
    that came were not reached.
    """
    reached: dict[LogId, int] = {}
    refused: set[LogId] = set()
    for each in outcomes:
        if each.log is None:
            continue
        reached[each.log] = max(reached.get(each.log, 0), each.next or 0)
        if each.code not in (ACCEPTED, DUPLICATE):
            refused.add(each.log)
    came = [index for index, wanted in enumerate(ranges) if wanted.log in reached]
    end = came[-1] + 1 if came else len(ranges)
    going_on = (
        wanted._replace(first=reached[wanted.log])
        for wanted in ranges[:end]
        if wanted.log in reached
        and wanted.log not in refused
        and wanted.first < reached[wanted.log] <= wanted.last
    )
    return [*going_on, *ranges[end:]]
