"""The roster: who is a member, by which key, at which level, since when (SPEC 6, DESIGN 1.6).

:func:`fold` turns the stored entries of all registry logs into a :class:`Roster`: a value that
never changes and answers every question about membership. It needs nothing but the genesis file
and those entries, so that any outsider comes to the same roster offline.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

from protocol.acts import (
    ACT_KINDS,
    REGISTRY,
    Act,
    CouncilRotation,
    RegistryEntry,
    Rotation,
    by_station,
    merge_acts,
    read_act,
)
from protocol.council import CouncilLine, Rotations, follow_council
from protocol.disputes import UNDISPUTED, Disputes, fold_disputes
from protocol.entry import encode_body
from protocol.errors import Code, Inert
from protocol.genesis import TIERS, Network
from protocol.header import LogId
from protocol.keys import digest
from protocol.records import Quota, StationDescribed, parse_record
from protocol.rights import is_under
from protocol.rotation import KeySpan
from protocol.standing import fold_memberships
from protocol.station import Membership, Station, describe_station
from protocol.tenure import Grant, Tenure

__all__ = ["Membership", "RegistryEntry", "Roster", "Station", "fold", "is_under"]

DESCRIBED = StationDescribed.KIND
_TIER_ORDER = ("national", "regional", "grassroots")


class Roster:
    """Everything membership decides, at one set of registry entries; immutable (SPEC 6.6)."""

    def __init__(
        self,
        stations: Mapping[str, Station],
        tenures: Mapping[str, tuple[Tenure, ...]],
        inert: Mapping[str, str],
        council: CouncilLine,
        disputes: Disputes = UNDISPUTED,
    ) -> None:
        """Use :func:`fold`. ``tenures`` are each station's memberships, its home first."""
        self.council = council
        self.disputes = disputes
        self.stations: Mapping[str, Station] = MappingProxyType(dict(sorted(stations.items())))
        self.inert: Mapping[str, str] = MappingProxyType(dict(inert))
        self._tenures = tenures
        self._holders = _holders(tenures)
        self._children: defaultdict[str, list[str]] = defaultdict(list)
        for station in self.stations.values():
            for parent in {each.parent for each in station.memberships if each.parent}:
                self._children[parent].append(station.id)

    # -- who ----------------------------------------------------------------------------------

    def get(self, station: str) -> Station | None:
        """The station with this lasting id, member or not any more."""
        return self.stations.get(station)

    def station_of(self, key: str) -> Station | None:
        """The station a key belongs or belonged to."""
        return self.stations.get(self._holders.get(key, ""))

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
        known = self.stations.get(station)
        if known is None:
            return None
        standing = [each for each in known.memberships if each.stands] or known.memberships
        return min((TIERS[each.level] for each in standing), key=_TIER_ORDER.index)

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
        while (parent := self.parent(path[0])) is not None and parent in self.stations:
            path.insert(0, parent)
        return tuple(path)

    def region(self, station: str) -> str:
        """The topmost station over one that is not national, or itself: what may fall out whole."""
        path = self.path(station)
        return next((each for each in path if self.tier(each) != "national"), station)

    # -- may it write -------------------------------------------------------------------------

    def windows(self, key: str) -> tuple[tuple[int, int], ...]:
        """The spans of TIME (Unix ms, both ends included) in which a key's entries count."""
        spans = sorted((span.from_ms, span.until_ms) for _, span in self._spans(key))
        merged: list[tuple[int, int]] = []
        for low, high in spans:
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            elif low <= high:
                merged.append((low, high))
        return tuple(merged)

    def cut(self, log: LogId) -> int | None:
        """The last good seq of a log of a station that ended, or of a key that was rotated away:
        -1 for none, None when not cut."""
        good = self._cut(log)
        return None if good is None else good[0]

    def _cut(self, log: LogId) -> tuple[int, str] | None:
        tenures = self._tenures.get(self._holders.get(log.author, ""), ())
        goods = [tenure.cut(log.channel, log.epoch) for tenure in tenures]
        ended = [good for good in goods if good is not None]
        good = max(ended) if ended and len(ended) == len(goods) else None
        rotated = tenures[0].key_cut(log.author, log.channel, log.epoch) if tenures else None
        if good is None or rotated is None:
            return good or rotated
        return min(good, rotated)

    def disputed(self, log: LogId) -> int | None:
        """The first disputed seq of a log, or None when no fork of it is known (SPEC 5.8)."""
        return self.disputes.positions.get(log)

    def verdict(
        self,
        log: LogId,
        first_seq: int,
        last_seq: int,
        first_time: int,
        last_time: int,
        last_id: str = "",
    ) -> Code | None:
        """Whether a run of a log may be stored: None for yes, else the refusal (SPEC 6.7).

        Args:
            log: the log.
            first_seq, last_seq: the run's span.
            first_time, last_time: its TIMEs, Unix milliseconds.
            last_id: the id of the last entry, to tell a log from its fork at the cut.
        """
        assert first_seq <= last_seq
        windows = self.windows(log.author)
        if not any(low <= first_time and last_time <= high for low, high in windows):
            return Code.NOT_ADMITTED
        disputed = self.disputed(log)
        if disputed is not None and last_seq >= disputed:
            return Code.FORK
        good = self._cut(log)
        if good is None:
            return None
        is_other = last_seq == good[0] and last_id not in ("", good[1])
        return Code.REVOKED if last_seq > good[0] or is_other else None

    def admitted_part(
        self, log: LogId, first_seq: int, times: Sequence[int], ids: Sequence[bytes]
    ) -> tuple[int, Code | None]:
        """How many entries of a run are admitted, from its first on, and why not the next.

        However a log is cut into runs, the same entries of it come out admitted (SPEC 6.7).

        Args:
            log: the log.
            first_seq: the seq of the run's first entry.
            times, ids: the TIME and the id of each entry.
        """
        if not times:
            return 0, None
        disputed = self.disputed(log)
        if disputed is not None and first_seq + len(times) > disputed:
            before = max(0, disputed - first_seq)
            count, code = self.admitted_part(log, first_seq, times[:before], ids[:before])
            return count, code or Code.FORK
        windows = self.windows(log.author)
        count = len(times)
        if not any(low <= times[0] and times[-1] <= high for low, high in windows):
            inside = (any(low <= time <= high for low, high in windows) for time in times)
            count = next((index for index, good in enumerate(inside) if not good), count)
        code = None if count == len(times) else Code.NOT_ADMITTED
        good = self._cut(log)
        if good is None or first_seq + count - 1 < good[0]:
            return count, code
        kept = good[0] - first_seq
        if 0 <= kept < count and ids[kept].decode("ascii") == good[1]:
            kept += 1
        return (count, code) if kept >= count else (max(0, kept), Code.REVOKED)

    def quotas(self, key: str) -> tuple[tuple[int, int, Quota], ...]:
        """The quota of each admission of a key: from and until which TIME, and how much."""
        return tuple(
            (span.from_ms, span.until_ms, grant.record.quota) for grant, span in self._spans(key)
        )

    def _spans(self, key: str) -> Iterator[tuple[Grant, KeySpan]]:
        """Each admission under which a station signed with this key, and when."""
        for tenure in self._tenures.get(self._holders.get(key, ""), ()):
            for grant in tenure.grants:
                yield from ((grant, span) for span in grant.keys if span.key == key)

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
    roster = _fold(network, entries, UNDISPUTED)
    disputes = fold_disputes(network.id, roster.cut, entries)
    if disputes.is_empty:
        return roster
    return _fold(network, disputes.settle(entries), disputes)


