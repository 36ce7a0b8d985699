"""How an author stands, and what a new roster changes of what is stored (DESIGN 1.6)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from protocol.acts import ACT_KINDS, REGISTRY, RegistryEntry
from protocol.chain import Run
from protocol.header import LogId
from protocol.roster import Roster, Station

NOBODY = "-"
"""The station of an author the roster does not know."""


class Author(NamedTuple):
    """What the roster says of one log's author: its station, its tier, where the log was cut,
    and the first seq at which it is disputed."""

    station: str
    tier: str | None
    cut: int | None
    disputed: int | None = None

    def sets_aside(self, log: LogId, seq: int, kind: str) -> bool:
        """Whether a dispute takes an entry's effect; acts on memberships keep theirs (SPEC 5.9)."""
        is_act = log.channel == REGISTRY and kind in ACT_KINDS
        return self.disputed is not None and seq >= self.disputed and not is_act


def author_of(roster: Roster, log: LogId) -> Author:
    """Look the author of a log up, once for all its entries."""
    station = roster.station_of(log.author)
    if station is None:
        return Author(NOBODY, None, None)
    return Author(station.id, roster.tier(station.id), roster.cut(log), roster.disputed(log))


def place_of(roster: Roster, station: Station | None) -> tuple[object, ...] | None:
    """All of a station that decides what its entries mean."""
    if station is None:
        return None
    return station.id, roster.tier(station.id), station.ended, station.cuts, station.keys


def is_judged_anew(old: Roster, now: Roster, fresh: set[str]) -> bool:
    """Whether an act held before is inert now and was not, or the other way round.

    Args:
        old, now: before and after.
        fresh: the ids of the entries between.
    """
    return {id_: why for id_, why in now.inert.items() if id_ not in fresh} != old.inert


def entries_of(runs: Iterable[Run]) -> Iterator[RegistryEntry]:
    """The entries of verified registry runs, as the roster's fold reads them."""
    for run in runs:
        first = run.first
        log = run.log
        for index, id_ in enumerate(run.ids):
            yield RegistryEntry(
                id_.decode(),
                log.author,
                log.epoch,
                first + index,
                run.times[index],
                run.kinds[index].decode(),
                run.bodies[index],
            )
