"""Referrals: needs one station passed to another, and how each of them went (D3, D9)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Row, Text, delete, func, or_, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.projection import Fact, Projection
from node.readmodels.cases import ACTS, ReferralActRow, act_row, case_entry
from node.readmodels.rows import (
    batched,
    contains,
    count_rows,
    encode_json,
    newest_page,
    rows_in,
)
from node.store import table_of
from protocol.cases import Case, CaseEntry, fold_case
from protocol.records import KINDS
from protocol.records.referrals import (
    ReferralConcluded,
    ReferralConfirmed,
    ReferralRequested,
)
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class ReferralRow(SQLModel, table=True):
    """A case as it stands after folding every entry of it that is held."""

    __tablename__ = "referral"

    id: str = Field(primary_key=True)
    need: str = Field(index=True)
    result: str
    sender: str = Field(index=True)
    receiver: str = Field(index=True)
    state: str
    time: int = Field(sa_type=BigInteger, index=True)
    updated: int = Field(sa_type=BigInteger)
    answer_by: str
    note: str = Field(sa_type=Text)
    outcome: str
    contract_type: str
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    technology_fen: int | None = Field(default=None, sa_type=BigInteger)
    signed: str
    satisfied: int | None = None
    history: str = Field(sa_type=Text)
    frontier: str = Field(sa_type=Text)


class ReferralStep(BaseModel):
    """One entry of a case: applied, pending, refused or superseded, and why.

    ``text`` is the note or reason its author gave; ``sealed`` says that it carries a part only
    the parties can open.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    station: str
    time: int
    verdict: str
    reason: str
    text: str
    sealed: bool


