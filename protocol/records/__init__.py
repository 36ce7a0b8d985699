"""What the signed bodies say: one class a kind, one module a channel (SPEC 4.2, 11)."""

from pydantic import ValidationError

from protocol.entry import parse_body
from protocol.errors import Inert, Reason
from protocol.records.approaches import (
    InterestAnswered,
    InterestDeclined,
    InterestExpressed,
    InterestMatched,
    InterestQueried,
    InterestWithdrawn,
    IntroductionDeclined,
    IntroductionFollowed,
    IntroductionProposed,
    IntroductionWithdrawn,
)
from protocol.records.bulletin import NoticePosted
from protocol.records.erasure import BodyErased, ErasedEntry, ErasureReason
from protocol.records.files import FileAttached, FileDetached
from protocol.records.helping import (
    SHARES_MAX,
    HelperInvited,
    HelperJoined,
    HelperLeft,
    HelperReleased,
    Share,
    SplitAgreed,
    SplitProposed,
    SplitRejected,
)
from protocol.records.needs import (
    NeedAmended,
    NeedContent,
    NeedPublished,
    NeedRenewed,
    NeedSolved,
    NeedWithdrawn,
    Source,
)
from protocol.records.opening import Continued, LogOpened
from protocol.records.performance import (
    CUT_HEADS_MAX,
    RANKING_ROWS_MAX,
    ActivityHeld,
    CutNamed,
    ImpactSurveyed,
    OutcomeConfirmed,
    PolicyPublished,
    RankingChecked,
    RankingPublished,
    ReportApproved,
    ReportCompiled,
    ReportReturned,
    ServiceRendered,
    VisitMade,
)
from protocol.records.programmes import ProgrammeAnnounced, ResultsScreened
from protocol.records.record import (
    ANY_CHANNEL,
    ERASABLE_CHANNEL,
    Erasable,
    Part,
    Record,
    check_subject,
    explain,
)
from protocol.records.referrals import (
    AFTER_MAX,
    CaseAct,
    CaseOpening,
    Consent,
    ContactDisclosed,
    ContactSealed,
    Contract,
    Office,
    ReferralAccepted,
    ReferralAnswered,
    ReferralClosed,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralQueried,
    ReferralReopened,
    ReferralRequested,
    ReferralResumed,
    ReferralRevoked,
    ReferralStarted,
    Sealed,
    SealedKey,
)
from protocol.records.registry import (
    ActCarried,
    CouncilRotated,
    EntryKept,
    EpochsShown,
    FlawShown,
    ForkShown,
    KeyRotated,
    LogCut,
    MembershipIn,
    Quota,
    StationAdmitted,
    StationDescribed,
    StationEnded,
)
from protocol.records.resources import (
    ResourceAmended,
    ResourceContent,
    ResourceOffered,
    ResourceWithdrawn,
)
from protocol.records.results import (
    ResultAdvanced,
    ResultAmended,
    ResultContent,
    ResultPublished,
    ResultWithdrawn,
)

__all__ = [
    "AFTER_MAX",
    "CUT_HEADS_MAX",
    "ERASABLE_CHANNELS",
    "KINDS",
    "RANKING_ROWS_MAX",
    "SHARES_MAX",
    "ActCarried",
    "ActivityHeld",
    "BodyErased",
    "CaseAct",
    "CaseOpening",
    "Consent",
    "ContactDisclosed",
    "ContactSealed",
    "Continued",
    "Contract",
    "CouncilRotated",
    "CutNamed",
    "EntryKept",
    "EpochsShown",
    "Erasable",
    "ErasedEntry",
    "ErasureReason",
    "FileAttached",
    "FileDetached",
    "FlawShown",
    "ForkShown",
    "HelperInvited",
    "HelperJoined",
    "HelperLeft",
    "HelperReleased",
    "ImpactSurveyed",
    "InterestAnswered",
    "InterestDeclined",
    "InterestExpressed",
    "InterestMatched",
    "InterestQueried",
    "InterestWithdrawn",
    "IntroductionDeclined",
    "IntroductionFollowed",
    "IntroductionProposed",
    "IntroductionWithdrawn",
    "KeyRotated",
    "LogCut",
    "LogOpened",
    "MembershipIn",
    "NeedAmended",
    "NeedContent",
    "NeedPublished",
    "NeedRenewed",
    "NeedSolved",
    "NeedWithdrawn",
    "NoticePosted",
    "Office",
    "OutcomeConfirmed",
    "Part",
    "PolicyPublished",
    "ProgrammeAnnounced",
    "Quota",
    "RankingChecked",
    "RankingPublished",
    "Record",
    "ReferralAccepted",
    "ReferralAnswered",
    "ReferralClosed",
    "ReferralConcluded",
    "ReferralConfirmed",
    "ReferralDeclined",
    "ReferralDisputed",
    "ReferralQueried",
    "ReferralReopened",
    "ReferralRequested",
    "ReferralResumed",
    "ReferralRevoked",
    "ReferralStarted",
    "ReportApproved",
    "ReportCompiled",
    "ReportReturned",
    "ResourceAmended",
    "ResourceContent",
    "ResourceOffered",
    "ResourceWithdrawn",
    "ResultAdvanced",
    "ResultAmended",
    "ResultContent",
    "ResultPublished",
    "ResultWithdrawn",
    "ResultsScreened",
    "Sealed",
    "SealedKey",
    "ServiceRendered",
    "Share",
    "Source",
    "SplitAgreed",
    "SplitProposed",
    "SplitRejected",
    "StationAdmitted",
    "StationDescribed",
    "StationEnded",
    "VisitMade",
    "check_subject",
    "find_kind",
    "find_record",
    "parse_record",
]

