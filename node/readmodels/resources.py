"""Experts, brokers, societies, institutions and services, as stations made them known (F1-F5, C13).

Amendments and withdrawals stand with those of needs and results, each folding its own kinds.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Row, Text, func, not_, or_, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.publications import (
    Publishing,
    find_source_ids,
    forget_publications,
    joined,
    project_publications,
    source_columns,
)
from node.readmodels.rows import contains, count_groups, count_rows, equal, newest_page, rows_in
from node.store import table_of
from protocol.records import Record
from protocol.records.resources import ResourceAmended, ResourceOffered, ResourceWithdrawn
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class ResourceRow(SQLModel, table=True):
    """A resource as it stands after its amendments."""

    __tablename__ = "resource"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    time: int = Field(sa_type=BigInteger, index=True)
    revision: str
    revised: int = Field(sa_type=BigInteger)
    state: str
    closed_by: str
    closed_note: str = Field(sa_type=Text)
    type: str = Field(index=True)
    kind: str
    title: str
    text: str = Field(sa_type=Text)
    person: str
    consented_on: str
    consent_scope: str = Field(sa_type=Text)
    organisation: str
    rank: str
    bundle: str
    price_fen: int | None = Field(default=None, sa_type=BigInteger)
    members: int | None = Field(default=None, sa_type=BigInteger)
    served: int | None = Field(default=None, sa_type=BigInteger)
    since: str
    until: str
    url: str
    field: str
    keywords: str = Field(sa_type=Text)
    division: str
    source_system: str
    source_id: str
    source_url: str
    lang: str


class ResourceView(Model):
    """An expert, a broker, a society, an institution, a service or an information product.

    ``kind`` is the pool, level or sort its type has; ``person`` is empty unless that person agreed
    to be named, on ``consented_on`` and within ``consent_scope``; ``price_fen`` is 0 where a
    service costs nothing, None where nothing is said.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    revision: str
    revised: int
    state: str
    closed_by: str
    closed_note: str
    type: str
    kind: str
    title: str
    text: str
    person: str
    consented_on: str
    consent_scope: str
    organisation: str
    rank: str
    bundle: str
    price_fen: int | None
    members: int | None
    served: int | None
    since: str
    until: str
    url: str
    field: str
    keywords: list[str]
    division: str
    source_system: str
    source_id: str
    source_url: str
    lang: str

    def is_over(self, day: str) -> bool:
        """Whether its contract or offer has ended before a day."""
        return bool(self.until) and self.until < day


_RESOURCE = table_of(ResourceRow)


def _content(record: Record) -> dict[str, object]:
    assert isinstance(record, ResourceOffered | ResourceAmended)
    person = record.person
    return {
        "type": record.type,
        "kind": record.kind,
        "title": record.title,
        "text": record.text,
        "person": person.name if person else "",
        "consented_on": person.consented_on if person else "",
        "consent_scope": person.scope if person else "",
        "organisation": record.organisation or "",
        "rank": record.rank or "",
        "bundle": record.bundle or "",
        "price_fen": record.price_fen,
        "members": record.members,
        "served": record.served,
        "since": record.since or "",
        "until": record.until or "",
        "url": record.url or "",
        "field": record.field or "",
        "keywords": joined(record.keywords),
        "division": record.division or "",
        **source_columns(record.source),
        "lang": record.lang,
    }


def _closing(record: Record) -> str:
    assert isinstance(record, ResourceWithdrawn)
    return record.reason


_PUBLISHING = Publishing(
    model=ResourceRow,
    opening=ResourceOffered.KIND,
    amendment=ResourceAmended.KIND,
    closings={ResourceWithdrawn.KIND: "withdrawn"},
    content=_content,
    closing=_closing,
)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    project_publications(_PUBLISHING, tx, facts)


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    return forget_publications(_PUBLISHING, tx, ids)


PROJECTION = Projection("resources", 1, (ResourceRow,), _PUBLISHING.kinds, _project, forget=_forget)


def _view(row: Row[tuple[object, ...]]) -> ResourceView:
    fields = dict(row._mapping)
    fields["keywords"] = json.loads(fields["keywords"])
    return ResourceView.model_validate(fields)


