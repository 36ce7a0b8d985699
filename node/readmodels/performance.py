"""Performance reports, and what the stations above said of them (M6, M10)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, func, select, update
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels import outcomes
from node.readmodels.approvals import ReportAct, judge_report, replaced_parent
from node.readmodels.rows import (
    contains,
    count_rows,
    encode_json,
    newest_page,
    rows_in,
)
from node.store import table_of
from protocol.records.performance import (
    ReportApproved,
    ReportCompiled,
    ReportReturned,
)
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class ReportRow(SQLModel, table=True):
    """A performance report and what a station above it said of it."""

    __tablename__ = "report"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    author: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger, index=True)
    period: str = Field(index=True)
    indicators: str = Field(sa_type=Text)
    heads: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    state: str
    judged_by: str
    judgement: str
    in_place_of: str
    reason: str = Field(sa_type=Text)


class ReportActRow(SQLModel, table=True):
    """An approval or return of a report, in force or not."""

    __tablename__ = "report_act"

    id: str = Field(primary_key=True)
    report: str = Field(index=True)
    station: str
    author: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger)
    kind: str
    reason: str = Field(sa_type=Text)


class ReportView(Model):
    """A performance report for a period.

    ``state`` is compiled, approved or returned; ``judged_by`` the station whose word is in force
    and ``judgement`` its entry; ``in_place_of`` the parent it stood in for, if it did (P3).
    """

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    author: str
    epoch: int
    seq: int
    time: int
    period: str
    indicators: dict[str, int]
    heads: list[list[str | int]]
    evidence: list[str]
    state: str
    judged_by: str
    judgement: str
    in_place_of: str
    reason: str


_REPORT = table_of(ReportRow)
_ACT = table_of(ReportActRow)
_KINDS = frozenset(record.KIND for record in (ReportCompiled, ReportApproved, ReportReturned))


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    reports: list[dict[str, object]] = []
    acts: list[dict[str, object]] = []
    for fact in facts:
        record = fact.record
        if isinstance(record, ReportCompiled):
            reports.append(_report_row(fact, record))
        elif isinstance(record, ReportApproved | ReportReturned):
            acts.append(_act_row(fact, record))
    if reports:
        tx.insert(ReportRow, reports)
    if acts:
        tx.insert(ReportActRow, acts)
    if reports or acts:
        touched = {str(row["id"]) for row in reports} | {str(row["report"]) for row in acts}
        _rejudge(tx, roster, touched)


def _project_roster(tx: "Writing", roster: Roster) -> None:
    """Who stands above whom has changed: every report with acts is judged again."""
    _rejudge(tx, roster, set(tx.connection.execute(select(_ACT.c.report).distinct()).scalars()))


PROJECTION = Projection(
    "performance",
    1,
    (ReportRow, ReportActRow),
    _KINDS,
    _project,
    _project_roster,
)


def _report_row(fact: Fact, record: ReportCompiled) -> dict[str, object]:
    heads = [[head.channel, head.epoch, head.seq, head.id] for head in record.heads]
    return {
        "id": fact.id,
        "station": fact.station,
        "author": fact.log.author,
        "epoch": fact.log.epoch,
        "seq": fact.seq,
        "time": fact.time,
        "period": record.period,
        "indicators": encode_json(dict(record.indicators)),
        "heads": encode_json(heads),
        "evidence": encode_json(list(record.evidence)),
        "state": "compiled",
        "judged_by": "",
        "judgement": "",
        "in_place_of": "",
        "reason": "",
    }


def _act_row(fact: Fact, record: ReportApproved | ReportReturned) -> dict[str, object]:
    return {
        "id": fact.id,
        "report": record.report,
        "station": fact.station,
        "author": fact.log.author,
        "epoch": fact.log.epoch,
        "seq": fact.seq,
        "time": fact.time,
        "kind": fact.kind,
        "reason": record.reason if isinstance(record, ReportReturned) else "",
    }


def _rejudge(tx: "Writing", roster: Roster, reports: set[str]) -> None:
    acts: dict[str, list[ReportAct]] = {}
    for row in rows_in(tx, _ACT, _ACT.c.report, reports):
        acts.setdefault(row.report, []).append(ReportAct.model_validate(row))
    for report in rows_in(tx, _REPORT, _REPORT.c.id, set(acts)):
        act = judge_report(roster, report.station, acts[report.id])
        values: dict[str, object] = {
            "state": "compiled",
            "judged_by": "",
            "judgement": "",
            "in_place_of": "",
            "reason": "",
        }
        if act is not None:
            approved = act.kind == ReportApproved.KIND
            values = {
                "state": "approved" if approved else "returned",
                "judged_by": act.station,
                "judgement": act.id,
                "in_place_of": replaced_parent(roster, report.station, act.station),
                "reason": act.reason,
            }
        if any(getattr(report, name) != value for name, value in values.items()):
            changed = update(_REPORT).where(_REPORT.c.id == report.id).values(**values)
            tx.connection.execute(changed)


def _view(row: Row[tuple[object, ...]]) -> ReportView:
    fields = dict(row._mapping)
    for name in ("indicators", "heads", "evidence"):
        fields[name] = json.loads(fields[name])
    return ReportView.model_validate(fields)


def get(reading: "Reading", report: str) -> ReportView:
    """The report with this id.

    Raises:
        NotFoundError: no such report is held here.
    """
    row = reading.connection.execute(select(_REPORT).where(_REPORT.c.id == report)).first()
    if row is None:
        raise NotFoundError(f"no report {report} is held here", "check the id, or wait for sync")
    return _view(row)


def find_one(reading: "Reading", report: str) -> ReportView | None:
    """The report with this id, or None where it is not held."""
    row = reading.connection.execute(select(_REPORT).where(_REPORT.c.id == report)).first()
    return None if row is None else _view(row)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    period: str = "",
    state: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ReportView]:
    """Reports, newest first.

    Args:
        q: words all of which period, state or id hold.
        station: only this station's.
        field: not used by reports; every list takes the same arguments.
        period: 2026, 2026-Q4 or 2026-11.
        state: compiled, approved or returned.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = [
        column == value
        for column, value in (
            (_REPORT.c.station, station),
            (_REPORT.c.period, period),
            (_REPORT.c.state, state),
        )
        if value
    ]
    if q:
        conditions.append(contains(q, _REPORT.c.period, _REPORT.c.state, _REPORT.c.id))
    return [_view(row) for row in newest_page(reading, _REPORT, conditions, limit, after)]