_RECORDS: tuple[type[Record], ...] = (
    LogOpened, BodyErased, StationAdmitted, StationEnded, KeyRotated, CouncilRotated,
    ActCarried, StationDescribed, ForkShown, FlawShown, EpochsShown, EntryKept, NeedPublished,
    NeedAmended, NeedRenewed, NeedWithdrawn, NeedSolved, ResultPublished, ResultAmended,
    ResultAdvanced, ResultWithdrawn, ResourceOffered, ResourceAmended, ResourceWithdrawn,
    ReferralRequested,
    ReferralAccepted, ReferralDeclined, ReferralRevoked, ReferralQueried, ReferralAnswered,
    ContactDisclosed, ContactSealed, ReferralStarted, ReferralConcluded, ReferralConfirmed,
    ReferralDisputed, ReferralResumed, ReferralClosed, ReferralReopened, HelperInvited,
    HelperJoined, HelperLeft,
    HelperReleased, SplitProposed, SplitAgreed, SplitRejected, InterestExpressed,
    InterestMatched, InterestDeclined, InterestWithdrawn, InterestQueried, InterestAnswered,
    IntroductionProposed, IntroductionFollowed, IntroductionDeclined, IntroductionWithdrawn,
    VisitMade, OutcomeConfirmed, ActivityHeld, ServiceRendered, ImpactSurveyed, ReportCompiled,
    ReportApproved, ReportReturned, PolicyPublished, CutNamed, RankingPublished, RankingChecked,
    ProgrammeAnnounced, ResultsScreened, NoticePosted, FileAttached, FileDetached,
)  # fmt: skip

KINDS: dict[str, type[Record]] = {each.KIND: each for each in _RECORDS}
"""Every kind of this format version and the class of its body (SPEC 11)."""


ERASABLE_CHANNELS = frozenset(
    each.CHANNEL for each in _RECORDS if each.ERASABLE and each.CHANNEL != ERASABLE_CHANNEL
)
"""The channels of which some kind may be erased; an erasure stands in that of what it erases."""


def find_kind(kind: str) -> type[Record] | None:
    """The class of a kind's bodies, or None for a kind not known here."""
    return KINDS.get(kind)


def parse_record(kind: str, channel: str, body: bytes) -> Record:
    """Read the body of a well-signed entry (SPEC 4.2).

    Args:
        kind: the header's kind.
        channel: the channel of the entry's log.
        body: the body line without LF.

    Raises:
        Inert: ``unknown-kind``, ``wrong-channel``, ``bad-json``, ``absent``, or ``bad-record``
            with the field and the rule it breaks.
    """
    known = KINDS.get(kind)
    if known is None:
        raise Inert(Reason.UNKNOWN_KIND, f"{kind} is not known to this version; kept and relayed")
    if not _is_at_home(known, channel):
        raise Inert(Reason.WRONG_CHANNEL, f"{kind} belongs in channel {_homes(known)}")
    if (record := _read_as_written(known, body)) is not None:
        return record
    parse_body(body)
    try:
        return known.model_validate_json(body)
    except ValidationError as error:
        raise Inert(Reason.BAD_RECORD, explain(error)) from None


def find_record(kind: str, channel: str, body: bytes) -> Record | None:
    """The record of an entry, or None where it means nothing or is not held."""
    try:
        return parse_record(kind, channel, body)
    except Inert:
        return None


def _read_as_written(known: type[Record], body: bytes) -> Record | None:
    """The record of a body that stands as :meth:`Record.body` writes it; most do.

    Such a body keeps every rule of SPEC 4.1 by its form and by the bounds of its record's fields,
    so it need not be read for them as well. None says nothing: it may be written another way, or
    break a rule.
    """
    if b"\\" in body:
        return None
    try:
        record = known.model_validate_json(body)
    except ValidationError:
        return None
    written = record.__pydantic_serializer__.to_json(record, exclude_none=True)
    return record if written == body else None


def _is_at_home(known: type[Record], channel: str) -> bool:
    if known.CHANNEL == ERASABLE_CHANNEL:
        return channel in ERASABLE_CHANNELS
    return known.CHANNEL in (channel, ANY_CHANNEL)


def _homes(known: type[Record]) -> str:
    if known.CHANNEL == ERASABLE_CHANNEL:
        return ", ".join(sorted(ERASABLE_CHANNELS))
    return known.CHANNEL