def get(reading: "Reading", resource: str) -> ResourceView:
    """The resource with this id.

    Raises:
        NotFoundError: no such resource is held here.
    """
    query = select(_RESOURCE).where(_RESOURCE.c.id == resource)
    row = reading.connection.execute(query).first()
    if row is None:
        raise NotFoundError(
            f"no resource {resource} is held here", "check the id, or wait for sync"
        )
    return _view(row)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    state: str = "",
    type: str = "",
    kind: str = "",
    division: str = "",
    day: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[ResourceView]:
    """Resources, newest first.

    Args:
        q: words all of which title, text, keywords, organisation or person hold.
        station: only those this station made known.
        field: only this field (C9).
        state: open, over (its contract or offer has ended) or withdrawn; empty for all.
        type: expert, broker, society, institution, service or information.
        kind: only this pool, level or sort.
        division: only in this division, or the divisions below it.
        day: ``YYYY-MM-DD``, the day on which a contract or offer is over or not; without it open
            are those that were not withdrawn.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    of = _RESOURCE.c
    conditions = equal(
        (of.station, station),
        (of.field, field),
        (of.state, "open" if state == "over" else state),
        (of.type, type),
        (of.kind, kind),
    )
    if day and state == "open":
        conditions.append(_still(day))
    elif day and state == "over":
        conditions.append(not_(_still(day)))
    if division:
        conditions.append(of.division.startswith(_above(division), autoescape=True))
    if q:
        columns = (of.title, of.text, of.keywords, of.organisation, of.person)
        conditions.append(contains(q, *columns))
    return [_view(row) for row in newest_page(reading, _RESOURCE, conditions, limit, after)]


def _still(day: str) -> ColumnElement[bool]:
    """A contract or offer that has not ended before a day."""
    until = _RESOURCE.c.until
    return or_(until == "", until >= day)


def _above(division: str) -> str:
    """The digits all divisions below one begin with: ``51`` for 510000, ``5101`` for 510100."""
    while len(division) > 2 and division.endswith("00"):
        division = division[:-2]
    return division


def find_many(reading: "Reading", ids: Iterable[str]) -> dict[str, ResourceView]:
    """Those of the resources that are held, by id."""
    return {str(row.id): _view(row) for row in rows_in(reading, _RESOURCE, _RESOURCE.c.id, ids)}


def find_sources(reading: "Reading", station: str, system: str) -> set[str]:
    """The ids, in their own system, of resources this station made known from there."""
    return find_source_ids(reading, _RESOURCE, station, system)


def count(reading: "Reading", station: str = "", state: str = "") -> int:
    """How many resources are known, of one station or in one state if given."""
    return count_rows(
        reading, _RESOURCE, *equal((_RESOURCE.c.station, station), (_RESOURCE.c.state, state))
    )


def count_by(reading: "Reading", column: str) -> dict[str, int]:
    """How many resources by field, type, kind or station, most first."""
    return count_groups(reading, _RESOURCE.c[column])


def count_types(reading: "Reading", day: str) -> dict[str, int]:
    """How many resources of each type are open on a day.

    Args:
        day: ``YYYY-MM-DD``; contracts and offers that ended before it do not count.
    """
    of = _RESOURCE.c
    query = select(of.type, func.count()).where(of.state == "open", _still(day)).group_by(of.type)
    return {str(type_): int(number) for type_, number in reading.connection.execute(query)}


def count_team(reading: "Reading", station: str, day: str) -> dict[str, dict[str, int]]:
    """How many a station has on a day, by type and by kind (F1, F2).

    Args:
        day: ``YYYY-MM-DD``; contracts and offers that ended before it do not count.
    """
    of = _RESOURCE.c
    query = (
        select(of.type, of.kind, func.count())
        .where(of.station == station, of.state == "open", _still(day))
        .group_by(of.type, of.kind)
        .order_by(of.type, of.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for type_, kind, number in reading.connection.execute(query):
        found.setdefault(str(type_), {})[str(kind)] = int(number)
    return found
