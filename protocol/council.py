"""The council, and the ones that took its place (SPEC 6.11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocol.acts import Act, CouncilRotation, Rotation, merge_signers
from protocol.genesis import Network


class Sitting(NamedTuple):
    """A council's keys and how many of them must sign."""

    keys: frozenset[str]
    threshold: int

    def signed(self, signers: Iterable[str]) -> bool:
        """Whether enough of its keys are among the signers."""
        return len(self.keys.intersection(signers)) >= self.threshold


@dataclass(frozen=True, slots=True)
class CouncilLine:
    """The genesis' council and its successors, the last one in office.

    ``acts`` are the acts of earlier ones that the last rotation keeps; ``rotations`` the ids of
    those that count.
    """

    sittings: tuple[Sitting, ...]
    acts: frozenset[str]
    rotations: frozenset[str]

    def signed(self, act: Act) -> bool:
        """Whether an act is the council's: of the one in office, or of an earlier one and kept."""
        if self.sittings[-1].signed(act.signers):
            return True
        return act.id in self.acts and any(each.signed(act.signers) for each in self.sittings)


class Rotations(NamedTuple):
    """Which keys took the place of others: those of stations, by station, and the council's."""

    keys: Mapping[str, Sequence[Rotation]]
    council: CouncilLine


def follow_council(network: Network, rotations: Sequence[CouncilRotation]) -> CouncilLine:
    """Follow the council from the genesis through its rotations, each numbered one above the last.

    Of two with the same number the smaller act id counts.

    Args:
        network: whose genesis names the first council.
        rotations: all of them held, in any order.
    """
    first = network.genesis.council
    sittings = [Sitting(frozenset(first.keys), first.threshold)]
    records = {each.id: each.record for each in rotations}
    held = [
        (id_, records[id_], signers) for id_, signers in sorted(merge_signers(rotations).items())
    ]
    acts: frozenset[str] = frozenset()
    counted: list[str] = []
    while True:
        for id_, said, signers in held:
            new = Sitting(frozenset(said.keys), said.threshold)
            is_next = said.number == len(sittings)
            if is_next and sittings[-1].signed(signers) and new.signed(signers):
                sittings.append(new)
                acts = frozenset(said.acts)
                counted.append(id_)
                break
        else:
            return CouncilLine(tuple(sittings), acts, frozenset(counted))
