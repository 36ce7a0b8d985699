"""Indicators, policies and the ranking: whole numbers only, one order for all (SPEC 13, M1-M10).

Anyone who holds the same reports and the same policy computes the same rows, bit for bit
(promise P5). Nothing here reads a clock or a store.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from protocol.header import HASH_TEXT
from protocol.keys import digest
from protocol.limits import INTEGER_MAX

FULL_MARK = 10_000
"""What the best of a group gets for an indicator, before its weight."""
WEIGHTS_SUM = 100

Tier = Literal["national", "regional", "grassroots"]
TIER_ORDER: tuple[Tier, ...] = ("national", "regional", "grassroots")


class Indicator(NamedTuple):
    """One thing that is counted: its Chinese title, its unit, and what kind of thing it is.

    ``kind`` keeps activity, output and outcome apart, so that being busy is not taken for effect.
    """

    title: str
    unit: str
    kind: Literal["activity", "output", "outcome"]


INDICATORS: dict[str, Indicator] = {
    "visits": Indicator("走访企业", "次", "activity"),
    "needs": Indicator("发布需求", "项", "output"),
    "results": Indicator("发布成果", "项", "output"),
    "referrals_sent": Indicator("转出需求", "项", "activity"),
    "referrals_received": Indicator("接收需求", "项", "activity"),
    "referrals_accepted": Indicator("受理需求", "项", "output"),
    "referrals_concluded": Indicator("办结需求", "项", "output"),
    "activities": Indicator("举办活动", "场", "activity"),
    "trainings": Indicator("其中培训", "场", "activity"),
    "services": Indicator("完成服务", "项", "output"),
    "outcomes": Indicator("确认成效", "项", "outcome"),
    "contract_fen": Indicator("合同成交额", "分", "outcome"),
}
"""What a report counts (M6, SPEC 13.1)."""


def _check_indicator(name: str) -> str:
    if name not in INDICATORS:
        raise ValueError(f"{name[:40]} is not an indicator")
    return name


def _check_weights(weights: dict[str, int]) -> dict[str, int]:
    if sum(weights.values()) != WEIGHTS_SUM:
        raise ValueError(f"the weights do not add up to {WEIGHTS_SUM}")
    return weights


IndicatorName = Annotated[str, AfterValidator(_check_indicator)]
Weights = Annotated[
    dict[IndicatorName, Annotated[int, Field(ge=1, le=WEIGHTS_SUM)]],
    AfterValidator(_check_weights),
]
"""Indicator name to weight in percent; an indicator of no weight is left out."""


class Policy(BaseModel):
    """How stations are scored: weights in percent, within peer groups by tier (SPEC 13.2, R2)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    weights: Weights


class ReportIn(NamedTuple):
    """An approved report as the ranking takes it.

    ``tier`` is the station's peer group; ``report`` the report's entry id; ``approved_by`` the
    station that approved it; ``in_place_of`` the parent it stood in for, or None.
    """

    station: str
    tier: str
    indicators: Mapping[str, int]
    report: str
    approved_by: str
    in_place_of: str | None = None


_Id = Annotated[str, Field(pattern=f"^{HASH_TEXT}$")]
_Points = Annotated[int, Field(ge=0, le=FULL_MARK * WEIGHTS_SUM)]


