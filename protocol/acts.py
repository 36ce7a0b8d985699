"""Registry acts: who says what about a membership, and by whose signatures (SPEC 6.2).

A *direct* act is an entry of the issuer's own registry log. A *carried* act is JSON text with
signatures of its own; any registry log may carry it and it counts by its signatures, not by its
carrier.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from protocol.entry import encode_body, parse_body
from protocol.errors import Inert, Reason
from protocol.genesis import Network
from protocol.header import LogId
from protocol.keys import SigningKey, digest, is_signature
from protocol.records import (
    ActCarried,
    CouncilRotated,
    KeyRotated,
    Record,
    StationAdmitted,
    StationEnded,
    parse_record,
)
from protocol.remembering import remembered

REGISTRY = "registry"
ADMITTED = StationAdmitted.KIND
ENDED = StationEnded.KIND
ROTATED = KeyRotated.KIND
COUNCIL = CouncilRotated.KIND
CARRIED = ActCarried.KIND
ACT_KINDS = frozenset({ADMITTED, ENDED, ROTATED, COUNCIL, CARRIED})
"""The kinds that change who is a member; the roster is folded from these and the profiles."""

_PREFIX = b"yizhan act v1\n"


class RegistryEntry(NamedTuple):
    """A stored entry of a registry log, as the roster's fold reads it (SPEC 6.6).

    ``time`` is Unix milliseconds; ``body`` the body line without LF, empty when absent.
    """

    entry_id: str
    author: str
    epoch: int
    seq: int
    time: int
    kind: str
    body: bytes

    @property
    def log(self) -> LogId:
        return LogId(self.author, REGISTRY, self.epoch)


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a station's memberships, its signatures verified (SPEC 6.2).

    ``id`` is the entry's id for a direct act and the digest of the signed message for a carried
    one, so that two carriers of one act are one act. ``issuer`` is the author of a direct act,
    None for a carried one, whose verified ``signers`` speak instead. ``at_ms`` is the time the
    act speaks for: the entry's TIME, or the start of validity of a carried admission.
    """

    id: str
    kind: str
    record: StationAdmitted | StationEnded
    issuer: str | None
    signers: tuple[str, ...]
    at_ms: int
    entry_id: str
    log: LogId
    seq: int

    @property
    def station(self) -> str:
        """The lasting id of the station acted on: of a first admission, the act's own id."""
        return self.record.station or self.id

    @property
    def replaces(self) -> str | None:
        """The act this one replaces, None for a station's first or a new membership."""
        return self.record.replaces

    @property
    def is_ending(self) -> bool:
        return isinstance(self.record, StationEnded)

    @property
    def hierarchies(self) -> tuple[str, ...]:
        """The hierarchies in which this act says something about the station."""
        if isinstance(self.record, StationEnded):
            return (self.record.hierarchy,)
        return tuple(membership.hierarchy for membership in self.record.memberships)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Keys take the place of others, by the verified ``signers`` of a carried act (SPEC 6.10)."""

    id: str
    record: KeyRotated
    signers: tuple[str, ...]
    entry_id: str


@dataclass(frozen=True, slots=True)
class CouncilRotation:
    """Another council, by the verified ``signers`` of a carried act (SPEC 6.11)."""

    id: str
    record: CouncilRotated
    signers: tuple[str, ...]
    entry_id: str


Acting = StationAdmitted | StationEnded | KeyRotated | CouncilRotated


def act_message(network: str, act: str) -> bytes:
    """The bytes that signers of a carried act sign (SPEC 6.2).

    Args:
        network: this network's id, 16 hex digits.
        act: the act's JSON text, exactly as it is carried.
    """
    return _PREFIX + network.encode("ascii") + b"\n" + act.encode("utf-8")


def write_act(record: Record) -> str:
    """The JSON text of an act that others are to sign and carry (SPEC 6.2)."""
    kind = record.KIND.encode("ascii")
    return (b'{"kind":"' + kind + b'","body":' + record.body() + b"}").decode("utf-8")


def act_id(network: str, act: str) -> str:
    """The id of a carried act, the same whoever carries it (SPEC 6.2)."""
    return digest(act_message(network, act))


def sign_act(key: SigningKey, network: str, act: str) -> tuple[str, str]:
    """One signature under a carried act: (public key, signature) (SPEC 6.2)."""
    return key.public, key.sign(act_message(network, act))


def read_act(network: Network, entry: RegistryEntry) -> Act | Rotation | CouncilRotation:
    """Read what an entry of one of :data:`ACT_KINDS` says, and verify who signed it.

    Signatures that do not verify are left out of ``signers``: an act counts by the good ones.

    Args:
        network: the network whose id the signatures are bound to.
        entry: a stored entry; its author's signature was checked at the door.

    Raises:
        Inert: ``bad-json``, ``bad-record`` or ``absent`` with what is wrong.
    """
    if entry.kind == CARRIED:
        id_, record, signers = _read_carried(network.id, entry.body)
        if isinstance(record, KeyRotated):
            return Rotation(id_, record, signers, entry.entry_id)
        if isinstance(record, CouncilRotated):
            return CouncilRotation(id_, record, signers, entry.entry_id)
        at_ms = record.from_ms if isinstance(record, StationAdmitted) else entry.time
        return Act(
            id_, record.KIND, record, None, signers, at_ms, entry.entry_id, entry.log, entry.seq
        )
    record = _act_record(entry.kind, entry.body)
    if isinstance(record, KeyRotated | CouncilRotated):
        raise Inert(Reason.BAD_RECORD, "keys are rotated by a carried act, signed by old and new")
    return Act(
        entry.entry_id,
        entry.kind,
        record,
        entry.author,
        (entry.author,),
        entry.time,
        entry.entry_id,
        entry.log,
        entry.seq,
    )


@remembered
def _read_carried(network: str, body: bytes) -> tuple[str, Acting, tuple[str, ...]]:
    """Cached, like the records: every fold reads every act anew, and the roster keeps it anyway."""
    carried = parse_record(CARRIED, REGISTRY, body)
    assert isinstance(carried, ActCarried)
    said = parse_body(carried.act.encode("utf-8"))
    kind, inner = said.get("kind"), said.get("body")
    if set(said) != {"kind", "body"} or not isinstance(kind, str) or not isinstance(inner, dict):
        raise Inert(Reason.BAD_RECORD, "act: an object of exactly kind and body is due")
    record = _act_record(kind, encode_body(inner))
    message = act_message(network, carried.act)
    signers = dict.fromkeys(
        key for key, signature in carried.signatures if is_signature(key, signature, message)
    )
    return digest(message), record, tuple(signers)


@remembered
def _act_record(kind: str, body: bytes) -> Acting:
    if kind not in (ADMITTED, ENDED, ROTATED, COUNCIL):
        raise Inert(Reason.BAD_RECORD, f"{kind[:48]} is not an act on a membership")
    record = parse_record(kind, REGISTRY, body)
    assert isinstance(record, Acting)
    return record


def merge_acts(acts: Iterable[Act]) -> dict[str, Act]:
    """Acts by id; carriers of one act add up their signatures, in whatever order they came.

    Of several carriers the one with the smallest entry id stands for the act.
    """
    merged: dict[str, Act] = {}
    for act in acts:
        known = merged.get(act.id)
        if known is None:
            merged[act.id] = act
            continue
        first, second = sorted((known, act), key=lambda each: each.entry_id)
        signers = tuple(sorted({*first.signers, *second.signers}))
        at_ms = min(first.at_ms, second.at_ms)
        merged[act.id] = replace(first, signers=signers, at_ms=at_ms)
    return merged


def merge_signers(rotations: Iterable[Rotation | CouncilRotation]) -> dict[str, tuple[str, ...]]:
    """Who signed each rotation, by its id: the signatures of its carriers added up."""
    signers: defaultdict[str, set[str]] = defaultdict(set)
    for each in rotations:
        signers[each.id].update(each.signers)
    return {id_: tuple(sorted(keys)) for id_, keys in signers.items()}


def by_station(rotations: Sequence[Rotation]) -> dict[str, list[Rotation]]:
    """Rotations of keys, those of each station together, each once with all its signers."""
    held = {each.id: each for each in rotations}
    grouped: defaultdict[str, list[Rotation]] = defaultdict(list)
    for id_, signers in merge_signers(rotations).items():
        grouped[held[id_].record.station].append(replace(held[id_], signers=signers))
    return dict(grouped)
