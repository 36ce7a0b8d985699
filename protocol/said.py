"""What the entries of registry logs say, read once: acts, rotations, profiles (SPEC 6.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.acts import (
    ACT_KINDS,
    REGISTRY,
    Act,
    CouncilRotation,
    RegistryEntry,
    Rotation,
    read_act,
)
from protocol.disputes import EVIDENCE
from protocol.errors import Inert
from protocol.genesis import Network
from protocol.records import EntryKept, StationDescribed, parse_record

Profile = tuple[RegistryEntry, StationDescribed]


@dataclass(slots=True)
class Said:
    """What was said, in the order it was read; what cannot be read is ``inert``, by entry id.

    ``evidence`` says whether there are entries against authors, which are folded by themselves.
    """

    acts: list[Act] = field(default_factory=list)
    rotations: list[Rotation] = field(default_factory=list)
    councils: list[CouncilRotation] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    inert: dict[str, str] = field(default_factory=dict)
    evidence: bool = False


def read_registry(network: Network, entries: Iterable[RegistryEntry]) -> Said:
    """Read what registry entries say.

    Args:
        network: to whose id signatures of carried acts are bound.
        entries: stored entries of channel ``registry``.
    """
    said = Said()
    for entry in entries:
        try:
            _read(network, entry, said)
        except Inert as fault:
            said.inert[entry.entry_id] = fault.detail or fault.code
    return said


def _read(network: Network, entry: RegistryEntry, said: Said) -> None:
    if entry.kind in ACT_KINDS:
        act = read_act(network, entry)
        if isinstance(act, Act):
            said.acts.append(act)
        elif isinstance(act, Rotation):
            said.rotations.append(act)
        else:
            said.councils.append(act)
    elif entry.kind == StationDescribed.KIND:
        record = parse_record(entry.kind, REGISTRY, entry.body)
        assert isinstance(record, StationDescribed)
        said.profiles.append((entry, record))
    elif entry.kind in EVIDENCE or entry.kind == EntryKept.KIND:
        said.evidence = True
