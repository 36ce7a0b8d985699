"""Further parties of a referral, and how all of them share its outcome (SPEC 11, B12, D7, R6)."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from protocol.records.fields import EntryId, Many, Note, Percent, StationId
from protocol.records.record import Part
from protocol.records.referrals import CaseAct, Reason

SHARES_MAX = 16
"""How many stations may share one outcome."""


class Share(Part):
    """One station's part in an outcome, in percent (R6)."""

    station: StationId
    percent: Percent


Shares = Annotated[Many[Share], Field(min_length=1, max_length=SHARES_MAX)]


def check_shares(shares: tuple[Share, ...]) -> None:
    """Check that shares make one whole.

    Raises:
        ValueError: they do not add up to 100, or a station stands in them twice.
    """
    if sum(each.percent for each in shares) != 100:
        raise ValueError("the shares do not add up to 100")
    if len({each.station for each in shares}) != len(shares):
        raise ValueError("a station has two shares")


class HelperInvited(CaseAct):
    """Sender or receiver asks a further station to help; ``note`` says with what."""

    KIND: ClassVar[str] = "helper.invited/1"

    station: StationId
    note: Note = ""


class HelperJoined(CaseAct):
    """The invited station takes part."""

    KIND: ClassVar[str] = "helper.joined/1"

    note: Note = ""


class HelperLeft(CaseAct):
    """A station declines the invitation, or leaves the case."""

    KIND: ClassVar[str] = "helper.left/1"

    reason: Reason


class HelperReleased(CaseAct):
    """Sender or receiver goes on without a helper, or without one that does not answer."""

    KIND: ClassVar[str] = "helper.released/1"

    station: StationId
    reason: Reason


class SplitProposed(CaseAct):
    """Sender or receiver proposes who shares how in the outcome; it takes the earlier's place."""

    KIND: ClassVar[str] = "split.proposed/1"

    shares: Shares
    note: Note = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_shares(self.shares)
        return self


class SplitAgreed(CaseAct):
    """A party agrees to the proposal it names."""

    KIND: ClassVar[str] = "split.agreed/1"
    NAMES: ClassVar[tuple[str, ...]] = ("after", "proposal")

    proposal: EntryId


class SplitRejected(CaseAct):
    """A party does not agree to the proposal it names, or takes its own back: it is off."""

    KIND: ClassVar[str] = "split.rejected/1"
    NAMES: ClassVar[tuple[str, ...]] = ("after", "proposal")

    proposal: EntryId
    reason: Reason
