"""What a ranking is computed from: the published policies and the named cuts (M10, R8)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.rows import encode_json
from node.store import table_of
from protocol.records.performance import CutNamed, PolicyPublished
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class PolicyRow(SQLModel, table=True):
    """A published ranking policy: the weights (R2)."""

    __tablename__ = "policy"

    id: str = Field(primary_key=True)
    station: str
    time: int = Field(sa_type=BigInteger, index=True)
    name: str
    period: str
    body: str = Field(sa_type=Text)


class CutRow(SQLModel, table=True):
    """One part of a named cut: the heads up to which entries count."""

    __tablename__ = "cut"

    id: str = Field(primary_key=True)
    station: str
    time: int = Field(sa_type=BigInteger, index=True)
    name: str
    period: str
    part: int
    parts: int
    heads: str = Field(sa_type=Text)


class PolicyView(Model):
    """A policy: name, period and the weight of each indicator."""

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    name: str
    period: str
    weights: dict[str, int]


class CutView(Model):
    """One part of a cut; a head is [author, epoch, seq, id]."""

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    name: str
    period: str
    part: int
    parts: int
    heads: list[tuple[str, int, int, str]]


_POLICY = table_of(PolicyRow)
_CUT = table_of(CutRow)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    for fact in facts:
        record = fact.record
        base: dict[str, object] = {"id": fact.id, "station": fact.station, "time": fact.time}
        if isinstance(record, PolicyPublished):
            body = record.body().decode("utf-8")
            names = {"name": record.name, "period": record.period}
            tx.insert(PolicyRow, [{**base, **names, "body": body}])
        elif isinstance(record, CutNamed):
            tx.insert(CutRow, [{**base, **_cut_columns(record)}])


PROJECTION = Projection(
    "cuts",
    1,
    (PolicyRow, CutRow),
    frozenset({PolicyPublished.KIND, CutNamed.KIND}),
    _project,
)


def _cut_columns(record: CutNamed) -> dict[str, object]:
    return {
        "name": record.name,
        "period": record.period,
        "part": record.part,
        "parts": record.parts,
        "heads": encode_json([list(head) for head in record.heads]),
    }


def _policy_view(row: Row[tuple[object, ...]]) -> PolicyView:
    return PolicyView(
        id=row.id,
        station=row.station,
        time=row.time,
        name=row.name,
        period=row.period,
        weights=json.loads(row.body)["weights"],
    )


def get_policy_record(reading: "Reading", policy: str) -> PolicyPublished:
    """The policy as it was published.

    Raises:
        NotFoundError: no such policy is held here.
    """
    row = reading.connection.execute(select(_POLICY).where(_POLICY.c.id == policy)).first()
    if row is None:
        raise NotFoundError(f"no policy {policy} is held here")
    return PolicyPublished.model_validate_json(row.body)


def find_policies(reading: "Reading", period: str = "") -> list[PolicyView]:
    """Published policies, newest first, of one period if given."""
    query = select(_POLICY).order_by(_POLICY.c.time.desc(), _POLICY.c.id)
    if period:
        query = query.where(_POLICY.c.period == period)
    return [_policy_view(row) for row in reading.connection.execute(query)]


def _cut_view(row: Row[tuple[object, ...]]) -> CutView:
    fields = dict(row._mapping)
    fields["heads"] = [tuple(head) for head in json.loads(fields["heads"])]
    return CutView.model_validate(fields)


def get_cut_part(reading: "Reading", part: str) -> CutView:
    """One part of a cut by its entry id.

    Raises:
        NotFoundError: no such part is held here.
    """
    row = reading.connection.execute(select(_CUT).where(_CUT.c.id == part)).first()
    if row is None:
        raise NotFoundError(f"no cut {part} is held here", "wait until this node has caught up")
    return _cut_view(row)


def find_cuts(reading: "Reading", name: str = "") -> list[CutView]:
    """Parts of cuts, newest first and part by part, of one name if given."""
    query = select(_CUT).order_by(_CUT.c.time.desc(), _CUT.c.part)
    if name:
        query = query.where(_CUT.c.name == name)
    return [_cut_view(row) for row in reading.connection.execute(query)]
