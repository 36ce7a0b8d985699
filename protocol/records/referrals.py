"""The acts of a referral from station to station (SPEC 11; the case they make is SPEC 12; D3)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from protocol.limits import SEALED_RECIPIENTS_MAX
from protocol.records.fields import (
    Base64,
    Count,
    Day,
    Email,
    EntryId,
    Fen,
    Hash,
    Line,
    Many,
    Note,
    Phone,
    SealingKey,
    StationId,
    Word,
)
from protocol.records.record import Erasable, Part, Record

AFTER_MAX = 16
"""How many newest entries of its case an act may name."""


Reason = Annotated[Note, Field(min_length=1)]
"""Why, for the others; never empty."""


class SealedKey(Part):
    """The sealed part's key, wrapped by HPKE to one station's X25519 key (SPEC 8.2)."""

    station: StationId
    key: SealingKey
    wrapped: Annotated[Base64, Field(min_length=150, max_length=150)]


class Sealed(Part):
    """A part only its recipients can open (SPEC 8.1, D11)."""

    recipients: Annotated[Many[SealedKey], Field(min_length=1, max_length=SEALED_RECIPIENTS_MAX)]
    nonce: Annotated[Base64, Field(min_length=16, max_length=16)]
    ciphertext: Annotated[Base64, Field(min_length=22, max_length=40_000)]


class Office(Part):
    """The office to speak to; never a person (DESIGN 1.9)."""

    name: Word
    phone: Phone | None = None
    email: Email | None = None


Purpose = Literal["assess", "work", "contract"]
"""What for: to see whether the need can be met, to meet it, to sign a contract."""
DataKind = Literal[
    "name", "credit_code", "industry", "division", "size", "park", "contact", "phone", "email"
]
"""The kinds of data about an enterprise that can be disclosed."""


class Consent(Part):
    """The enterprise's consent: the day, the role of who gave it, for what, which data."""

    on: Day
    by: Annotated[Line, Field(min_length=1, max_length=40)]
    purpose: Purpose
    kinds: Annotated[Many[DataKind], Field(min_length=1, max_length=16)]


class Contract(Part):
    """A technology contract: turnover and technology amount apart (E14, GB/T 34670)."""

    type: Literal["development", "transfer", "licence", "consulting", "service"]
    amount_fen: Fen | None = None
    technology_fen: Fen | None = None
    signed: Day
    registration: Word | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.technology_fen is not None and self.technology_fen > (self.amount_fen or 0):
            raise ValueError("technology_fen is above amount_fen")
        return self


class Place(Part):
    """A place in an author's log of needs: its epoch (Unix seconds) and seq."""

    epoch: Count
    seq: Count


class CaseOpening(Erasable):
    """A case opens: a station, its *sender*, addresses another about a need (SPEC 12.1).

    ``answer_by`` is the day by whose end, Beijing time, the sender expects to be answered.
    """

    CHANNEL: ClassVar[str] = "referrals"
    NAMES: ClassVar[tuple[str, ...]] = ("need", "result")

    need: EntryId
    to: StationId
    result: EntryId | None = None
    answer_by: Day | None = None
    note: Note = ""


class ReferralRequested(CaseOpening):
    """A case opens: a need is handed to another station, perhaps with a result that may meet it.

    In the manner of a ``transfer`` the need itself becomes the receiver's when it accepts, as the
    sender had written of it up to ``as_of`` in its log. ``follows`` names the interest or
    introduction it comes of, ``introduced_by`` the station that brought the two together (D6).
    """

    KIND: ClassVar[str] = "referral.requested/1"
    NAMES: ClassVar[tuple[str, ...]] = ("need", "result", "follows")

    manner: Literal["referral", "transfer"] = "referral"
    as_of: Place | None = None
    follows: EntryId | None = None
    introduced_by: StationId | None = None
    sealed: Sealed | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.as_of is not None) != (self.manner == "transfer"):
            raise ValueError("as_of is due with manner transfer and only there")
        if self.introduced_by is not None and self.follows is None:
            raise ValueError("introduced_by is there without the introduction in follows")
        return self


