"""What may come before a referral: interest in a need, an introduction (SPEC 11, D5, D6)."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from protocol.records.fields import Day, Note, StationId
from protocol.records.record import REVIEWERS
from protocol.records.referrals import CaseAct, CaseOpening, Reason


class InterestExpressed(CaseOpening):
    """A station says what it offers for a need; ``to`` is the need's station (must-have 6)."""

    KIND: ClassVar[str] = "interest.expressed/1"


class InterestMatched(CaseAct):
    """The need's station takes the offer up; a referral that names the interest follows."""

    KIND: ClassVar[str] = "interest.matched/1"

    note: Note = ""


class InterestDeclined(CaseAct):
    """The need's station does not take the offer up."""

    KIND: ClassVar[str] = "interest.declined/1"

    reason: Literal["unfit", "price", "capacity", "taken", "incomplete", "other"]
    note: Note = ""


class InterestWithdrawn(CaseAct):
    """The offer is taken back before it is answered."""

    KIND: ClassVar[str] = "interest.withdrawn/1"

    reason: Note = ""


class InterestQueried(CaseAct):
    """The need's station asks for more before it answers."""

    KIND: ClassVar[str] = "interest.queried/1"

    note: Reason


class InterestAnswered(CaseAct):
    """The offering station says what was asked; ``answer_by`` as in the opening."""

    KIND: ClassVar[str] = "interest.answered/1"

    note: Reason
    answer_by: Day | None = None


class IntroductionProposed(CaseOpening):
    """A station above brings a need's station, ``to``, and a ``partner`` together (D6)."""

    KIND: ClassVar[str] = "introduction.proposed/1"
    TIERS: ClassVar[frozenset[str]] = REVIEWERS

    partner: StationId

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.partner == self.to:
            raise ValueError("a station is introduced to itself")
        return self


class IntroductionFollowed(CaseAct):
    """The need's station follows it; a referral that names the introduction goes out."""

    KIND: ClassVar[str] = "introduction.followed/1"

    note: Note = ""


class IntroductionDeclined(CaseAct):
    """The need's station or the partner does not want it."""

    KIND: ClassVar[str] = "introduction.declined/1"

    reason: Reason


class IntroductionWithdrawn(CaseAct):
    """The introduction is taken back before it is answered."""

    KIND: ClassVar[str] = "introduction.withdrawn/1"

    reason: Note = ""
