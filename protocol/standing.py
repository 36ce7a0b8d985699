"""The stratified fold: which acts on memberships stand (SPEC 6.6).

One hierarchy at a time and the highest signers first: the council, then each level from the top.
By the time the acts of a level are judged, every right its stations hold is settled, because
rights come from strictly higher signers only. So the order in which acts arrive cannot matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from protocol.acts import Act
from protocol.council import Rotations
from protocol.genesis import Network
from protocol.records import StationAdmitted, StationEnded
from protocol.rights import Settled
from protocol.tenure import Grant, Tenure


class Part(IntEnum):
    """What the stations of one level sign, in the order in which it is judged."""

    EXITS = 0
    OWN = 1
    JOINT = 2


class Rank(NamedTuple):
    """How high an act was signed: the smaller, the higher. Level -1 is the council's."""

    level: int
    part: Part


COUNCIL = Rank(-1, Part.OWN)


def ranks(levels: int) -> Iterator[Rank]:
    """Every rank of a hierarchy of that many levels, highest first."""
    yield COUNCIL
    for level in range(levels):
        for part in Part:
            yield Rank(level, part)


def fold_hierarchy(
    network: Network,
    hierarchy: str,
    acts: Mapping[str, Act],
    rotations: Rotations,
) -> tuple[dict[str, Tenure], dict[str, str]]:
    """Fold the acts on the memberships of one hierarchy.

    Args:
        network: whose genesis names the council and the levels.
        hierarchy: its name.
        acts: every act held, of any hierarchy, by id.
        rotations: which keys took the place of others.

    Returns:
        The memberships by station, and what is wrong with each act that has no effect by its id.
    """
    settled = Settled(network, hierarchy, acts, rotations)
    pending = _Pending()
    for act in acts.values():
        if hierarchy in act.hierarchies:
            pending.add(act, settled.replacing_fault(act))
    for rank in ranks(len(settled.levels)):
        rightful: defaultdict[str, list[Act]] = defaultdict(list)
        for act in pending.due(settled, rank):
            fault = _find_fault(settled, act, rank)
            if fault == "":
                rightful[act.station].append(act)
                pending.settle(act)
            elif fault is not None:
                pending.inert[act.id] = fault
        for station, group in rightful.items():
            settled.extend(station, group, joint=rank.part is Part.JOINT)
    return settled.tenures, pending.inert


class _Pending:
    """The acts that are not settled yet, by who signed them; what is wrong with them by id.

    An own act is looked at when the level comes at which its signer stands, and not before: in a
    country of thousands, most acts are of a low level.
    """

    def __init__(self) -> None:
        self.inert: dict[str, str] = {}
        self._direct: defaultdict[str, dict[str, Act]] = defaultdict(dict)
        self._carried: dict[str, Act] = {}

    def add(self, act: Act, fault: str) -> None:
        """An act, and what is wrong with it whoever signed it."""
        if fault:
            self.inert[act.id] = fault
            return
        self.inert[act.id] = "not signed by anyone who may do this"
        if act.issuer is None:
            self._carried[act.id] = act
        else:
            self._direct[act.issuer][act.id] = act

    def due(self, settled: Settled, rank: Rank) -> list[Act]:
        """The acts that someone of this rank may have signed."""
        if rank == COUNCIL or rank.part is Part.JOINT:
            return list(self._carried.values())
        keys = settled.keys_at(rank.level).intersection(self._direct)
        return [act for key in sorted(keys) for act in self._direct[key].values()]

    def settle(self, act: Act) -> None:
        """It is rightful."""
        del self.inert[act.id]
        if act.issuer is None:
            del self._carried[act.id]
        else:
            del self._direct[act.issuer][act.id]


def _find_fault(settled: Settled, act: Act, rank: Rank) -> str | None:
    """What is wrong with an act of this rank; "" for nothing, None when it is not of this rank."""
    if rank == COUNCIL:
        return "" if act.issuer is None and settled.is_council(act) else None
    if act.issuer is None:
        return settled.joint_fault(act) if settled.is_joint(act, rank.level) else None
    issuer = settled.find_holder(act.issuer, act, rank.level)
    if issuer is None or _is_exit(act, issuer) != (rank.part is Part.EXITS):
        return None
    fault = ""
    if rank.part is Part.OWN:
        if isinstance(act.record, StationAdmitted):
            fault = settled.admission_fault(act.record, issuer)
        fault = fault or settled.replacer_fault(act, issuer)
    return fault


def _is_exit(act: Act, issuer: Grant) -> bool:
    """Whether a station ends its own membership; any other act on oneself has no right."""
    record = act.record
    is_leaving = isinstance(record, StationEnded) and record.why == "exited"
    return is_leaving and issuer.station == act.station


def fold_memberships(
    network: Network, held: Mapping[str, Act], rotations: Rotations
) -> tuple[dict[str, tuple[Tenure, ...]], dict[str, str]]:
    """Fold each hierarchy by itself, then bring together what each station is in all of them.

    A membership outside the hierarchy of its first admission stands only under a key that the
    station was given at home.

    Returns:
        Each station's memberships, home first, and what is wrong with acts without any effect.
    """
    names = network.genesis.hierarchies
    folded = {name: fold_hierarchy(network, name, held, rotations) for name in names}
    faults = {
        act.id: "; ".join(dict.fromkeys(reasons)) or "no such hierarchy"
        for act in held.values()
        for reasons in [[folded[n][1].get(act.id, "") for n in act.hierarchies if n in folded]]
        if all(reasons)
    }
    tenures: dict[str, tuple[Tenure, ...]] = {}
    for act in held.values():
        if act.id != act.station:
            continue
        seats = [folded[name][0].get(act.id) for name in _home_first(act, folded)]
        mine = [each for each in seats if each is not None and each.grants]
        if mine and act.id in mine[0].rightful and mine[0].hierarchy in act.hierarchies:
            keys = {span.key for grant in mine[0].grants for span in grant.keys}
            tenures[act.id] = tuple(e for e in mine if e is mine[0] or _key(e) in keys)
    return tenures, faults


def _home_first(act: Act, hierarchies: Iterable[str]) -> Iterator[str]:
    yield from (name for name in act.hierarchies if name in hierarchies)
    yield from (name for name in hierarchies if name not in act.hierarchies)


def _key(tenure: Tenure) -> str:
    return tenure.grants[-1].key.key
