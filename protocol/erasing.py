"""What an erasure takes effect on, and what stands against it (SPEC 4.6)."""

from collections.abc import Callable
from typing import NamedTuple

from protocol.header import LogId
from protocol.records import BodyErased, find_kind
from protocol.records.erasure import ErasedEntry


class Named(NamedTuple):
    """An entry held at a position that an erasure names: its id and its kind."""

    id: str
    kind: str


StationOf = Callable[[str], str | None]
"""The lasting id of the station that signs, or signed, with a key."""
FindNamed = Callable[[LogId, int], Named | None]
"""The entry held at a position of a log, None where none is."""


def may_erase(station: str, station_of: StationOf, author: str, kind: str) -> bool:
    """Whether a station wrote an entry, and its kind may be erased.

    Args:
        station: the lasting id of the station that erases.
        station_of: the roster.
        author: the key that signed the entry.
        kind: the entry's kind.
    """
    return station_of(author) == station and is_erasable(kind)


def is_erasable(kind: str) -> bool:
    """Whether bodies of a kind carry a salt and may be erased (SPEC 4.5)."""
    known = find_kind(kind)
    return known is not None and known.ERASABLE


def erasure_fault(
    record: BodyErased, channel: str, station: str, station_of: StationOf, find: FindNamed
) -> str:
    """Why an erasure has no effect at all; empty where it has, or may have once more is held.

    Args:
        record: the body of the ``body.erased/1``.
        channel: the channel it stands in.
        station: the lasting id of its author's station.
        station_of: the roster.
        find: entries held that are neither disputed nor beyond a cut.
    """
    faults = [_fault(log, each, station, station_of, find) for log, each in record.places(channel)]
    return faults[0] if all(faults) else ""


def _fault(
    log: LogId, named: ErasedEntry, station: str, station_of: StationOf, find: FindNamed
) -> str:
    if station_of(log.author) != station:
        return f"entries: {named.id} is another station's"
    held = find(log, named.seq)
    if held is None:
        return ""
    if held.id != named.id:
        return f"entries: another entry than {named.id} stands at its position"
    return "" if is_erasable(held.kind) else f"entries: bodies of {held.kind} are permanent"
