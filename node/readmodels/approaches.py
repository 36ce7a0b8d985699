"""What comes before a referral: interests in needs, and introductions (D5, D6, must-have 6)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Row, Text, or_, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.readmodels.cases import CaseStep, Held
from node.readmodels.rows import contains, count_rows, encode_json, equal, newest_page
from node.store import table_of
from protocol.records import CaseOpening

if TYPE_CHECKING:
    from node.store import Reading


class ApproachRow(SQLModel, table=True):
    """An interest or an introduction as it stands after folding every entry of it that is held."""

    __tablename__ = "approach"

    id: str = Field(primary_key=True)
    type: str = Field(index=True)
    need: str = Field(index=True)
    result: str
    sender: str = Field(index=True)
    receiver: str = Field(index=True)
    partner: str = Field(index=True)
    state: str
    time: int = Field(sa_type=BigInteger, index=True)
    updated: int = Field(sa_type=BigInteger)
    answer_by: str
    note: str = Field(sa_type=Text)
    history: str = Field(sa_type=Text)
    frontier: str = Field(sa_type=Text)


class ApproachView(Model):
    """An interest, from ``sender`` who offers to ``receiver`` whose need it is, or an introduction,
    from ``sender`` to ``receiver`` whose need it is, of ``partner``.

    ``frontier`` are the ids a next act names in ``after``; times in Unix ms; ``answer_by`` is a
    day, empty where none was named.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    need: str
    result: str
    sender: str
    receiver: str
    partner: str
    state: str
    time: int
    updated: int
    answer_by: str
    note: str
    history: list[CaseStep]
    frontier: list[str]


_APPROACH = table_of(ApproachRow)


def approach_row(held: Held) -> dict[str, object]:
    """The row of an interest or introduction from its case."""
    case = held.case
    opening = held.entries[case.id].record
    assert isinstance(opening, CaseOpening)
    return {
        "id": case.id,
        "type": case.type.name,
        "need": case.need,
        "result": case.result or "",
        "sender": case.sender,
        "receiver": case.receiver,
        "partner": case.parties.partner,
        "state": str(case.state),
        "time": held.times[case.id],
        "updated": held.updated,
        "answer_by": held.answer_by,
        "note": opening.note,
        "history": encode_json(held.history()),
        "frontier": encode_json(list(case.frontier)),
    }


def _view(row: Row[tuple[object, ...]]) -> ApproachView:
    fields = dict(row._mapping)
    fields["history"] = json.loads(fields["history"])
    fields["frontier"] = json.loads(fields["frontier"])
    return ApproachView.model_validate(fields)


def get(reading: "Reading", approach: str, type_: str = "") -> ApproachView:
    """The interest or introduction with this id.

    Raises:
        NotFoundError: none such is held here.
    """
    found = find_one(reading, approach)
    if found is None or (type_ and found.type != type_):
        name = type_ or "interest or introduction"
        raise NotFoundError(f"no {name} {approach} is held here", "check the id, or wait for sync")
    return found


def find_one(reading: "Reading", approach: str) -> ApproachView | None:
    """The interest or introduction with this id, or None where it is not held."""
    row = reading.connection.execute(select(_APPROACH).where(_APPROACH.c.id == approach)).first()
    return None if row is None else _view(row)


def find(
    reading: "Reading",
    *,
    type_: str = "",
    q: str = "",
    station: str = "",
    field: str = "",
    state: str = "",
    need: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ApproachView]:
    """Interests and introductions, newest first.

    Args:
        type_: interest or introduction; both if empty.
        q: words all of which the note or history holds.
        station: only those this station has a part in.
        field: not used; every list takes the same arguments.
        state: only those in this state of the case.
        need: only those about this need.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = equal(
        (_APPROACH.c.type, type_), (_APPROACH.c.state, state), (_APPROACH.c.need, need)
    )
    if station:
        conditions.append(_is_party(station))
    if q:
        conditions.append(contains(q, _APPROACH.c.note, _APPROACH.c.history))
    return [_view(row) for row in newest_page(reading, _APPROACH, conditions, limit, after)]


def _is_party(station: str) -> ColumnElement[bool]:
    columns = (_APPROACH.c.sender, _APPROACH.c.receiver, _APPROACH.c.partner)
    return or_(*(each == station for each in columns))


def find_waiting(reading: "Reading", states: Iterable[str]) -> list[ApproachView]:
    """All of them in one of these states, the longest unchanged first."""
    query = select(_APPROACH).where(_APPROACH.c.state.in_(list(states)))
    rows = reading.connection.execute(query.order_by(_APPROACH.c.updated, _APPROACH.c.id))
    return [_view(row) for row in rows]


def count(reading: "Reading", type_: str = "", state: str = "") -> int:
    """How many are held, of one type or in one state if given."""
    pairs = equal((_APPROACH.c.type, type_), (_APPROACH.c.state, state))
    return count_rows(reading, _APPROACH, *pairs)
