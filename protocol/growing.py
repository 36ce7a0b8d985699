"""The roster after a few more entries, without folding the whole country again (SPEC 6.6).

What an act comes to depends on acts on its own station and on the stations above it: those that
hold the keys it is signed with, the parents it names, and what it replaces. So when entries come,
the stations they act on and those that depend on these are folded anew, by the same fold, over
them and all they depend on. Nothing else can come out otherwise. Where the council, a rotation or
a fork is concerned, everything is folded.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from protocol.acts import Act, RegistryEntry, Rotation, by_station, merge_acts
from protocol.admitted import Admitted, find_holders
from protocol.council import Rotations
from protocol.genesis import Network
from protocol.records import StationAdmitted
from protocol.roster import Roster, describe, fold
from protocol.said import Said, read_registry
from protocol.standing import fold_memberships
from protocol.station import describe_station

SHARE_MAX = 4
"""When more than one station in so many is to be folded, all are."""


@dataclass(frozen=True)
class Standing:
    """The registry entries held and the roster they fold into; grows by entries."""

    network: Network
    entries: tuple[RegistryEntry, ...]
    roster: Roster

    @classmethod
    def of(cls, network: Network, entries: Iterable[RegistryEntry]) -> "Standing":
        """Fold everything."""
        held = tuple(entries)
        return cls(network, held, fold(network, held))

    def grow(self, entries: Sequence[RegistryEntry]) -> "Standing":
        """With some more entries: the same as folding everything.

        Args:
            entries: entries of channel ``registry`` not held so far.
        """
        held = (*self.entries, *entries)
        fresh = read_registry(self.network, entries)
        simple = not (fresh.rotations or fresh.councils or fresh.evidence or self._said.evidence)
        if not simple:
            return Standing.of(self.network, held)
        ties = self._ties.grow(fresh.acts)
        changed = ties.below({act.station for act in fresh.acts})
        needed = ties.above(changed)
        is_much = len(needed) * SHARE_MAX > len(self.roster.stations)
        if is_much or not ties.rotations.keys().isdisjoint(changed):
            return Standing.of(self.network, held)
        grown = Standing(self.network, held, self._refold(fresh, ties, changed, needed))
        grown.__dict__.update(_said=_joined(self._said, fresh), _ties=ties)
        return grown

    @cached_property
    def _said(self) -> Said:
        return read_registry(self.network, self.entries)

    @cached_property
    def _ties(self) -> "Ties":
        return Ties(by_station(self._said.rotations)).grow(self._said.acts)

    def _refold(self, fresh: Said, ties: "Ties", changed: set[str], needed: set[str]) -> Roster:
        """The roster in which these stations, and nothing else, are folded anew."""
        old = self.roster
        acts = {id_: ties.acts[id_] for station in needed for id_ in ties.on[station]}
        found, faults = fold_memberships(self.network, acts, Rotations(ties.rotations, old.council))
        tenures = {id_: each for id_, each in old.tenures.items() if id_ not in changed}
        tenures |= {id_: found[id_] for id_ in changed if id_ in found}
        keys = {key for station in changed for key in ties.keys_of(station)}
        rivals = {station for key in keys for station in ties.claims[key]}
        mine = find_holders({id_: tenures[id_] for id_ in rivals if id_ in tenures})
        holders = {key: each for key, each in old.holders.items() if key not in keys}
        holders |= {key: each for key, each in mine.items() if key in keys}
        admitted = Admitted(tenures, holders, old.disputes)
        described = rivals | {holders.get(entry.author, "") for entry, _ in fresh.profiles}
        stations = {id_: describe_station(id_, tenures[id_]) for id_ in described if id_ in tenures}
        keys |= {entry.author for entry, _ in fresh.profiles}
        profiles = [
            each
            for said in (self._said, fresh)
            for each in said.profiles
            if each[0].author in keys or holders.get(each[0].author) in described
        ]
        unheard = describe(admitted, stations, profiles)
        anew = {entry.entry_id for entry, _ in profiles}
        anew.update(entry for act in acts.values() for entry in ties.carriers[act.id])
        inert = {id_: why for id_, why in old.inert.items() if id_ not in anew}
        inert |= fresh.inert | unheard
        for station in needed:
            for id_ in ties.on[station]:
                if id_ in faults:
                    inert |= dict.fromkeys(ties.carriers[id_], faults[id_])
        kept = {id_: each for id_, each in old.stations.items() if id_ not in described}
        return Roster(admitted, kept | stations, inert, old.council)


class Ties:
    """Which station's acts bear on which other's; grows with acts, never changes."""

    def __init__(self, rotations: Mapping[str, Sequence[Rotation]]) -> None:
        """No acts yet.

        Args:
            rotations: those of each station's keys.
        """
        self.rotations = rotations
        self.acts: dict[str, Act] = {}
        self.carriers: dict[str, frozenset[str]] = {}
        self.on: dict[str, frozenset[str]] = {}
        self.claims: dict[str, frozenset[str]] = {}
        self._signed: dict[str, frozenset[str]] = {}
        self._named: dict[str, frozenset[str]] = {}
        _add(self.claims, (
            (each.record.key, station) for station, mine in rotations.items() for each in mine
        ))  # fmt: skip

    def grow(self, acts: Sequence[Act]) -> "Ties":
        """With more acts; of one act its carriers' signatures add up."""
        grown = Ties({})
        grown.rotations = self.rotations
        known = [self.acts[act.id] for act in acts if act.id in self.acts]
        grown.acts = self.acts | merge_acts([*known, *acts])
        grown.carriers, grown.on = dict(self.carriers), dict(self.on)
        grown.claims = dict(self.claims)
        grown._signed, grown._named = dict(self._signed), dict(self._named)
        _add(grown.carriers, ((act.id, act.entry_id) for act in acts))
        _add(grown.on, ((act.station, act.id) for act in acts))
        _add(grown.claims, ((key, act.station) for act in acts for key in _given(act)))
        _add(grown._signed, ((key, act.station) for act in acts for key in act.signers))
        _add(grown._named, ((name, act.station) for act in acts for name in _names(act)))
        return grown

    def keys_of(self, station: str) -> set[str]:
        """The keys that any act or rotation gives a station, rightly or not."""
        acts = (self.acts[id_] for id_ in self.on.get(station, ()))
        keys = {key for act in acts for key in _given(act)}
        return keys | {each.record.key for each in self.rotations.get(station, ())}

    def below(self, stations: set[str]) -> set[str]:
        """These stations and all whose acts depend on them."""
        return _spread(stations, self._right_below)

    def _right_below(self, station: str) -> Iterator[str]:
        for key in self.keys_of(station):
            yield from self._signed.get(key, ())
        for name in (station, *self.on.get(station, ())):
            yield from self._named.get(name, ())

    def above(self, stations: set[str]) -> set[str]:
        """These stations and all that their acts depend on."""
        return {each for each in _spread(stations, self._right_above) if each in self.on}

    def _right_above(self, station: str) -> Iterator[str]:
        for id_ in self.on.get(station, ()):
            act = self.acts[id_]
            for key in act.signers:
                yield from self.claims.get(key, ())
            for name in _names(act):
                yield self.acts[name].station if name in self.acts else name


