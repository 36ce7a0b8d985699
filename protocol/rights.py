"""Who may do what to whose membership (SPEC 6.3 to 6.5): the rules one act is judged by.

Every question here is answered from what strictly higher signers settled, and from what acts say
of themselves by their ids; never from acts of the same rank or below (SPEC 6.6).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from protocol.acts import REGISTRY, Act
from protocol.council import Rotations
from protocol.genesis import TIERS, Network
from protocol.limits import JOINT_ADMISSION_MS_MAX
from protocol.records import StationAdmitted
from protocol.tenure import Grant, Tenure, find_seat


def is_under(code: str, upper: str) -> bool:
    """Whether a division lies in another, or is that one (GB/T 2260: 510000 > 510100 > 510104)."""
    while upper.endswith("00"):
        upper = upper[:-2]
    return code.startswith(upper)


class Settled:
    """What is settled so far of one hierarchy, while the fold goes down the ranks.

    ``acts`` are all acts held, of any hierarchy, by id; ``rotations`` those of keys by station;
    ``tenures`` the memberships by station.
    """

    def __init__(
        self,
        network: Network,
        hierarchy: str,
        acts: Mapping[str, Act],
        rotations: Rotations,
    ) -> None:
        self.hierarchy = hierarchy
        self.levels = network.genesis.hierarchies[hierarchy]
        self.council = rotations.council
        self.acts = acts
        self.rotations = rotations.keys
        self.tenures: dict[str, Tenure] = {}
        self._stations: defaultdict[str, set[str]] = defaultdict(set)
        self._keys: defaultdict[int, set[str]] = defaultdict(set)

    def extend(self, station: str, acts: Iterable[Act], *, joint: bool) -> None:
        """Settle the rightful acts of one rank on one station's membership."""
        fresh = Tenure(self.hierarchy, self.levels, self.rotations.get(station, ()))
        tenure = self.tenures.setdefault(station, fresh)
        tenure.extend(acts, self.acts, joint=joint)
        for grant in tenure.grants:
            for span in grant.keys:
                self._stations[span.key].add(station)
                self._keys[grant.level].add(span.key)

    def keys_at(self, level: int) -> set[str]:
        """The keys under which stations were admitted at a level, so far as is settled."""
        return self._keys[level]

    def grant(self, station: str | None) -> Grant | None:
        """A station's latest admission, ended or not."""
        tenure = self.tenures.get(station) if station is not None else None
        return tenure.current if tenure is not None else None

    def is_council(self, act: Act) -> bool:
        """Whether enough of the council signed (SPEC 1.2, 6.11)."""
        return self.council.signed(act)

    def find_holder(self, key: str, act: Act, level: int) -> Grant | None:
        """The grant by which ``key`` spoke as a station of ``level`` when it signed ``act``.

        A direct act counts up to its author's cut. A carried one has no place in a log: the
        signature of a station that has ended since counts no more, nor does that of a key
        which was rotated away before.
        """
        is_carried = act.issuer is None
        for station in sorted(self._stations.get(key, ())):
            tenure = self.tenures[station]
            cut = tenure.cut(REGISTRY, act.log.epoch)
            if cut is not None and (is_carried or act.seq > cut[0]):
                continue
            rotated = tenure.key_cut(key, REGISTRY, act.log.epoch)
            if rotated is not None and not is_carried and act.seq > rotated[0]:
                continue
            for grant in tenure.grants:
                spans = (span for span in grant.keys if (span.key, grant.level) == (key, level))
                if any(span.covers(act.at_ms, carried=is_carried) for span in spans):
                    return grant
        return None

    def is_signed_above(self, act: Act, level: int, me: str) -> bool:
        """Whether another station of this level, or one of a higher level, made a direct act."""
        assert act.issuer is not None
        holders = (self.find_holder(act.issuer, act, each) for each in range(level + 1))
        return any(holder is not None and holder.station != me for holder in holders)

    def origins(self, station: str | None) -> Iterator[str]:
        """A station and those above it, as its first admission says and theirs say in turn.

        An id is the hash of the admission, so nobody can claim a place in this line afterwards.
        """
        seen: set[str] = set()
        while station is not None and station not in seen:
            seen.add(station)
            yield station
            first = self.acts.get(station)
            if first is None or self.hierarchy not in first.hierarchies:
                return
            if not isinstance(first.record, StationAdmitted):
                return
            station = find_seat(first.record, self.hierarchy)[1]

    def is_joint(self, act: Act, level: int) -> bool:
        """Whether two other stations, of the level of the one it speaks for, signed (SPEC 6.5)."""
        if not isinstance(act.record, StationAdmitted):
            return False
        parent = find_seat(act.record, self.hierarchy)[1]
        place = self.grant(parent)
        if place is None or place.level != level or TIERS[self.levels[level]] != "regional":
            return False
        holders = (self.find_holder(key, act, level) for key in act.signers)
        return len({each.station for each in holders if each is not None} - {parent}) >= 2

    # -- the rules; each says what is wrong, or "" --------------------------------------------

    def replacing_fault(self, act: Act) -> str:
        """An act names what it replaces, and that is held and on the same membership."""
        if isinstance(act.record, StationAdmitted):
            level = find_seat(act.record, self.hierarchy)[0]
            if level not in self.levels:
                return f"{self.hierarchy} has no level {level}"
        first = self.acts.get(act.station)
        if first is None or first.station != first.id or first.is_ending:
            return "names a station whose first admission is not held here"
        if act.id == act.station:
            return "" if act.replaces is None else "a first admission replaces nothing"
        is_new = self.hierarchy not in first.hierarchies and not act.is_ending
        if act.replaces is None:
            return "" if is_new else "does not name the act it replaces"
        replaced = self.acts.get(act.replaces)
        if replaced is None or replaced.station != act.station:
            return "replaces an act on this station that is not held here"
        is_same = self.hierarchy in replaced.hierarchies
        return "" if is_same or is_new else "replaces an act on another membership"

    def admission_fault(self, record: StationAdmitted, issuer: Grant) -> str:
        """An issuer admits below its level, under itself, in its own division (SPEC 6.3)."""
        level, parent = find_seat(record, self.hierarchy)
        if issuer.joint:
            return "a station admitted in its parent's place has no right to admit"
        if self.levels.index(level) <= issuer.level:
            return f"a {self.levels[issuer.level]} station admits below its own level"
        if issuer.level == 0:
            return ""
        if parent != issuer.station:
            return "an issuer is the parent of those it admits"
        return division_fault(record, issuer)

    def replacer_fault(self, act: Act, issuer: Grant) -> str:
        """Acts are replaced in the name of their issuer or parent, or by one above (SPEC 6.4).

        That goes for each act on the way down to the last settled one: else a void act, which
        anybody can write, would lend its author a right over what it claims to replace.
        """
        for replaced in self._way_down(act):
            fault = self._over_fault(replaced, issuer)
            if fault:
                return fault
        return ""

    def _over_fault(self, replaced: Act, issuer: Grant) -> str:
        if not isinstance(replaced.record, StationAdmitted):
            is_higher = replaced.issuer is None
            if is_higher or self.is_signed_above(replaced, issuer.level, issuer.station):
                return "an ending is replaced only by its issuer or one above it"
            return ""
        level, parent = find_seat(replaced.record, self.hierarchy)
        if issuer.level == 0:
            is_below = level in self.levels and self.levels.index(level) > 0
            return "" if is_below else "the council alone replaces that act"
        is_above = issuer.station in self.origins(parent)
        return "" if is_above else "only its issuer, or one above it, may replace that act"

    def joint_fault(self, act: Act) -> str:
        """What two others may do in a regional station's place, and for how long (SPEC 6.5)."""
        record = act.record
        assert isinstance(record, StationAdmitted)
        level, parent = find_seat(record, self.hierarchy)
        place = self.grant(parent)
        assert place is not None
        if TIERS[level] != "grassroots":
            return "others may admit only grassroots members in a regional station's place"
        if record.until_ms - record.from_ms > JOINT_ADMISSION_MS_MAX:
            return "others admit for at most 90 days in a regional station's place"
        fault = division_fault(record, place)
        if fault:
            return fault
        for replaced in self._way_down(act):
            if not isinstance(replaced.record, StationAdmitted):
                return "an ending is not undone by others in a regional station's place"
            if find_seat(replaced.record, self.hierarchy)[1] != parent:
                return "others act only for the parent of the admission they replace"
        return ""

    def _way_down(self, act: Act) -> Iterator[Act]:
        """What an act replaces, and what that does, to the first that higher signers settled."""
        tenure = self.tenures.get(act.station)
        settled = tenure.rightful if tenure is not None else ()
        replaced = self._replaced(act)
        while replaced is not None:
            yield replaced
            if replaced.id in settled:
                return
            replaced = self._replaced(replaced)

    def _replaced(self, act: Act) -> Act | None:
        """The act it replaces on the membership of this hierarchy."""
        replaced = self.acts.get(act.replaces) if act.replaces is not None else None
        if replaced is None or self.hierarchy not in replaced.hierarchies:
            return None
        return replaced


def division_fault(record: StationAdmitted, issuer: Grant) -> str:
    """A division code under the issuer's own, or none (SPEC 6.3, A11)."""
    own = issuer.record.division
    if record.division is None or (own is not None and is_under(record.division, own)):
        return ""
    return f"division {record.division} is not under the issuer's own ({own or 'none'})"