class Row(BaseModel):
    """One station's place in its group (SPEC 13.4).

    ``rank`` counts from 1 and is None, as ``points`` is, for a station with something missing:
    missing is missing, never zero (R8). ``parts`` gives the points by indicator, ``missing`` the
    weighted indicators nothing was reported for.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    station: _Id
    tier: Tier
    rank: Annotated[int, Field(ge=1, le=INTEGER_MAX)] | None = None
    points: _Points | None = None
    parts: dict[IndicatorName, _Points] = {}
    missing: Annotated[tuple[IndicatorName, ...], Field(strict=False)] = ()
    report: _Id | None = None
    in_place_of: _Id | None = None


def rank(
    policy: Policy, reports: Iterable[ReportIn], stations: Mapping[str, str]
) -> tuple[Row, ...]:
    """Rank the stations by a policy; the order in which anything is given makes no difference.

    Each indicator is scaled to 0..10,000 within its tier, ``value * 10000 // best``, and taken
    times its weight; the sum is a station's points. Rows stand by tier, then points falling, then
    contract amount falling, then station id; equal points and amount share a rank, and the next
    rank counts them all (1, 2, 2, 4). Stations with something missing stand last in their tier,
    without rank (SPEC 13.3, R8).

    Args:
        policy: the weights.
        reports: the approved reports; those of other stations are left out, and of two of one
            station the one with the smaller id counts.
        stations: every station the ranking is about, station id to tier.
    """
    by_id = sorted(reports, key=lambda each: each.report, reverse=True)
    given = {each.station: each for each in by_id if each.station in stations}
    rows: list[Row] = []
    for tier in TIER_ORDER:
        whole, broken = [], []
        for station in sorted(stations):
            report = given.get(station)
            if (stations[station] if report is None else report.tier) != tier:
                continue
            missing = _missing(policy, report)
            if report is None or missing:
                broken.append(_missing_row(station, tier, report, missing))
            else:
                whole.append(report)
        rows += _ranked_rows(policy, tier, whole)
        rows += broken
    return tuple(rows)


def ranking_digest(rows: Iterable[Row]) -> str:
    """SHA-256, as 43 characters, over a ranking's canonical text (SPEC 13.5).

    The text is ``yizhan ranking v1`` and LF, then one line a row, in order, each ended by LF:
    STATION TIER RANK POINTS PARTS MISSING REPORT IN-PLACE-OF, single spaces, ``-`` for nothing.
    PARTS are NAME=POINTS and MISSING are NAMEs, each sorted by name in ASCII, joined by commas.
    """
    return digest("".join(["yizhan ranking v1\n", *map(_row_line, rows)]).encode("ascii"))


def _missing(policy: Policy, report: ReportIn | None) -> tuple[str, ...]:
    held: Mapping[str, int] = {} if report is None else report.indicators
    return tuple(sorted(name for name in policy.weights if name not in held))


def _missing_row(
    station: str, tier: Tier, report: ReportIn | None, missing: tuple[str, ...]
) -> Row:
    if report is None:
        return Row(station=station, tier=tier, missing=missing)
    return Row(
        station=station,
        tier=tier,
        missing=missing,
        report=report.report,
        in_place_of=report.in_place_of,
    )


def _ranked_rows(policy: Policy, tier: Tier, reports: list[ReportIn]) -> list[Row]:
    """One tier's complete reports as rows, best first."""
    best = {
        name: max((each.indicators[name] for each in reports), default=0) for name in policy.weights
    }
    scored = []
    for report in reports:
        parts = {
            name: weight * _scaled(report.indicators[name], best[name])
            for name, weight in sorted(policy.weights.items())
        }
        contract = report.indicators.get("contract_fen", 0)
        scored.append((-sum(parts.values()), -contract, report.station, parts, report))
    scored.sort(key=lambda each: each[:3])
    rows: list[Row] = []
    place, standing = 0, (1, 1)
    for position, (points, contract, station, parts, report) in enumerate(scored, 1):
        if (points, contract) != standing:
            place, standing = position, (points, contract)
        rows.append(
            Row(
                station=station,
                tier=tier,
                rank=place,
                points=-points,
                parts=parts,
                report=report.report,
                in_place_of=report.in_place_of,
            )
        )
    return rows


def _scaled(value: int, best: int) -> int:
    return value * FULL_MARK // best if best else 0


def _row_line(row: Row) -> str:
    parts = ",".join(f"{name}={points}" for name, points in sorted(row.parts.items()))
    fields = (
        row.station,
        row.tier,
        "-" if row.rank is None else str(row.rank),
        "-" if row.points is None else str(row.points),
        parts or "-",
        ",".join(sorted(row.missing)) or "-",
        row.report or "-",
        row.in_place_of or "-",
    )
    return " ".join(fields) + "\n"