def _given(act: Act) -> Iterator[str]:
    if isinstance(act.record, StationAdmitted):
        yield act.record.key


def _names(act: Act) -> Iterator[str]:
    """The parents an act names, and the act it replaces."""
    if isinstance(act.record, StationAdmitted):
        yield from (each.parent for each in act.record.memberships if each.parent is not None)
    if act.replaces is not None:
        yield act.replaces


def _add(to: dict[str, frozenset[str]], pairs: Iterable[tuple[str, str]]) -> None:
    more: defaultdict[str, set[str]] = defaultdict(set)
    for name, value in pairs:
        more[name].add(value)
    for name, values in more.items():
        to[name] = to.get(name, frozenset()) | values


def _spread(begun: Iterable[str], beside: Callable[[str], Iterator[str]]) -> set[str]:
    """Everything that can be reached."""
    reached = set(begun)
    ring = list(reached)
    while ring:
        for each in beside(ring.pop()):
            if each not in reached:
                reached.add(each)
                ring.append(each)
    return reached


def _joined(said: Said, fresh: Said) -> Said:
    return Said(
        [*said.acts, *fresh.acts],
        said.rotations,
        said.councils,
        [*said.profiles, *fresh.profiles],
        said.inert | fresh.inert,
        said.evidence,
    )
