"""What counts: numbers-only entries, reports, cuts and rankings (SPEC 11, DESIGN 1.10, M1-M12).

Permanent, and without personal data.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from protocol.records.fields import (
    Count,
    Day,
    Division,
    EntryId,
    Fen,
    Hash,
    Industry,
    Many,
    Moment,
    Note,
    Period,
    PublicKey,
    StationId,
    Title,
)
from protocol.records.helping import Shares, check_shares
from protocol.records.record import NATIONAL, REVIEWERS, Record
from protocol.records.registry import LogCut
from protocol.scoring import IndicatorName, Policy, Row, Weights

PARTS_MAX = 9_999
"""How many entries a cut or a ranking may be spread over."""
CUT_HEADS_MAX = 400
RANKING_ROWS_MAX = 80

ActivityKind = Literal[
    "matchmaking",
    "exhibition",
    "forum",
    "training",
    "exchange",
    "promotion",
    "innovation-week",
    "annual-meeting",
    "other",
]
"""What kind of activity was held (D8, L2)."""
ServiceCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
"""A service by its code; which codes there are is no matter of the wire."""

PartNumber = Annotated[int, Field(ge=1, le=PARTS_MAX)]
Head = Annotated[tuple[PublicKey, Moment, Count, EntryId], Field(strict=False)]
"""Where a log stood: author key, epoch, seq, entry id; that entry tells the channel."""


class VisitMade(Record):
    """An enterprise or research unit was visited; who it was stays at the station (B2)."""

    KIND: ClassVar[str] = "visit.made/1"
    CHANNEL: ClassVar[str] = "performance"

    on: Day
    industry: Industry | None = None
    division: Division | None = None
    needs_found: Count = 0


class OutcomeConfirmed(Record):
    """The sender of a concluded case states what counts; amounts only with consent (E14, R6).

    ``case`` is the id of the referral's opening and the outcome's id in the network, so that one
    transfer helped by three stations counts once; ``shares`` are those the case's parties agreed
    on, or it does not count (SPEC 12.7).
    """

    KIND: ClassVar[str] = "outcome.confirmed/1"
    CHANNEL: ClassVar[str] = "performance"
    NAMES: ClassVar[tuple[str, ...]] = ("case",)

    case: EntryId
    contract_fen: Fen | None = None
    technology_fen: Fen | None = None
    consent: bool
    shares: Shares

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_shares(self.shares)
        amounts = (self.contract_fen, self.technology_fen)
        if not self.consent and amounts != (None, None):
            raise ValueError("an amount without the enterprise's consent")
        if self.technology_fen is not None and self.technology_fen > (self.contract_fen or 0):
            raise ValueError("technology_fen is above contract_fen")
        return self


class ActivityHeld(Record):
    """An activity was held: for supply and demand to meet, to train, to show (D8, L2, M6)."""

    KIND: ClassVar[str] = "activity.held/1"
    CHANNEL: ClassVar[str] = "performance"

    on: Day
    days: Annotated[int, Field(ge=1, le=366)] = 1
    kind: ActivityKind
    participants: Count = 0
    enterprises: Count = 0
    division: Division | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.enterprises > self.participants:
            raise ValueError("more enterprises than participants")
        return self


class ServiceRendered(Record):
    """Services were rendered to the end; whom they were for stays at the station (E1, E4).

    ``case`` is the referral they belong to, if they belong to one.
    """

    KIND: ClassVar[str] = "service.rendered/1"
    CHANNEL: ClassVar[str] = "performance"
    NAMES: ClassVar[tuple[str, ...]] = ("case",)

    on: Day
    services: Annotated[Many[ServiceCode], Field(min_length=1, max_length=16)]
    case: EntryId | None = None
    industry: Industry | None = None
    division: Division | None = None
    tasks_done: Count = 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.services)) != len(self.services):
            raise ValueError("a service stands twice")
        return self


class ImpactSurveyed(Record):
    """The enterprise was asked what an outcome has become; its figures only with consent (M3).

    ``months`` after the outcome was confirmed; ``recommend`` 0..10; ``energy_kgce`` in kilograms of
    standard coal a year; the money is what came in more, and what was saved, since then.
    """

    KIND: ClassVar[str] = "impact.surveyed/1"
    CHANNEL: ClassVar[str] = "performance"
    NAMES: ClassVar[tuple[str, ...]] = ("case",)

    case: EntryId
    on: Day
    months: Annotated[int, Field(ge=1, le=60)]
    consent: bool
    revenue_fen: Fen | None = None
    saved_fen: Fen | None = None
    jobs: Count | None = None
    energy_kgce: Count | None = None
    recommend: Annotated[int, Field(ge=0, le=10)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        told = (self.revenue_fen, self.saved_fen, self.jobs, self.energy_kgce, self.recommend)
        if not self.consent and any(each is not None for each in told):
            raise ValueError("a figure without the enterprise's consent")
        return self


class ReportCompiled(Record):
    """A station's performance in a period, counted from its own logs (M6, R7).

    ``heads`` say how far its logs were counted; ``evidence`` names entries that were.
    """

    KIND: ClassVar[str] = "report.compiled/1"
    CHANNEL: ClassVar[str] = "performance"
    NAMES: ClassVar[tuple[str, ...]] = ("evidence",)

    period: Period
    indicators: Annotated[dict[IndicatorName, Count], Field(min_length=1)]
    heads: Annotated[Many[LogCut], Field(max_length=128)] = ()
    evidence: Annotated[Many[EntryId], Field(max_length=512)] = ()


class ReportApproved(Record):
    """A station above approves a report, in a dead parent's place if it says so (promise P3)."""

    KIND: ClassVar[str] = "report.approved/1"
    CHANNEL: ClassVar[str] = "performance"
    TIERS: ClassVar[frozenset[str]] = REVIEWERS
    NAMES: ClassVar[tuple[str, ...]] = ("report",)

    report: EntryId
    in_place_of: StationId | None = None


