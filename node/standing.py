"""What a new roster changes of what is stored (DESIGN 1.6)."""

from collections.abc import Iterable, Iterator

from protocol.acts import RegistryEntry
from protocol.chain import Run
from protocol.roster import Roster, Station


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
