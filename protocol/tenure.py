"""One station's membership of one hierarchy, through all the acts on it (SPEC 6.6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from protocol.acts import REGISTRY, Act, Rotation
from protocol.records import LogCut, StationAdmitted, StationEnded
from protocol.rotation import KeySpan, follow_keys

NOTHING = (-1, "")
"""The cut of a log of which nothing is good."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A rightful admission of one station at one level of one hierarchy.

    ``level`` counts from 0 at the top. ``from_ms`` and ``until_ms`` bound the TIMEs of what its
    key signs: a successor that names another key ends it early. A grant by two others in the
    place of a regional station is ``joint``: it gives no right to admit. ``keys`` are those the
    station had under it, oldest first.
    """

    act: Act
    record: StationAdmitted
    level: int
    parent: str | None
    from_ms: int
    until_ms: int
    joint: bool
    keys: tuple[KeySpan, ...]

    @property
    def station(self) -> str:
        return self.act.station

    @property
    def key(self) -> KeySpan:
        """The key the station signs with now, as far as this admission goes."""
        return self.keys[-1]


@dataclass(slots=True)
class Tenure:
    """A membership: ``chain`` holds the acts that stand, oldest first, each replacing the last.

    ``path`` is everything the last of them replaced, itself included, oldest first; ``joint``
    the ids of the rightful acts that others signed in a regional station's place.
    """

    hierarchy: str
    levels: list[str]
    rotations: Sequence[Rotation] = ()
    chain: list[Act] = field(default_factory=list)
    path: list[Act] = field(default_factory=list)
    rightful: set[str] = field(default_factory=set)
    joint: set[str] = field(default_factory=set)
    grants: list[Grant] = field(default_factory=list)

    @property
    def ending(self) -> StationEnded | None:
        """How the membership ended, or None while it stands."""
        record = self.chain[-1].record if self.chain else None
        return record if isinstance(record, StationEnded) else None

    @property
    def current(self) -> Grant | None:
        """The latest admission, ended or not."""
        return self.grants[-1] if self.grants else None

    def extend(self, acts: Iterable[Act], held: Mapping[str, Act], *, joint: bool) -> None:
        """Let the rightful acts of one rank of signers replace what stands, where they name it.

        Of two that replace the same act an ending goes before a grant, then the smaller id.
        What higher signers settled stays: an act that names something they replaced is outvoted.

        Args:
            acts: rightful acts on this membership by signers of one rank, in any order.
            held: every act held, by id.
            joint: whether they were signed in a regional station's place.
        """
        here = {act.id for act in acts}
        if joint:
            self.joint |= here
        after: defaultdict[str | None, list[Act]] = defaultdict(list)
        for act in acts:
            after[self._predecessor(act, here, held)].append(act)
        self.rightful |= here
        tip = self.chain[-1].id if self.chain else None
        while rivals := after.get(tip):
            self.chain.append(min(rivals, key=lambda act: (not act.is_ending, act.id)))
            tip = self.chain[-1].id
        self.path = self._path(held)
        self.grants = self._grants()

    def _predecessor(self, act: Act, here: set[str], held: Mapping[str, Act]) -> str | None:
        """The nearest act it replaces that signers of this rank or above made, None for none.

        What lower signers put between is passed over: they cannot stand in the way.
        """
        before = act.replaces
        while before is not None and before not in here and before not in self.rightful:
            replaced = held.get(before)
            if replaced is None or self.hierarchy not in replaced.hierarchies:
                return None
            before = replaced.replaces
        return before

    def _path(self, held: Mapping[str, Act]) -> list[Act]:
        path: list[Act] = []
        act = self.chain[-1] if self.chain else None
        while act is not None and self.hierarchy in act.hierarchies:
            path.append(act)
            act = held.get(act.replaces) if act.replaces is not None else None
        return path[::-1]

    def _grants(self) -> list[Grant]:
        """The admissions that stand or stood, oldest first."""
        admissions = [
            (act, act.record)
            for act in self.path
            if act.id in self.rightful and isinstance(act.record, StationAdmitted)
        ]
        grants: list[Grant] = []
        closes_ms, key = None, None
        for act, record in reversed(admissions):
            if key is not None and record.key != key:
                closes_ms = grants[-1].from_ms
            key = record.key
            until_ms = record.until_ms if closes_ms is None else min(record.until_ms, closes_ms)
            level, parent = find_seat(record, self.hierarchy)
            index = self.levels.index(level)
            is_joint = act.id in self.joint
            keys = follow_keys(record, record.from_ms, until_ms, self.rotations)
            grants.append(
                Grant(act, record, index, parent, record.from_ms, until_ms, is_joint, keys)
            )
        return grants[::-1]

    def cut(self, channel: str, epoch: int) -> tuple[int, str] | None:
        """The last good (seq, id) of a log of a station that ended, None while it stands.

        An exit keeps the entry that says it: else nobody could take it in (SPEC 6.4).
        """
        ending = self.ending
        if ending is None:
            return None
        good = _last_good(ending.cuts, channel, epoch)
        said = self.chain[-1]
        is_own = self.current is not None and said.issuer == self.current.key.key
        if is_own and (channel, epoch) == (REGISTRY, said.log.epoch):
            good = max(good, (said.seq, said.entry_id))
        return good

    def key_cut(self, key: str, channel: str, epoch: int) -> tuple[int, str] | None:
        """The last good (seq, id) of a log of a key that was rotated away, None for another."""
        for grant in reversed(self.grants):
            for span in grant.keys:
                if span.key == key:
                    heads = span.heads
                    return None if heads is None else _last_good(heads, channel, epoch)
        return None


def _last_good(cuts: Iterable[LogCut], channel: str, epoch: int) -> tuple[int, str]:
    goods = [(each.seq, each.id) for each in cuts if (each.channel, each.epoch) == (channel, epoch)]
    return max(goods, default=NOTHING)


def find_seat(record: StationAdmitted, hierarchy: str) -> tuple[str, str | None]:
    """The (level, parent) that an admission gives in a hierarchy it names."""
    seat = next(each for each in record.memberships if each.hierarchy == hierarchy)
    return seat.level, seat.parent
