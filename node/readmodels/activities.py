"""What stations did beside referrals that counts: activities, services, surveys of impact (M6)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Table, Text, func, select
from sqlmodel import Field, SQLModel

from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.referrals import ReferralRow
from node.readmodels.rows import count_rows, encode_json, equal, newest_page
from node.store import table_of
from protocol.records.performance import ActivityHeld, ImpactSurveyed, ServiceRendered
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class ActivityRow(SQLModel, table=True):
    """An activity a station held, in numbers (L2)."""

    __tablename__ = "activity_held"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger, index=True)
    on_date: str = Field(index=True)
    days: int
    kind: str
    participants: int = Field(sa_type=BigInteger)
    enterprises: int = Field(sa_type=BigInteger)
    division: str


class ServiceRow(SQLModel, table=True):
    """Services rendered to the end (E1)."""

    __tablename__ = "service_rendered"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger)
    on_date: str = Field(index=True)
    services: str = Field(sa_type=Text)
    referral: str = Field(index=True)
    industry: str
    division: str
    tasks_done: int = Field(sa_type=BigInteger)


class ImpactRow(SQLModel, table=True):
    """What a confirmed outcome had become some months later (M3)."""

    __tablename__ = "impact_surveyed"

    id: str = Field(primary_key=True)
    referral: str = Field(index=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger)
    on_date: str
    months: int
    consent: bool
    revenue_fen: int | None = Field(default=None, sa_type=BigInteger)
    saved_fen: int | None = Field(default=None, sa_type=BigInteger)
    jobs: int | None = Field(default=None, sa_type=BigInteger)
    energy_kgce: int | None = Field(default=None, sa_type=BigInteger)
    recommend: int | None = None


class HeldView(Model):
    """An activity as every node shows it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    station: str
    time: int
    on_date: str
    days: int
    kind: str
    participants: int
    enterprises: int
    division: str


class RenderedView(Model):
    """Services rendered to the end, as every node shows them; ``services`` are codes (E1)."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    station: str
    time: int
    on_date: str
    services: list[str]
    referral: str
    industry: str
    division: str
    tasks_done: int


class Served(Model):
    """What stations did beside referrals, added up; surveys of the same case count once.

    Money in fen, energy in kilograms of standard coal a year; ``recommended`` of ``asked`` would
    recommend the station (9 or 10 of 10).
    """

    model_config = ConfigDict(frozen=True)

    activities: int = 0
    trainings: int = 0
    participants: int = 0
    services: int = 0
    by_service: dict[str, int] = Field(default_factory=dict)
    surveys: int = 0
    revenue_fen: int = 0
    saved_fen: int = 0
    jobs: int = 0
    energy_kgce: int = 0
    asked: int = 0
    recommended: int = 0


_ACTIVITY = table_of(ActivityRow)
_SERVICE = table_of(ServiceRow)
_IMPACT = table_of(ImpactRow)
_SENT = table_of(ReferralRow)
_RECOMMENDS = 9


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    rows: dict[type[SQLModel], list[dict[str, object]]] = {
        ActivityRow: [],
        ServiceRow: [],
        ImpactRow: [],
    }
    for fact in facts:
        record = fact.record
        if isinstance(record, ActivityHeld):
            rows[ActivityRow].append(_activity_row(fact, record))
        elif isinstance(record, ServiceRendered):
            rows[ServiceRow].append(_service_row(fact, record))
        elif isinstance(record, ImpactSurveyed):
            rows[ImpactRow].append(_impact_row(fact, record))
    for model, made in rows.items():
        if made:
            tx.insert(model, made)


PROJECTION = Projection(
    "activities",
    1,
    (ActivityRow, ServiceRow, ImpactRow),
    frozenset(record.KIND for record in (ActivityHeld, ServiceRendered, ImpactSurveyed)),
    _project,
)


def _head(fact: Fact) -> dict[str, object]:
    return {"id": fact.id, "station": fact.station, "time": fact.time}


def _activity_row(fact: Fact, record: ActivityHeld) -> dict[str, object]:
    return {
        **_head(fact),
        "on_date": record.on,
        "days": record.days,
        "kind": record.kind,
        "participants": record.participants,
        "enterprises": record.enterprises,
        "division": record.division or "",
    }


def _service_row(fact: Fact, record: ServiceRendered) -> dict[str, object]:
    return {
        **_head(fact),
        "on_date": record.on,
        "services": encode_json(sorted(record.services)),
        "referral": record.case or "",
        "industry": record.industry or "",
        "division": record.division or "",
        "tasks_done": record.tasks_done,
    }


def _impact_row(fact: Fact, record: ImpactSurveyed) -> dict[str, object]:
    return {
        **_head(fact),
        "referral": record.case,
        "on_date": record.on,
        "months": record.months,
        "consent": record.consent,
        "revenue_fen": record.revenue_fen,
        "saved_fen": record.saved_fen,
        "jobs": record.jobs,
        "energy_kgce": record.energy_kgce,
        "recommend": record.recommend,
    }


def find(
    reading: "Reading", *, station: str = "", kind: str = "", limit: int = 50, after: str = ""
) -> list[HeldView]:
    """Activities, newest first.

    Args:
        station: only this station's.
        kind: training, matchmaking, …
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = equal((_ACTIVITY.c.station, station), (_ACTIVITY.c.kind, kind))
    rows = newest_page(reading, _ACTIVITY, conditions, limit, after)
    return [HeldView.model_validate(row) for row in rows]


