"""Published rankings, and what each station found when it recomputed them (P5)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.rows import contains, count_rows, encode_json, newest_page
from node.store import table_of
from protocol.records.performance import (
    RankingChecked,
    RankingPublished,
)
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class RankingRow(SQLModel, table=True):
    """One part of a published ranking."""

    __tablename__ = "ranking"

    id: str = Field(primary_key=True)
    station: str
    time: int = Field(sa_type=BigInteger, index=True)
    name: str
    period: str
    policy: str
    cuts: str = Field(sa_type=Text)
    part: int
    parts: int
    digest: str = Field(index=True)
    places: str = Field(sa_type=Text)


class RankingCheckRow(SQLModel, table=True):
    """What one station found when it recomputed a ranking."""

    __tablename__ = "ranking_check"

    id: str = Field(primary_key=True)
    ranking: str = Field(index=True)
    station: str
    author: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger)
    digest: str
    agrees: bool


class Place(Model):
    """One station's line in a ranking.

    ``rank`` and ``points`` are None where the station is missing: no approved report stood in the
    cut (R8). ``parts`` are the points each indicator gave; ``in_place_of`` is the dead parent
    another station above approved the report for.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    station: str
    tier: str
    rank: int | None
    points: int | None
    parts: dict[str, int]
    missing: list[str]
    report: str | None = None
    in_place_of: str | None = None


class CheckView(Model):
    """A station's word on a ranking: it recomputed this digest, and agrees or not."""

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    digest: str
    agrees: bool


class RankingView(Model):
    """A published ranking, its parts put together.

    ``id`` is part 1's; ``is_whole`` says whether every part is held; ``checks`` is the newest
    word of each station that recomputed it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    name: str
    period: str
    policy: str
    cuts: list[str]
    digest: str
    parts: int
    is_whole: bool
    places: list[Place]
    checks: list[CheckView]


_RANKING = table_of(RankingRow)
_CHECK = table_of(RankingCheckRow)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    for fact in facts:
        record = fact.record
        base: dict[str, object] = {"id": fact.id, "station": fact.station, "time": fact.time}
        if isinstance(record, RankingPublished):
            tx.insert(RankingRow, [{**base, **_ranking_columns(record)}])
        elif isinstance(record, RankingChecked):
            where = {"author": fact.log.author, "epoch": fact.log.epoch, "seq": fact.seq}
            said = {"ranking": record.ranking, "digest": record.digest, "agrees": record.agrees}
            tx.insert(RankingCheckRow, [{**base, **where, **said}])


PROJECTION = Projection(
    "ranking",
    1,
    (RankingRow, RankingCheckRow),
    frozenset({RankingPublished.KIND, RankingChecked.KIND}),
    _project,
)


def _ranking_columns(record: RankingPublished) -> dict[str, object]:
    return {
        "name": record.name,
        "period": record.period,
        "policy": record.policy,
        "cuts": encode_json(list(record.cuts)),
        "part": record.part,
        "parts": record.parts,
        "digest": record.digest,
        "places": encode_json([row.model_dump() for row in record.rows]),
    }


def _checks(reading: "Reading", ranking: str) -> list[CheckView]:
    query = (
        select(_CHECK)
        .where(_CHECK.c.ranking == ranking)
        .order_by(_CHECK.c.station, _CHECK.c.epoch, _CHECK.c.seq, _CHECK.c.id)
    )
    newest = {row.station: row for row in reading.connection.execute(query)}
    return [
        CheckView(
            id=row.id, station=row.station, time=row.time, digest=row.digest, agrees=row.agrees
        )
        for row in newest.values()
    ]


def _view(reading: "Reading", first: Row[tuple[object, ...]]) -> RankingView:
    """Put the parts that the same station published beside part 1 together."""
    query = (
        select(_RANKING)
        .where(
            _RANKING.c.digest == first.digest,
            _RANKING.c.station == first.station,
            _RANKING.c.name == first.name,
            _RANKING.c.cuts == first.cuts,
        )
        .order_by(_RANKING.c.part, _RANKING.c.time, _RANKING.c.id)
    )
    parts = {row.part: row for row in reading.connection.execute(query)}
    parts[1] = first
    places = [
        Place.model_validate(place)
        for _, row in sorted(parts.items())
        for place in json.loads(row.places)
    ]
    return RankingView(
        id=first.id,
        station=first.station,
        time=first.time,
        name=first.name,
        period=first.period,
        policy=first.policy,
        cuts=json.loads(first.cuts),
        digest=first.digest,
        parts=first.parts,
        is_whole=set(parts) == set(range(1, first.parts + 1)),
        places=places,
        checks=_checks(reading, first.id),
    )


def get(reading: "Reading", ranking: str) -> RankingView:
    """The ranking whose part 1 has this id.

    Raises:
        NotFoundError: no such ranking is held here.
    """
    query = select(_RANKING).where(_RANKING.c.id == ranking, _RANKING.c.part == 1)
    row = reading.connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"no ranking {ranking} is held here", "check the id, or wait for sync")
    return _view(reading, row)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    period: str = "",
    limit: int = 50,
    after: str = "",
) -> Sequence[RankingView]:
    """Rankings, newest first.

    Args:
        q: words all of which name or period hold.
        station: only rankings this station published.
        field: not used by rankings; every list takes the same arguments.
        period: 2026, 2026-Q4 or 2026-11.
        limit: rows, 1..500.
        after: id of the last row of the page before.
    """
    conditions = [_RANKING.c.part == 1]
    if station:
        conditions.append(_RANKING.c.station == station)
    if period:
        conditions.append(_RANKING.c.period == period)
    if q:
        conditions.append(contains(q, _RANKING.c.name, _RANKING.c.period))
    rows = newest_page(reading, _RANKING, conditions, limit, after)
    return [_view(reading, row) for row in rows]


def count(reading: "Reading") -> int:
    """How many rankings are published."""
    return count_rows(reading, _RANKING, _RANKING.c.part == 1)
