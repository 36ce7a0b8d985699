"""The roster: who is a member, by which key, at which level, since when (SPEC 6, DESIGN 1.6).

:func:`fold` turns the stored entries of all registry logs into a :class:`Roster`: a value that
never changes and answers every question about membership. It needs nothing but the genesis file
and those entries, so that any outsider comes to the same roster offline.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from weakref import ref

from protocol.acts import RegistryEntry, by_station, merge_acts
from protocol.admitted import Admitted, find_holders
from protocol.council import CouncilLine, Rotations, follow_council
from protocol.disputes import UNDISPUTED, Disputes, fold_disputes
from protocol.entry import encode_body
from protocol.genesis import TIERS, Network
from protocol.keys import digest
from protocol.rights import is_under
from protocol.said import Profile, Said, read_registry
from protocol.standing import fold_memberships
from protocol.station import Membership, Station, describe_station
from protocol.tenure import Tenure

__all__ = ["Membership", "RegistryEntry", "Roster", "Station", "fold", "is_under"]

_TIER_ORDER = ("national", "regional", "grassroots")


class Roster(Admitted):
    """Everything membership decides, at one set of registry entries; immutable (SPEC 6.6)."""

    def __init__(
        self,
        admitted: Admitted,
        stations: Mapping[str, Station],
        inert: Mapping[str, str],
        council: CouncilLine,
    ) -> None:
        """Use :func:`fold`.

        Args:
            admitted: all memberships.
            stations: what each station is, by id.
            inert: what is wrong with entries without effect, by id.
            council: who sits on it.
        """
        super().__init__(admitted.tenures, admitted.holders, admitted.disputes)
        self.council = council
        self.stations: Mapping[str, Station] = MappingProxyType(dict(sorted(stations.items())))
        self.inert: Mapping[str, str] = MappingProxyType(dict(inert))
        self._tiers: dict[str, str] = {}
        self._regions: dict[str, str] = {}
        self._moved: tuple[ref[Roster], frozenset[str]] | None = None

    # -- who ----------------------------------------------------------------------------------

    def get(self, station: str) -> Station | None:
        """The station with this lasting id, member or not any more."""
        return self.stations.get(station)

    def station_of(self, key: str) -> Station | None:
        """The station a key belongs or belonged to."""
        return self.stations.get(self.holders.get(key, ""))

    def is_admitted(self, key: str, at_ms: int | None = None) -> bool:
        """Whether ``key`` is the working key of a member, at a time if one is given."""
        station = self.station_of(key)
        if station is None or station.ended is not None or station.key != key:
            return False
        return at_ms is None or any(low <= at_ms <= high for low, high in self.windows(key))

    def tier(self, station: str) -> str | None:
        """The highest tier of a station's memberships: national, regional or grassroots.

        Of one that ended: what it last was, since its entries before the cut still count.
        """
        tier = self._tiers.get(station)
        known = self.stations.get(station) if tier is None else None
        if known is not None:
            standing = [each for each in known.memberships if each.stands] or known.memberships
            tier = min((TIERS[each.level] for each in standing), key=_TIER_ORDER.index)
            self._tiers[station] = tier
        return tier

    @cached_property
    def by_tier(self) -> Mapping[str, tuple[str, ...]]:
        """The stations of each tier, by id."""
        tiers: defaultdict[str, list[str]] = defaultdict(list)
        for id_ in self.stations:
            tiers[self.tier(id_) or ""].append(id_)
        return {tier: tuple(ids) for tier, ids in tiers.items()}

    # -- the tree -----------------------------------------------------------------------------

    def parent(self, station: str, hierarchy: str | None = None) -> str | None:
        """A station's parent in a hierarchy, or in its home hierarchy."""
        known = self.stations.get(station)
        for each in known.memberships if known is not None else ():
            if hierarchy is None or each.hierarchy == hierarchy:
                return each.parent
        return None

    def children(self, station: str) -> tuple[str, ...]:
        """The stations that have this one as a parent, in any hierarchy."""
        return tuple(self._children.get(station, ()))

    @cached_property
    def _children(self) -> Mapping[str, list[str]]:
        children: defaultdict[str, list[str]] = defaultdict(list)
        for station in self.stations.values():
            for parent in {each.parent for each in station.memberships if each.parent}:
                children[parent].append(station.id)
        return children

    def ancestors(self, station: str) -> tuple[str, ...]:
        """Every station above one, in any hierarchy, nearest first, ended ones too."""
        above: dict[str, None] = {}
        ring = [station]
        while ring:
            known = [self.stations[each] for each in ring if each in self.stations]
            parents = {m.parent for each in known for m in each.memberships if m.parent}
            ring = sorted(parent for parent in parents if parent not in above)
            above.update(dict.fromkeys(ring))
        return tuple(above)

    def is_above(self, upper: str, lower: str) -> bool:
        """Whether ``upper`` stands over ``lower`` in a hierarchy, however far."""
        return upper in self.ancestors(lower)

    def path(self, station: str) -> tuple[str, ...]:
        """From the top of a station's home hierarchy down to itself."""
        path = [station]
        parent = self.parent(station)
        while parent is not None and parent in self.stations and parent not in path:
            path.insert(0, parent)
            parent = self.parent(parent)
        return tuple(path)

    def region(self, station: str) -> str:
        """The topmost station over one that is not national, or itself: what may fall out whole."""
        known = self._regions.get(station)
        if known is None:
            above = (each for each in self.path(station) if self.tier(each) != "national")
            known = next(above, station)
            if station in self.stations:
                self._regions[station] = known
        return known

    def moved_since(self, before: "Roster") -> frozenset[str]:
        """The authors of whom this roster says something else than one before it, by key."""
        if self._moved is None or self._moved[0]() is not before:
            ids = {*self.stations, *before.stations}
            other = {id_ for id_ in ids if self.get(id_) != before.get(id_)}
            self._moved = ref(before), frozenset(self.authors_moved(before, other))
        return self._moved[1]

    # -- the whole ----------------------------------------------------------------------------

    def digest(self) -> str:
        """SHA-256 over what the roster says, the same on every node that holds the same entries."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        rows = [
            "\t".join((each.id, each.act, each.key, each.ended or "-", *each.endpoints, *seats))
            for each in self.stations.values()
            for seats in [[f"{m.hierarchy}/{m.level}/{m.parent}/{m.act}" for m in each.memberships]]
        ]
        return digest(encode_body({"stations": rows}))


def fold(network: Network, entries: Iterable[RegistryEntry]) -> Roster:
    """Fold the stored entries of all registry logs into the roster (SPEC 6.6).

    Args:
        network: the genesis, from which every right descends.
        entries: stored entries of channel ``registry``, in any order.
    """
    entries = list(entries)
    said = read_registry(network, entries)
    roster = _fold(network, said, UNDISPUTED)
    disputes = fold_disputes(network.id, roster.cut, entries)
    if disputes.is_empty:
        return roster
    return _fold(network, read_registry(network, disputes.settle(entries)), disputes)


def _fold(network: Network, said: Said, disputes: Disputes) -> Roster:
    council = follow_council(network, said.councils)
    rotated = Rotations(by_station(said.rotations), council)
    tenures, faults = fold_memberships(network, merge_acts(said.acts), rotated)
    inert = {**disputes.inert, **said.inert}
    inert.update((act.entry_id, faults[act.id]) for act in said.acts if act.id in faults)
    followed = _followed(tenures) | council.rotations
    named = [(each.id, each.entry_id) for each in said.rotations]
    named += [(each.id, each.entry_id) for each in said.councils]
    inert.update((entry, _NO_ROTATION) for act, entry in named if act not in followed)
    admitted = Admitted(tenures, find_holders(tenures), disputes)
    stations = {id_: describe_station(id_, each) for id_, each in tenures.items()}
    inert.update(describe(admitted, stations, said.profiles))
    return Roster(admitted, stations, inert, council)


def describe(
    admitted: Admitted, stations: dict[str, Station], profiles: Iterable[Profile]
) -> dict[str, str]:
    """Let each station's latest description of itself, by (epoch, seq), stand (A5, A8).

    Returns:
        What is wrong with the descriptions that do not count, by entry id.
    """
    inert: dict[str, str] = {}
    for entry, profile in sorted(profiles, key=lambda each: (each[0].epoch, each[0].seq)):
        station = stations.get(admitted.holders.get(entry.author, ""))
        code = admitted.verdict(entry.log, entry.seq, entry.seq, entry.time, entry.time)
        if station is None or code is not None:
            inert[entry.entry_id] = "describes a station its author is not admitted as"
            continue
        endpoints = tuple(profile.endpoints)
        stations[station.id] = replace(station, profile=profile, endpoints=endpoints)
    return inert


_NO_ROTATION = "no rotation that counts: old and new must sign it, and it must be the next"


def _followed(tenures: Mapping[str, tuple[Tenure, ...]]) -> set[str]:
    """The rotations that brought a station a key."""
    grants = (grant for mine in tenures.values() for tenure in mine for grant in tenure.grants)
    return {span.rotation for grant in grants for span in grant.keys}
