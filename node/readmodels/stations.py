"""Who takes part: the roster as a table, so that pages can list and search it (A1, A14)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, bindparam, delete, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.rows import batched, contains, count_rows, encode_json
from node.store import table_of
from protocol.roster import Roster, Station

if TYPE_CHECKING:
    from node.store import Reading, Writing


class StationRow(SQLModel, table=True):
    """One station of the roster, ended ones too."""

    __tablename__ = "station"

    id: str = Field(primary_key=True)
    key: str = Field(index=True)
    name: str
    tier: str
    region: str
    division: str
    memberships: str = Field(sa_type=Text)
    endpoints: str = Field(sa_type=Text)
    from_ms: int = Field(sa_type=BigInteger)
    until_ms: int = Field(sa_type=BigInteger)
    act: str
    ended: str
    profile: str = Field(sa_type=Text)


class Membership(Model):
    """A place in one hierarchy: the level and the station above, empty for the topmost."""

    model_config = ConfigDict(frozen=True)

    hierarchy: str
    level: str
    parent: str = ""


class StationView(Model):
    """A station as pages and lists show it.

    ``id`` lasts, ``key`` may be rotated; ``region`` is the station at the head of its region;
    ``ended`` is empty while it takes part; ``profile`` is what the station says about its office.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    key: str
    name: str
    tier: str
    region: str
    division: str
    memberships: list[Membership]
    endpoints: list[str]
    from_ms: int
    until_ms: int
    act: str
    ended: str
    profile: dict[str, str | list[str]]


class TreeNode(Model):
    """A station and the stations below it in one hierarchy."""

    model_config = ConfigDict(frozen=True)

    station: StationView
    level: str
    children: list["TreeNode"]


_STATION = table_of(StationRow)
_ONE = select(_STATION).where(_STATION.c.id == bindparam("of"))


def _row(roster: Roster, station: Station) -> dict[str, object]:
    profile = station.profile
    said = {} if profile is None else profile.model_dump(exclude_none=True)
    said.pop("endpoints", None)
    return {
        "id": station.id,
        "key": station.key,
        "name": station.name,
        "tier": roster.tier(station.id) or "",
        "region": roster.region(station.id) or "",
        "division": station.division or "",
        "memberships": encode_json(
            [[each.hierarchy, each.level, each.parent or ""] for each in station.memberships]
        ),
        "endpoints": encode_json(list(station.endpoints)),
        "from_ms": station.from_ms,
        "until_ms": station.until_ms,
        "act": station.act,
        "ended": station.ended or "",
        "profile": encode_json(said),
    }


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    """Nothing: the roster itself is what this read model folds."""


def _project_roster(tx: "Writing", roster: Roster) -> None:
    """Write what changed: a country has thousands of stations, an act touches one."""
    held = {str(row.id): dict(row._mapping) for row in tx.connection.execute(select(_STATION))}
    rows = [_row(roster, station) for station in roster.stations.values()]
    gone = set(held) - {str(row["id"]) for row in rows}
    for batch in batched(sorted(gone)):
        tx.connection.execute(delete(_STATION).where(_STATION.c.id.in_(batch)))
    tx.upsert(StationRow, [row for row in rows if held.get(str(row["id"])) != row])


PROJECTION = Projection("stations", 1, (StationRow,), frozenset(), _project, _project_roster)


def _view(row: Row[tuple[object, ...]]) -> StationView:
    fields = dict(row._mapping)
    fields["memberships"] = [
        {"hierarchy": hierarchy, "level": level, "parent": parent}
        for hierarchy, level, parent in json.loads(fields["memberships"])
    ]
    fields["endpoints"] = json.loads(fields["endpoints"])
    fields["profile"] = json.loads(fields["profile"])
    return StationView.model_validate(fields)


def get(reading: "Reading", station: str) -> StationView:
    """The station with this id.

    Raises:
        NotFoundError: the roster knows no such station.
    """
    found = find_one(reading, station)
    if found is None:
        raise NotFoundError(f"no station {station} in the roster held here")
    return found


def find_one(reading: "Reading", station: str) -> StationView | None:
    """The station with this id, or None."""
    row = reading.connection.execute(_ONE, {"of": station}).first()
    return None if row is None else _view(row)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    tier: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[StationView]:
    """Stations by tier, division and name.

    Args:
        q: words all of which the name, id or division holds.
        station: only this station and those whose region it heads.
        field: not used by stations; every list takes the same arguments.
        tier: national, regional or grassroots.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    query = select(_STATION)
    if q:
        query = query.where(contains(q, _STATION.c.name, _STATION.c.id, _STATION.c.division))
    if station:
        query = query.where((_STATION.c.id == station) | (_STATION.c.region == station))
    if tier:
        query = query.where(_STATION.c.tier == tier)
    rows = reading.connection.execute(query).all()
    order = {"national": 0, "regional": 1, "grassroots": 2}
    views = sorted(
        (_view(row) for row in rows),
        key=lambda view: (order.get(view.tier, 3), view.division, view.name, view.id),
    )
    start = 0
    if after:
        ids = [view.id for view in views]
        start = ids.index(after) + 1 if after in ids else len(ids)
    return views[start : start + max(1, min(limit, 500))]


def all_stations(reading: "Reading") -> dict[str, StationView]:
    """Every station by id."""
    return {row.id: _view(row) for row in reading.connection.execute(select(_STATION))}


def names(reading: "Reading") -> dict[str, str]:
    """Every station's name by id."""
    query = select(_STATION.c.id, _STATION.c.name)
    return dict(reading.connection.execute(query).all())


def tree(reading: "Reading", hierarchy: str) -> list[TreeNode]:
    """The stations of one hierarchy as trees, topmost first; a lost parent makes a root."""
    stations = all_stations(reading)
    places = {
        station.id: place
        for station in stations.values()
        for place in station.memberships
        if place.hierarchy == hierarchy
    }
    below: dict[str, list[str]] = {}
    for id_, place in places.items():
        below.setdefault(place.parent if place.parent in places else "", []).append(id_)

    def node(id_: str) -> TreeNode:
        children = sorted(
            below.get(id_, []), key=lambda child: (stations[child].division, stations[child].name)
        )
        return TreeNode(
            station=stations[id_],
            level=places[id_].level,
            children=[node(child) for child in children],
        )

    roots = sorted(below.get("", []), key=lambda id_: (stations[id_].division, stations[id_].name))
    return [node(id_) for id_ in roots]


def count(reading: "Reading") -> int:
    """How many stations take part."""
    return count_rows(reading, _STATION, _STATION.c.ended == "")