class ReferralView(BaseModel):
    """A referral: who asked whom, where it stands, what came of it.

    ``frontier`` are the ids a next act names in ``after``; money in fen, times in Unix ms;
    ``answer_by`` is a day, empty where the sender named none.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    need: str
    result: str
    sender: str
    receiver: str
    state: str
    time: int
    updated: int
    answer_by: str
    note: str
    outcome: str
    contract_type: str
    amount_fen: int | None
    technology_fen: int | None
    signed: str
    satisfied: int | None
    history: list[ReferralStep]
    frontier: list[str]


_REFERRAL = table_of(ReferralRow)
_KINDS = frozenset(
    kind for kind, record in KINDS.items() if record.CHANNEL == ReferralRequested.CHANNEL
)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    acts = [row for row in map(act_row, facts) if row is not None]
    if acts:
        tx.insert(ReferralActRow, acts)
        _refold(tx, {str(act["referral"]) for act in acts})


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    """Cases that lost an act are folded from those that are left; without its opening one waits."""
    cases = {str(row.referral) for row in rows_in(tx, ACTS, ACTS.c.id, ids)}
    for batch in batched(ids):
        tx.connection.execute(delete(ACTS).where(ACTS.c.id.in_(batch)))
        tx.connection.execute(delete(_REFERRAL).where(_REFERRAL.c.id.in_(batch)))
    _refold(tx, cases)
    return ()


PROJECTION = Projection(
    "referrals", 2, (ReferralRow, ReferralActRow), _KINDS, _project, forget=_forget
)


def _refold(tx: "Writing", referrals: set[str]) -> None:
    """Fold the cases again from all their entries; acts without their opening wait (SPEC 12)."""
    acts: dict[str, list[Row[tuple[object, ...]]]] = {}
    for row in rows_in(tx, ACTS, ACTS.c.referral, referrals):
        acts.setdefault(row.referral, []).append(row)
    rows = []
    for id_, held in acts.items():
        opening = next((row for row in held if row.id == id_), None)
        if opening is not None:
            rows.append(_folded(opening, [row for row in held if row.id != id_]))
    if rows:
        ids = [str(row["id"]) for row in rows]
        existing = [str(row.id) for row in rows_in(tx, _REFERRAL, _REFERRAL.c.id, ids)]
        if existing:
            tx.connection.execute(delete(_REFERRAL).where(_REFERRAL.c.id.in_(existing)))
        tx.insert(ReferralRow, rows)


def _folded(
    opening: Row[tuple[object, ...]], others: Sequence[Row[tuple[object, ...]]]
) -> dict[str, object]:
    entries = {row.id: case_entry(row) for row in (opening, *others)}
    times = {row.id: row.time for row in (opening, *others)}
    case = fold_case(entries[opening.id], [entries[row.id] for row in others])
    request = entries[opening.id].record
    assert isinstance(request, ReferralRequested)
    applied = [step[0] for step in case.history if step[3] == "applied"]
    return {
        "id": case.id,
        "need": case.need,
        "result": request.result or "",
        "sender": case.sender,
        "receiver": case.receiver,
        "state": str(case.state),
        "time": opening.time,
        "updated": max([opening.time, *(times[id_] for id_ in applied)]),
        "answer_by": request.answer_by or "",
        "note": request.note or "",
        **_outcome(entries[id_] for id_ in applied),
        "history": encode_json(_history(case, entries, times)),
        "frontier": encode_json(list(case.frontier)),
    }


def _history(
    case: Case, entries: dict[str, CaseEntry], times: dict[str, int]
) -> list[dict[str, object]]:
    steps: list[dict[str, object]] = []
    for id_, kind, station, verdict, reason in case.history:
        record = entries[id_].record
        text = getattr(record, "note", None) or getattr(record, "reason", None) or ""
        steps.append(
            {
                "id": id_,
                "kind": kind,
                "station": station,
                "time": times[id_],
                "verdict": str(verdict),
                "reason": reason or "",
                "text": text,
                "sealed": getattr(record, "sealed", None) is not None,
            }
        )
    return steps


def _outcome(applied: Iterable[CaseEntry]) -> dict[str, object]:
    found: dict[str, object] = {
        "outcome": "",
        "contract_type": "",
        "amount_fen": None,
        "technology_fen": None,
        "signed": "",
        "satisfied": None,
    }
    for entry in applied:
        record = entry.record
        if isinstance(record, ReferralConcluded):
            found["outcome"] = record.outcome
            if record.contract is not None:
                found["contract_type"] = record.contract.type
                found["amount_fen"] = record.contract.amount_fen
                found["technology_fen"] = record.contract.technology_fen
                found["signed"] = record.contract.signed
        elif isinstance(record, ReferralConfirmed):
            found["satisfied"] = record.satisfied
    return found


def _view(row: Row[tuple[object, ...]]) -> ReferralView:
    fields = dict(row._mapping)
    fields["history"] = json.loads(fields["history"])
    fields["frontier"] = json.loads(fields["frontier"])
    return ReferralView.model_validate(fields)


def get(reading: "Reading", referral: str) -> ReferralView:
    """The referral with this id.

    Raises:
        NotFoundError: no such referral is held here.
    """
    row = reading.connection.execute(select(_REFERRAL).where(_REFERRAL.c.id == referral)).first()
    if row is None:
        raise NotFoundError(
            f"no referral {referral} is held here", "check the id, or wait for sync"
        )
    return _view(row)


def find_one(reading: "Reading", referral: str) -> ReferralView | None:
    """The referral with this id, or None where it is not held."""
    row = reading.connection.execute(select(_REFERRAL).where(_REFERRAL.c.id == referral)).first()
    return None if row is None else _view(row)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    state: str = "",
    need: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ReferralView]:
    """Referrals, newest first.

    Args:
        q: words all of which the note or history holds.
        station: only referrals this station sent or received.
        field: not used by referrals; every list takes the same arguments.
        state: only referrals in this state of the case.
        need: only referrals of this need.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions: list[ColumnElement[bool]] = []
    if station:
        conditions.append(or_(_REFERRAL.c.sender == station, _REFERRAL.c.receiver == station))
    if state:
        conditions.append(_REFERRAL.c.state == state)
    if need:
        conditions.append(_REFERRAL.c.need == need)
    if q:
        conditions.append(contains(q, _REFERRAL.c.note, _REFERRAL.c.history, _REFERRAL.c.id))
    return [_view(row) for row in newest_page(reading, _REFERRAL, conditions, limit, after)]


def find_waiting(reading: "Reading", states: Iterable[str]) -> list[ReferralView]:
    """All referrals in one of these states, the longest unchanged first."""
    query = select(_REFERRAL).where(_REFERRAL.c.state.in_(list(states)))
    rows = reading.connection.execute(query.order_by(_REFERRAL.c.updated, _REFERRAL.c.id))
    return [_view(row) for row in rows]


def count(reading: "Reading", station: str = "", state: str = "") -> int:
    """How many referrals are held, of one station or in one state if given."""
    conditions: list[ColumnElement[bool]] = []
    if station:
        conditions.append(or_(_REFERRAL.c.sender == station, _REFERRAL.c.receiver == station))
    if state:
        conditions.append(_REFERRAL.c.state == state)
    return count_rows(reading, _REFERRAL, *conditions)


def count_by_state(reading: "Reading") -> dict[str, int]:
    """How many referrals stand in each state."""
    state = _REFERRAL.c.state
    query = select(state, func.count()).group_by(state).order_by(state)
    return dict(reading.connection.execute(query).all())