def _fold(network: Network, entries: Sequence[RegistryEntry], disputes: Disputes) -> Roster:
    inert: dict[str, str] = dict(disputes.inert)
    acts: list[Act] = []
    rotations: list[Rotation] = []
    councils: list[CouncilRotation] = []
    profiles: list[tuple[RegistryEntry, StationDescribed]] = []
    for entry in entries:
        try:
            if entry.kind in ACT_KINDS:
                act = read_act(network, entry)
                if isinstance(act, Act):
                    acts.append(act)
                elif isinstance(act, Rotation):
                    rotations.append(act)
                else:
                    councils.append(act)
            elif entry.kind == DESCRIBED:
                record = parse_record(entry.kind, REGISTRY, entry.body)
                assert isinstance(record, StationDescribed)
                profiles.append((entry, record))
        except Inert as fault:
            inert[entry.entry_id] = fault.detail or fault.code
    council = follow_council(network, councils)
    rotated = Rotations(by_station(rotations), council)
    tenures, faults = fold_memberships(network, merge_acts(acts), rotated)
    inert.update((act.entry_id, faults[act.id]) for act in acts if act.id in faults)
    followed = _followed(tenures) | council.rotations
    named = [(each.id, each.entry_id) for each in rotations]
    named += [(each.id, each.entry_id) for each in councils]
    inert.update((entry, _NO_ROTATION) for act, entry in named if act not in followed)
    stations = {id_: describe_station(id_, each) for id_, each in tenures.items()}
    admitted = Roster(stations, tenures, inert, council, disputes)
    return _with_profiles(admitted, tenures, profiles)


def _with_profiles(
    roster: Roster,
    tenures: Mapping[str, tuple[Tenure, ...]],
    profiles: list[tuple[RegistryEntry, StationDescribed]],
) -> Roster:
    """Let each station's latest description of itself, by (epoch, seq), stand (A5, A8)."""
    stations = dict(roster.stations)
    inert = dict(roster.inert)
    for entry, profile in sorted(profiles, key=lambda each: (each[0].epoch, each[0].seq)):
        station = roster.station_of(entry.author)
        code = roster.verdict(entry.log, entry.seq, entry.seq, entry.time, entry.time)
        if station is None or code is not None:
            inert[entry.entry_id] = "describes a station its author is not admitted as"
            continue
        stations[station.id] = replace(
            stations[station.id], profile=profile, endpoints=tuple(profile.endpoints)
        )
    return Roster(stations, tenures, inert, roster.council, roster.disputes)


_NO_ROTATION = "no rotation that counts: old and new must sign it, and it must be the next"


def _followed(tenures: Mapping[str, tuple[Tenure, ...]]) -> set[str]:
    """The rotations that brought a station a key."""
    grants = (grant for mine in tenures.values() for tenure in mine for grant in tenure.grants)
    return {span.rotation for grant in grants for span in grant.keys}


def _holders(tenures: Mapping[str, tuple[Tenure, ...]]) -> dict[str, str]:
    """Which station each key belongs to; of two that name one key, the higher, then the older."""
    claims = sorted(
        (grant.level, span.from_ms, station, span.key)
        for station, mine in tenures.items()
        for tenure in mine
        for grant in tenure.grants
        for span in grant.keys
    )
    return {key: station for _, _, station, key in reversed(claims)}
