"""What stations did that counts: visits to enterprises and confirmed outcomes (M6, R6)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Text, and_, select
from sqlmodel import Field, SQLModel

from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.referrals import ReferralRow
from node.readmodels.rows import count_rows, encode_json
from node.store import table_of
from protocol.records.performance import OutcomeConfirmed, VisitMade
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class VisitRow(SQLModel, table=True):
    """A visit to an enterprise, without its name (B2)."""

    __tablename__ = "visit_made"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger)
    on_date: str
    industry: str
    division: str
    needs_found: int


class OutcomeRow(SQLModel, table=True):
    """A confirmed outcome of a referral; one row an entry, one outcome a case (R6)."""

    __tablename__ = "outcome"

    id: str = Field(primary_key=True)
    referral: str = Field(index=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger)
    contract_fen: int | None = Field(default=None, sa_type=BigInteger)
    technology_fen: int | None = Field(default=None, sa_type=BigInteger)
    consent: bool
    shares: str = Field(sa_type=Text)


class OutcomeView(Model):
    """A confirmed outcome; amounts are there only with the enterprise's consent (DESIGN 1.10)."""

    model_config = ConfigDict(frozen=True)

    id: str
    referral: str
    station: str
    time: int
    contract_fen: int | None
    technology_fen: int | None
    consent: bool
    shares: list[list[str | int]]


_VISIT = table_of(VisitRow)
_OUTCOME = table_of(OutcomeRow)
_SENT = table_of(ReferralRow)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    visits: list[dict[str, object]] = []
    outcomes: list[dict[str, object]] = []
    for fact in facts:
        if isinstance(fact.record, VisitMade):
            visits.append(_visit_row(fact, fact.record))
        elif isinstance(fact.record, OutcomeConfirmed):
            outcomes.append(_outcome_row(fact, fact.record))
    if visits:
        tx.insert(VisitRow, visits)
    if outcomes:
        tx.insert(OutcomeRow, outcomes)


PROJECTION = Projection(
    "outcomes",
    2,
    (VisitRow, OutcomeRow),
    frozenset({VisitMade.KIND, OutcomeConfirmed.KIND}),
    _project,
)


def _visit_row(fact: Fact, record: VisitMade) -> dict[str, object]:
    return {
        "id": fact.id,
        "station": fact.station,
        "time": fact.time,
        "on_date": record.on,
        "industry": record.industry or "",
        "division": record.division or "",
        "needs_found": record.needs_found,
    }


def _outcome_row(fact: Fact, record: OutcomeConfirmed) -> dict[str, object]:
    return {
        "id": fact.id,
        "referral": record.case,
        "station": fact.station,
        "time": fact.time,
        "contract_fen": record.contract_fen,
        "technology_fen": record.technology_fen,
        "consent": record.consent,
        "shares": encode_json(sorted([share.station, share.percent] for share in record.shares)),
    }


def find_outcomes(reading: "Reading", station: str = "", referral: str = "") -> list[OutcomeView]:
    """Confirmed outcomes, of one station or one referral if given, oldest first.

    Only the station that sent the referral speaks of its outcome, once it is confirmed and by the
    shares its parties agreed on; anything else is left out (SPEC 12.7).
    """
    agreed = and_(
        _SENT.c.id == _OUTCOME.c.referral,
        _SENT.c.sender == _OUTCOME.c.station,
        _SENT.c.state == "confirmed",
        _SENT.c.shares == _OUTCOME.c.shares,
    )
    query = select(_OUTCOME).join(_SENT, agreed).order_by(_OUTCOME.c.time, _OUTCOME.c.id)
    if station:
        query = query.where(_OUTCOME.c.station == station)
    if referral:
        query = query.where(_OUTCOME.c.referral == referral)
    views = []
    for row in reading.connection.execute(query):
        fields = dict(row._mapping)
        fields["shares"] = json.loads(fields["shares"])
        views.append(OutcomeView.model_validate(fields))
    return views


def count_visits(reading: "Reading", station: str = "") -> int:
    """How many visits are recorded, of one station if given."""
    return count_rows(reading, _VISIT, *([_VISIT.c.station == station] if station else []))


def count_outcomes(reading: "Reading", station: str = "") -> int:
    """How many cases have a confirmed outcome, each counted once (R6)."""
    return len({outcome.referral for outcome in find_outcomes(reading, station)})