class ReportReturned(Record):
    """A station above sends a report back, with the reason."""

    KIND: ClassVar[str] = "report.returned/1"
    CHANNEL: ClassVar[str] = "performance"
    TIERS: ClassVar[frozenset[str]] = REVIEWERS
    NAMES: ClassVar[tuple[str, ...]] = ("report",)

    report: EntryId
    reason: Annotated[Note, Field(min_length=1)]


class PolicyPublished(Record):
    """How stations are scored in a period: weights in percent, within groups by tier (R1, R2)."""

    KIND: ClassVar[str] = "policy.published/1"
    CHANNEL: ClassVar[str] = "performance"
    TIERS: ClassVar[frozenset[str]] = NATIONAL

    name: Title
    period: Period
    weights: Weights

    def policy(self) -> Policy:
        """The policy as :func:`protocol.scoring.rank` takes it."""
        return Policy(weights=self.weights)


class _InParts(Record):
    """A statement too long for one body, spread over numbered parts."""

    CHANNEL: ClassVar[str] = "performance"
    TIERS: ClassVar[frozenset[str]] = NATIONAL

    name: Title
    period: Period
    part: PartNumber = 1
    parts: PartNumber = 1

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.part > self.parts:
            raise ValueError("part is above parts")
        return self


class CutNamed(_InParts):
    """Which logs count, and how far: [author key, epoch, seq, entry id] of each."""

    KIND: ClassVar[str] = "cut.named/1"

    heads: Annotated[Many[Head], Field(max_length=CUT_HEADS_MAX)]


class RankingPublished(_InParts):
    """The ranking by a policy over the named cuts, and the digest of all its rows (M10)."""

    KIND: ClassVar[str] = "ranking.published/1"
    NAMES: ClassVar[tuple[str, ...]] = ("policy", "cuts")

    policy: EntryId
    cuts: Annotated[Many[EntryId], Field(min_length=1, max_length=64)]
    digest: Hash
    rows: Annotated[Many[Row], Field(max_length=RANKING_ROWS_MAX)]


class RankingChecked(Record):
    """A station has recomputed a ranking and says whether it agrees (promise P5)."""

    KIND: ClassVar[str] = "ranking.checked/1"
    CHANNEL: ClassVar[str] = "performance"
    NAMES: ClassVar[tuple[str, ...]] = ("ranking",)

    ranking: EntryId
    digest: Hash
    agrees: bool
