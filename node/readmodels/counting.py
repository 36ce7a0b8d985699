"""Counting a station's indicators for a period from the entries held (M6, SPEC 13.1)."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, select

from node.calendar import Span
from node.readmodels import activities, outcomes
from node.readmodels.cases import ACTS
from node.readmodels.needs import NeedRow
from node.readmodels.outcomes import VisitRow
from node.readmodels.referrals import ReferralRow
from node.readmodels.results import ResultRow
from node.store import table_of
from protocol.records.referrals import ReferralAccepted, ReferralConcluded
from protocol.scoring import INDICATORS

if TYPE_CHECKING:
    from node.store import Reading

EVIDENCE_MAX = 512

_NEED = table_of(NeedRow)
_RESULT = table_of(ResultRow)
_VISIT = table_of(VisitRow)
_REFERRAL = table_of(ReferralRow)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted: every indicator, and the ids of the entries it rests on."""

    indicators: dict[str, int]
    evidence: list[str]


def count_indicators(reading: "Reading", station: str, span: Span) -> Counted:
    """Count what a station did in a period.

    A case counts for the station whose act it was, an outcome for every station with a share in
    it, its amount by that share (R6).
    """
    held, rendered = activities.find_days(reading, station, span.first_day, span.last_day)
    found = {
        "outcomes": _shared_outcomes(reading, station, span),
        "referrals_concluded": _acts(reading, station, ReferralConcluded.KIND, span),
        "referrals_accepted": _acts(reading, station, ReferralAccepted.KIND, span),
        "referrals_received": _ids(
            reading, _REFERRAL, span, _REFERRAL.c.receiver == station, _between_two()
        ),
        "referrals_sent": _ids(
            reading, _REFERRAL, span, _REFERRAL.c.sender == station, _between_two()
        ),
        "activities": [id_ for id_, _ in held],
        "trainings": [id_ for id_, kind in held if kind == "training"],
        "services": rendered,
        "visits": _visits(reading, station, span),
        "needs": _ids(reading, _NEED, span, _NEED.c.station == station),
        "results": _ids(reading, _RESULT, span, _RESULT.c.station == station),
    }
    indicators = {name: len(found[name]) for name in INDICATORS if name in found}
    indicators["contract_fen"] = _contract_fen(reading, station, span)
    assert set(indicators) == set(INDICATORS)
    evidence = dict.fromkeys(id_ for ids in found.values() for id_ in ids)
    return Counted(indicators, list(evidence)[:EVIDENCE_MAX])


def _between_two() -> ColumnElement[bool]:
    """A referral to oneself is no referral."""
    return _REFERRAL.c.sender != _REFERRAL.c.receiver


def _ids(
    reading: "Reading", table: Table, span: Span, *conditions: ColumnElement[bool]
) -> list[str]:
    query = select(table.c.id).where(
        table.c.time >= span.start_ms, table.c.time < span.end_ms, *conditions
    )
    return sorted(reading.connection.execute(query).scalars())


def _visits(reading: "Reading", station: str, span: Span) -> list[str]:
    query = select(_VISIT.c.id).where(
        _VISIT.c.station == station,
        _VISIT.c.on_date >= span.first_day,
        _VISIT.c.on_date <= span.last_day,
    )
    return sorted(reading.connection.execute(query).scalars())


def _acts(reading: "Reading", station: str, kind: str, span: Span) -> list[str]:
    """Acts of the station that took effect in their case, one a case."""
    query = (
        select(ACTS.c.id, _REFERRAL.c.id, _REFERRAL.c.history)
        .join(_REFERRAL, _REFERRAL.c.id == ACTS.c.referral)
        .where(
            ACTS.c.station == station,
            ACTS.c.kind == kind,
            ACTS.c.time >= span.start_ms,
            ACTS.c.time < span.end_ms,
        )
        .order_by(ACTS.c.id)
    )
    found: dict[str, str] = {}
    for id_, case, history in reading.connection.execute(query):
        if _is_applied(history, id_):
            found.setdefault(case, id_)
    return sorted(found.values())


def _is_applied(history: str, id_: str) -> bool:
    return any(step["id"] == id_ and step["verdict"] == "applied" for step in json.loads(history))


def _in_span(reading: "Reading", span: Span) -> list[outcomes.OutcomeView]:
    """The first confirmed outcome of each case, if it falls into the span."""
    first: dict[str, outcomes.OutcomeView] = {}
    for outcome in outcomes.find_outcomes(reading):
        first.setdefault(outcome.referral, outcome)
    return [each for each in first.values() if span.start_ms <= each.time < span.end_ms]


def _shared_outcomes(reading: "Reading", station: str, span: Span) -> list[str]:
    return sorted(
        each.id
        for each in _in_span(reading, span)
        if any(share[0] == station for share in each.shares)
    )


def _contract_fen(reading: "Reading", station: str, span: Span) -> int:
    return sum(
        (each.contract_fen or 0) * int(share[1]) // 100
        for each in _in_span(reading, span)
        for share in each.shares
        if share[0] == station
    )