class CaseAct(Record):
    """An act in a case; ``after`` names the newest entries of the case its author had seen."""

    CHANNEL: ClassVar[str] = "referrals"
    IN_CASE: ClassVar[bool] = True
    NAMES: ClassVar[tuple[str, ...]] = ("after",)

    after: Annotated[Many[EntryId], Field(min_length=1, max_length=AFTER_MAX)]


class ReferralAccepted(CaseAct):
    """The receiver takes the need on."""

    KIND: ClassVar[str] = "referral.accepted/1"

    note: Note = ""
    contact: Office | None = None


class ReferralDeclined(CaseAct):
    """The receiver does not take the need on."""

    KIND: ClassVar[str] = "referral.declined/1"

    reason: Literal["capacity", "field", "duplicate", "incomplete", "other"]
    note: Note = ""


class ReferralRevoked(CaseAct):
    """The sender takes its request back before it is accepted."""

    KIND: ClassVar[str] = "referral.revoked/1"

    reason: Note = ""


class ReferralQueried(CaseAct):
    """The receiver asks for more before it answers."""

    KIND: ClassVar[str] = "referral.queried/1"

    note: Reason


class ReferralAnswered(CaseAct):
    """The sender says what was asked; ``answer_by`` is the new day it expects an answer by."""

    KIND: ClassVar[str] = "referral.answered/1"

    note: Reason
    answer_by: Day | None = None


class ContactDisclosed(CaseAct):
    """The sender discloses the enterprise to one party, with the consent recorded (D11).

    ``sealed`` is the digest of the ciphertext that a ``contact.sealed/1`` of the case carries: what
    was disclosed may be erased, that it was and by which consent stays.
    """

    KIND: ClassVar[str] = "contact.disclosed/1"

    to: StationId
    sealed: Hash
    consent: Consent


class ContactSealed(Erasable):
    """What is disclosed, sealed to the sender and one party; no act of the case (SPEC 12.1)."""

    KIND: ClassVar[str] = "contact.sealed/1"
    CHANNEL: ClassVar[str] = "referrals"
    IN_CASE: ClassVar[bool] = True

    sealed: Sealed


class ReferralStarted(CaseAct):
    """The receiver begins the work."""

    KIND: ClassVar[str] = "referral.started/1"

    note: Note = ""


class ReferralConcluded(CaseAct):
    """The receiver reports what came of it; a contract is given for that outcome only (D9)."""

    KIND: ClassVar[str] = "referral.concluded/1"

    outcome: Literal["contract", "advice", "no-result"]
    contract: Contract | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.contract is not None) != (self.outcome == "contract"):
            raise ValueError("a contract is due with outcome contract and only there")
        return self


class ReferralConfirmed(CaseAct):
    """The sender agrees with the conclusion; ``satisfied`` is the enterprise's mark 1..5."""

    KIND: ClassVar[str] = "referral.confirmed/1"

    satisfied: Annotated[int, Field(ge=1, le=5)] | None = None


class ReferralDisputed(CaseAct):
    """Either party disagrees with how the case stands."""

    KIND: ClassVar[str] = "referral.disputed/1"

    reason: Reason


class ReferralResumed(CaseAct):
    """Who raised the dispute takes it back; the work goes on."""

    KIND: ClassVar[str] = "referral.resumed/1"

    note: Note = ""


class ReferralClosed(CaseAct):
    """Who raised the dispute ends the case without a result."""

    KIND: ClassVar[str] = "referral.closed/1"

    reason: Reason


class ReferralReopened(CaseAct):
    """The sender takes a case that ended without a result up again; the receiver answers anew."""

    KIND: ClassVar[str] = "referral.reopened/1"

    reason: Reason
    answer_by: Day | None = None