def find_rendered(
    reading: "Reading", *, station: str = "", limit: int = 50, after: str = ""
) -> list[RenderedView]:
    """Services rendered, newest first (E1).

    Args:
        station: only this station's.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    rows = newest_page(reading, _SERVICE, equal((_SERVICE.c.station, station)), limit, after)
    told = [{**row._mapping, "services": json.loads(row.services)} for row in rows]
    return [RenderedView.model_validate(each) for each in told]


def find_days(
    reading: "Reading", station: str, first_day: str, last_day: str
) -> tuple[list[tuple[str, str]], list[str]]:
    """What a station held and rendered in a span of days.

    Returns:
        (id, kind) of each activity, and the id of each service rendered, sorted.
    """

    def between(table: Table) -> list[ColumnElement[bool]]:
        return [
            table.c.station == station,
            table.c.on_date >= first_day,
            table.c.on_date <= last_day,
        ]

    held = select(_ACTIVITY.c.id, _ACTIVITY.c.kind).where(*between(_ACTIVITY))
    rendered = select(_SERVICE.c.id).where(*between(_SERVICE))
    return (
        sorted((id_, kind) for id_, kind in reading.connection.execute(held)),
        sorted(reading.connection.execute(rendered).scalars()),
    )


def totals(
    reading: "Reading", station: str = "", first_day: str = "", last_day: str = ""
) -> Served:
    """Activities, services and impact, network-wide or of one station, of all time or a span.

    Of two surveys of one case the later counts, then the larger id.
    """

    def within(table: Table) -> list[ColumnElement[bool]]:
        bounds = [table.c.on_date >= first_day] if first_day else []
        bounds += [table.c.on_date <= last_day] if last_day else []
        return [*equal((table.c.station, station)), *bounds]

    people = select(func.coalesce(func.sum(_ACTIVITY.c.participants), 0))
    services = reading.connection.execute(
        select(_SERVICE.c.services).where(*within(_SERVICE))
    ).scalars()
    by_service: dict[str, int] = {}
    rendered = 0
    for codes in services:
        rendered += 1
        for code in json.loads(codes):
            by_service[code] = by_service.get(code, 0) + 1
    return Served(
        activities=count_rows(reading, _ACTIVITY, *within(_ACTIVITY)),
        trainings=count_rows(
            reading, _ACTIVITY, _ACTIVITY.c.kind == "training", *within(_ACTIVITY)
        ),
        participants=int(reading.connection.execute(people.where(*within(_ACTIVITY))).scalar_one()),
        services=rendered,
        by_service=dict(sorted(by_service.items())),
        **_impact(reading, within(_IMPACT)),
    )


def _impact(reading: "Reading", conditions: list[ColumnElement[bool]]) -> dict[str, int]:
    """Of a case only the station that sent it speaks, as of its outcome."""
    sent = (_SENT.c.id == _IMPACT.c.referral) & (_SENT.c.sender == _IMPACT.c.station)
    query = select(_IMPACT).join(_SENT, sent).where(*conditions)
    query = query.order_by(_IMPACT.c.time, _IMPACT.c.id)
    newest = {row.referral: row for row in reading.connection.execute(query)}
    sums = dict.fromkeys(("revenue_fen", "saved_fen", "jobs", "energy_kgce"), 0)
    for row in newest.values():
        for name in sums:
            sums[name] += getattr(row, name) or 0
    marks = [row.recommend for row in newest.values() if row.recommend is not None]
    return {
        "surveys": len(newest),
        **sums,
        "asked": len(marks),
        "recommended": sum(mark >= _RECOMMENDS for mark in marks),
    }


def find_surveyed(reading: "Reading", station: str) -> set[tuple[str, int]]:
    """Of which cases a station has published a survey: (referral, months after)."""
    query = select(_IMPACT.c.referral, _IMPACT.c.months).where(_IMPACT.c.station == station)
    return {(referral, months) for referral, months in reading.connection.execute(query)}
