"""Who belongs to the network: admissions, endings, carried acts, profiles (SPEC 6.2, A1, A8-A11).

Permanent and without personal data: phone and address are an office's.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from protocol.limits import (
    BODY_BYTES_MAX,
    COUNCIL_KEYS_MAX,
    EPOCHS_PER_YEAR_MAX,
    FLAW_FIELDS_MAX,
    FORK_HEADERS_MAX,
    HEADER_BYTES_MAX,
    INTEGER_MAX,
    QUOTA_BYTES,
    QUOTA_ENTRIES,
    RUN_ENTRIES_MAX,
)
from protocol.records.fields import (
    Channel,
    Count,
    Division,
    Email,
    Endpoint,
    EntryId,
    Line,
    Many,
    Moment,
    Note,
    Phone,
    PublicKey,
    SealingKey,
    Signature,
    StationId,
    Word,
)
from protocol.records.record import ANYONE, Part, Record

LevelName = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,39}$")]
Endpoints = Annotated[Many[Endpoint], Field(max_length=4)]


class MembershipIn(Part):
    """A place in one hierarchy: its name, the level, and the parent station, None at the top."""

    hierarchy: LevelName
    level: LevelName
    parent: StationId | None = None


class Quota(Part):
    """What one log may take in any 24 hours: entries, and bytes of header and body lines."""

    entries_per_day: Annotated[int, Field(ge=1, le=INTEGER_MAX)] = QUOTA_ENTRIES
    bytes_per_day: Annotated[int, Field(ge=1, le=INTEGER_MAX)] = QUOTA_BYTES


class LogCut(Part):
    """The last good entry of one log (SPEC 6.4)."""

    channel: Channel
    epoch: Moment
    seq: Count
    id: EntryId


class StationAdmitted(Record):
    """A station joins, is renewed or moves (SPEC 6.3).

    ``station`` is None for a first admission, whose id then is the station's lasting id;
    ``replaces`` is the act on this membership that it takes the place of. The keys are the
    station's: signing, recovery, sealing. ``from_ms`` and ``until_ms`` bound its validity.
    """

    KIND: ClassVar[str] = "station.admitted/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE
    NAMES: ClassVar[tuple[str, ...]] = ("replaces",)

    station: StationId | None = None
    replaces: EntryId | None = None
    key: PublicKey
    recovery: PublicKey
    sealing: SealingKey
    name: Annotated[Line, Field(min_length=1, max_length=80)]
    memberships: Annotated[Many[MembershipIn], Field(min_length=1, max_length=2)]
    division: Division | None = None
    endpoints: Endpoints = ()
    quota: Quota = Quota()
    from_ms: Moment
    until_ms: Moment

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.until_ms <= self.from_ms:
            raise ValueError("until_ms is not after from_ms")
        if len({each.hierarchy for each in self.memberships}) != len(self.memberships):
            raise ValueError("two memberships in one hierarchy")
        if self.station is None and self.replaces is not None:
            raise ValueError("a first admission replaces nothing")
        return self


class StationEnded(Record):
    """A membership ends; each log of the station is good up to its cut, others not at all (M5)."""

    KIND: ClassVar[str] = "station.ended/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE
    NAMES: ClassVar[tuple[str, ...]] = ("replaces",)

    station: StationId
    hierarchy: LevelName
    replaces: EntryId
    why: Literal["revoked", "suspended", "exited"]
    cuts: Annotated[Many[LogCut], Field(max_length=256)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({(each.channel, each.epoch) for each in self.cuts}) != len(self.cuts):
            raise ValueError("two cuts of one log")
        return self


class KeyRotated(Record):
    """A station signs with another key; the old one's logs end at ``heads`` (SPEC 6.10).

    Counts only carried, signed by the new key and by the old or the recovery key.
    """

    KIND: ClassVar[str] = "key.rotated/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    station: StationId
    old: PublicKey
    key: PublicKey
    sealing: SealingKey
    from_ms: Moment
    heads: Annotated[Many[LogCut], Field(max_length=256)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.old == self.key:
            raise ValueError("a key is not rotated to itself")
        if len({(each.channel, each.epoch) for each in self.heads}) != len(self.heads):
            raise ValueError("two heads of one log")
        return self


class CouncilRotated(Record):
    """Another council takes the place of the one before (SPEC 6.11).

    ``number`` counts the rotations from 1; ``acts`` are those of earlier councils that stay.
    Counts only carried, signed by enough of the council before and enough of the new one.
    """

    KIND: ClassVar[str] = "council.rotated/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    number: Annotated[int, Field(ge=1, le=INTEGER_MAX)]
    keys: Annotated[Many[PublicKey], Field(min_length=1, max_length=COUNCIL_KEYS_MAX)]
    threshold: Annotated[int, Field(ge=1, le=COUNCIL_KEYS_MAX)]
    acts: Annotated[Many[EntryId], Field(max_length=512)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("a council key stands twice")
        if self.threshold > len(self.keys):
            raise ValueError("the threshold is above the number of keys")
        return self


class ActCarried(Record):
    """An act of the council, or of two stations together, carried by any registry log (SPEC 6.2).

    ``act`` is the act's JSON text, signed as it stands; ``signatures`` are [key, signature].
    """

    KIND: ClassVar[str] = "act.carried/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    act: Annotated[str, Field(min_length=2, max_length=60_000)]
    signatures: Annotated[
        Many[Annotated[tuple[PublicKey, Signature], Field(strict=False)]],
        Field(min_length=1, max_length=COUNCIL_KEYS_MAX),
    ]


HeaderLine = Annotated[Line, Field(min_length=1, max_length=HEADER_BYTES_MAX)]


class ForkShown(Record):
    """An author signed two entries for one position of a log: the proof (SPEC 5.8).

    ``branches`` are two stretches of consecutive header lines of one log, each ending at a line
    whose own signature holds; it counts by those signatures, not by who shows it.
    """

    KIND: ClassVar[str] = "fork.shown/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    branches: Annotated[
        Many[Annotated[Many[HeaderLine], Field(min_length=1, max_length=FORK_HEADERS_MAX)]],
        Field(min_length=2, max_length=2),
    ]


class FlawShown(Record):
    """A line of a log that its author did not sign, under one that it did: the proof (SPEC 5.3).

    ``header`` is the line whose own SIG is not its author's; ``after`` gives of each line that
    follows, up to one whose SIG is, what SEQ and PREV do not: TIME KIND SUBJECT SIZE DIGEST SIG.
    """

    KIND: ClassVar[str] = "flaw.shown/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    header: HeaderLine
    after: Annotated[
        Many[Annotated[Line, Field(min_length=1, max_length=FLAW_FIELDS_MAX)]],
        Field(min_length=1, max_length=RUN_ENTRIES_MAX - 1),
    ]


class EpochsShown(Record):
    """An author opened more epochs of a channel than a year allows: their openings (SPEC 6.8)."""

    KIND: ClassVar[str] = "epochs.shown/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    headers: Annotated[
        Many[HeaderLine],
        Field(min_length=EPOCHS_PER_YEAR_MAX + 1, max_length=EPOCHS_PER_YEAR_MAX + 1),
    ]


class EntryKept(Record):
    """An entry of a disputed part stays in force: its author's peer built upon it (SPEC 5.9).

    ``header`` and ``content`` are the entry's two lines as signed.
    """

    KIND: ClassVar[str] = "entry.kept/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    header: HeaderLine
    content: Annotated[str, Field(min_length=2, max_length=BODY_BYTES_MAX)]


class StationDescribed(Record):
    """A station's own profile: where it answers, what it is part of, its office (A5, A8, L8)."""

    KIND: ClassVar[str] = "station.described/1"
    CHANNEL: ClassVar[str] = "registry"
    TIERS: ClassVar[frozenset[str]] = ANYONE

    endpoints: Endpoints = ()
    description: Annotated[Note, Field(max_length=500)] = ""
    host_body: Annotated[Line, Field(min_length=1, max_length=40)] | None = None
    phone: Phone | None = None
    email: Email | None = None
    address: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    roles: Annotated[Many[Word], Field(max_length=16)] = ()
