"""Referrals: needs one station passed to another, and how each of them went (D3, D9)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Row, Text, func, or_, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.readmodels.cases import CaseStep, Held
from node.readmodels.needs import NeedRow
from node.readmodels.rows import contains, count_rows, encode_json, newest_page
from node.store import table_of
from protocol.parties import Parties
from protocol.records.referrals import ReferralRequested

if TYPE_CHECKING:
    from node.store import Reading


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
    manner: str
    follows: str = Field(index=True)
    introducer: str
    invited: str = Field(sa_type=Text)
    helpers: str = Field(sa_type=Text)
    disputant: str
    split: str = Field(sa_type=Text)
    shares: str = Field(sa_type=Text)
    outcome: str
    contract_type: str
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    technology_fen: int | None = Field(default=None, sa_type=BigInteger)
    signed: str
    satisfied: int | None = None
    history: str = Field(sa_type=Text)
    frontier: str = Field(sa_type=Text)


class SplitView(Model):
    """A proposed split: station and percent of each share, and who has agreed to it."""

    model_config = ConfigDict(frozen=True)

    id: str
    shares: list[tuple[str, int]]
    agreed: list[str]


class ReferralView(Model):
    """A referral: who asked whom, where it stands, what came of it.

    ``frontier`` are the ids a next act names in ``after``; money in fen, times in Unix ms;
    ``answer_by`` is a day, empty where the sender named none. ``manner`` is referral or transfer;
    ``follows`` the interest or introduction it comes of; ``shares`` those an outcome has to carry,
    empty while a split is awaited; ``disputant`` who raised the dispute it stands in.
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
    manner: str
    follows: str
    introducer: str
    invited: list[str]
    helpers: list[str]
    disputant: str
    split: SplitView | None
    shares: list[tuple[str, int]]
    outcome: str
    contract_type: str
    amount_fen: int | None
    technology_fen: int | None
    signed: str
    satisfied: int | None
    history: list[CaseStep]
    frontier: list[str]


_REFERRAL = table_of(ReferralRow)
_NEED = table_of(NeedRow)


def referral_row(held: Held) -> dict[str, object]:
    """The row of a referral from its case."""
    case, parties = held.case, held.case.parties
    request = held.entries[case.id].record
    assert isinstance(request, ReferralRequested)
    is_disputed = case.state == "disputed"
    return {
        "id": case.id,
        "need": case.need,
        "result": request.result or "",
        "sender": case.sender,
        "receiver": case.receiver,
        "state": str(case.state),
        "time": held.times[case.id],
        "updated": held.updated,
        "answer_by": held.answer_by,
        "note": request.note or "",
        "manner": request.manner,
        "follows": request.follows or "",
        "introducer": parties.introducer,
        "invited": encode_json(parties.invited),
        "helpers": encode_json(parties.helpers),
        "disputant": parties.disputant if is_disputed else "",
        "split": encode_json(parties.split and parties.split._asdict()),
        "shares": encode_json([list(each) for each in case.shares]),
        **_outcome(parties),
        "history": encode_json(held.history()),
        "frontier": encode_json(list(case.frontier)),
    }


def _outcome(parties: Parties) -> dict[str, object]:
    said = parties.conclusion
    contract = said.contract if said is not None else None
    return {
        "outcome": said.outcome if said is not None else "",
        "contract_type": contract.type if contract is not None else "",
        "amount_fen": contract.amount_fen if contract is not None else None,
        "technology_fen": contract.technology_fen if contract is not None else None,
        "signed": contract.signed if contract is not None else "",
        "satisfied": parties.satisfied,
    }


_JSON = ("history", "frontier", "invited", "helpers", "split", "shares")


def _view(row: Row[tuple[object, ...]]) -> ReferralView:
    fields = dict(row._mapping)
    for name in _JSON:
        fields[name] = json.loads(fields[name])
    return ReferralView.model_validate(fields)


def _is_party(station: str) -> ColumnElement[bool]:
    """Whether a station has a part in a referral, or is asked to take one."""
    columns = (_REFERRAL.c.helpers, _REFERRAL.c.invited)
    return or_(
        *(each == station for each in (_REFERRAL.c.sender, _REFERRAL.c.receiver)),
        _REFERRAL.c.introducer == station,
        *(each.contains(f'"{station}"', autoescape=True) for each in columns),
    )


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
    follows: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ReferralView]:
    """Referrals, newest first.

    Args:
        q: words all of which the note or history holds.
        station: only referrals this station has a part in.
        field: not used by referrals; every list takes the same arguments.
        state: only referrals in this state of the case.
        need: only referrals of this need.
        follows: only those that come of this interest or introduction.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions: list[ColumnElement[bool]] = []
    if station:
        conditions.append(_is_party(station))
    if state:
        conditions.append(_REFERRAL.c.state == state)
    if need:
        conditions.append(_REFERRAL.c.need == need)
    if follows:
        conditions.append(_REFERRAL.c.follows == follows)
    if q:
        conditions.append(contains(q, _REFERRAL.c.note, _REFERRAL.c.history, _REFERRAL.c.id))
    return [_view(row) for row in newest_page(reading, _REFERRAL, conditions, limit, after)]


def find_waiting(reading: "Reading", states: Iterable[str]) -> list[ReferralView]:
    """All referrals in one of these states, the longest unchanged first."""
    query = select(_REFERRAL).where(_REFERRAL.c.state.in_(list(states)))
    rows = reading.connection.execute(query.order_by(_REFERRAL.c.updated, _REFERRAL.c.id))
    return [_view(row) for row in rows]


def find_transfers(reading: "Reading", need: str) -> list[ReferralView]:
    """The transfers of a need by its owner that wait for an answer."""
    query = (
        select(_REFERRAL)
        .join(_NEED, (_NEED.c.id == _REFERRAL.c.need) & (_NEED.c.owner == _REFERRAL.c.sender))
        .where(
            _REFERRAL.c.need == need,
            _REFERRAL.c.manner == "transfer",
            _REFERRAL.c.state.in_(["requested", "queried"]),
        )
        .order_by(_REFERRAL.c.id)
    )
    return [_view(row) for row in reading.connection.execute(query)]


def count(reading: "Reading", station: str = "", state: str = "") -> int:
    """How many referrals are held, of one station or in one state if given."""
    conditions: list[ColumnElement[bool]] = []
    if station:
        conditions.append(_is_party(station))
    if state:
        conditions.append(_REFERRAL.c.state == state)
    return count_rows(reading, _REFERRAL, *conditions)


def count_by_state(reading: "Reading") -> dict[str, int]:
    """How many referrals stand in each state."""
    state = _REFERRAL.c.state
    query = select(state, func.count()).group_by(state).order_by(state)
    return dict(reading.connection.execute(query).all())