def find_of_period(reading: "Reading", period: str) -> list[ReportView]:
    """Every report of a period, in no order that matters."""
    query = select(_REPORT).where(_REPORT.c.period == period).order_by(_REPORT.c.id)
    return [_view(row) for row in reading.connection.execute(query)]


def find_acts(reading: "Reading", reports: Sequence[str]) -> dict[str, list[ReportAct]]:
    """The approvals and returns of the reports, by report."""
    acts: dict[str, list[ReportAct]] = {}
    for row in rows_in(reading, _ACT, _ACT.c.report, reports):
        acts.setdefault(row.report, []).append(ReportAct.model_validate(row))
    return acts


def count(reading: "Reading") -> int:
    """How many reports are held."""
    return count_rows(reading, _REPORT)


def totals(reading: "Reading", station: str = "") -> dict[str, int]:
    """Visits, outcomes and contract amounts (fen), network-wide or of one station.

    A case confirmed twice counts once, with its first entry by time (R6).
    """
    first: dict[str, outcomes.OutcomeView] = {}
    for outcome in outcomes.find_outcomes(reading, station):
        first.setdefault(outcome.referral, outcome)
    by_state = select(_REPORT.c.state, func.count()).group_by(_REPORT.c.state)
    if station:
        by_state = by_state.where(_REPORT.c.station == station)
    reports: dict[str, int] = dict(reading.connection.execute(by_state).all())
    return {
        "visits": outcomes.count_visits(reading, station),
        "outcomes": len(first),
        "contract_fen": sum(each.contract_fen or 0 for each in first.values()),
        "technology_fen": sum(each.technology_fen or 0 for each in first.values()),
        "reports": sum(reports.values()),
        "reports_approved": reports.get("approved", 0),
    }
