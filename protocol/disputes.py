"""Which parts of logs are disputed, and which entries of those stay in force (SPEC 5.8, 5.9).

A fork, a line its author did not sign, and an epoch too many have one and the same effect.

Folded from the registry before the roster is: evidence counts by the signatures in it, so the
order in which it came, and who showed it, cannot matter.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from protocol.acts import ACT_KINDS, REGISTRY, RegistryEntry
from protocol.entry import Entry
from protocol.epochs import read_epochs
from protocol.errors import Inert
from protocol.flaws import read_flaw
from protocol.forks import Dispute, read_fork, read_kept
from protocol.header import LogId
from protocol.records import EntryKept, EpochsShown, FlawShown, ForkShown

EVIDENCE: Mapping[str, Callable[[str, bytes], Dispute]] = {
    ForkShown.KIND: read_fork,
    FlawShown.KIND: read_flaw,
    EpochsShown.KIND: read_epochs,
}
"""What each kind of evidence proves, by the network's id and the body that shows it."""


@dataclass(frozen=True, slots=True)
class Disputes:
    """What is disputed: the first such seq of each log, the lowest known fork winning.

    ``kept`` are the entries, by id, that stay in force in spite of it; ``inert`` says what is
    wrong with evidence that proves nothing, by entry id.
    """

    positions: Mapping[LogId, int] = field(default_factory=dict)
    kept: Mapping[str, Entry] = field(default_factory=dict)
    inert: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.positions and not self.inert

    def covers(self, log: LogId, seq: int) -> bool:
        """Whether a position lies in a disputed part."""
        position = self.positions.get(log)
        return position is not None and seq >= position

    def settle(self, entries: Iterable[RegistryEntry]) -> list[RegistryEntry]:
        """The registry entries that speak: disputed ones do not, but for acts and what is kept."""
        speaking = {
            entry.entry_id: entry
            for entry in entries
            if entry.kind in ACT_KINDS or not self.covers(entry.log, entry.seq)
        }
        for id_, entry in self.kept.items():
            header = entry.header
            if header.channel == REGISTRY:
                speaking[id_] = RegistryEntry(
                    id_, header.author, header.epoch, header.seq, header.time, header.kind,
                    entry.body,
                )  # fmt: skip
        return list(speaking.values())


UNDISPUTED = Disputes()


def fold_disputes(
    network: str, cut: Callable[[LogId], int | None], entries: Iterable[RegistryEntry]
) -> Disputes:
    """Fold the evidence against authors and what is kept.

    Args:
        network: this network's id.
        cut: the last good seq of a log whose author's membership ended; what lies beyond it
            does not count, since some nodes never take it in.
        entries: stored entries of channel ``registry``, in any order.
    """
    positions: dict[LogId, int] = {}
    inert: dict[str, str] = {}
    carriers: list[tuple[RegistryEntry, Entry]] = []
    for entry in entries:
        if entry.kind not in EVIDENCE and entry.kind != EntryKept.KIND:
            continue
        good = cut(entry.log)
        if good is not None and entry.seq > good:
            continue
        try:
            if entry.kind == EntryKept.KIND:
                carriers.append((entry, read_kept(network, entry.body)))
                continue
            log, seq = EVIDENCE[entry.kind](network, entry.body)
        except Inert as fault:
            inert[entry.entry_id] = fault.detail
            continue
        positions[log] = min(seq, positions.get(log, seq))
    found = Disputes(positions)
    kept: dict[str, Entry] = {}
    for carrier, carried in carriers:
        if not found.covers(carried.header.log, carried.header.seq):
            inert[carrier.entry_id] = "the entry it carries is not disputed"
        elif not found.covers(carrier.log, carrier.seq):
            kept[carried.id] = carried
    return Disputes(positions, kept, inert)
