"""The needs enterprises have, as stations published them (B1-B7)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Index, Row, Text, and_, or_, select, text
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.lifecycle import Term
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.gathering import (
    NeedGatheredRow,
    find_gathering,
    forget_gathered,
    gather_again,
    gather_opened,
)
from node.readmodels.publications import (
    PublicationActRow,
    Publishing,
    find_source_ids,
    forget_publications,
    joined,
    project_publications,
    refold_publications,
    source_columns,
)
from node.readmodels.rows import (
    contains,
    count_groups,
    count_rows,
    encode_json,
    equal,
    like,
    newest_page,
    rows_in,
)
from node.readmodels.standings import stands
from node.store import table_of
from protocol.records import Record
from protocol.records.needs import (
    NeedAmended,
    NeedPublished,
    NeedRenewed,
    NeedSolved,
    NeedWithdrawn,
)
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


_WENT_OVER = text("owner <> station")
"""Few needs go over to another station; only those are looked for by their owner."""


class NeedRow(SQLModel, table=True):
    """A need as it stands after its amendments."""

    __tablename__ = "need"
    __table_args__ = (
        Index("ix_need_owner", "owner", sqlite_where=_WENT_OVER, postgresql_where=_WENT_OVER),
    )

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    owner: str
    time: int = Field(sa_type=BigInteger, index=True)
    opened: str = Field(sa_type=Text)
    revision: str
    revised: int = Field(sa_type=BigInteger)
    state: str
    closed_by: str
    closed_note: str = Field(sa_type=Text)
    title: str
    text: str = Field(sa_type=Text)
    kind: str
    sub_kind: str
    scope: str
    stage: str
    field: str
    field_list: str
    industry: str
    division: str
    size: str
    budget_fen: int | None = Field(default=None, sa_type=BigInteger)
    due: str
    expires: str
    indicators: str = Field(sa_type=Text)
    keywords: str = Field(sa_type=Text)
    tags: str = Field(sa_type=Text)
    gathers: str = Field(sa_type=Text)
    source_system: str
    source_id: str
    source_url: str
    lang: str
    closed: int = Field(sa_type=BigInteger)


class NeedView(Model):
    """A published need; the enterprise stays unnamed (DESIGN 1.9).

    ``state`` is open, solved or withdrawn; times are Unix ms, dates YYYY-MM-DD, money in fen.
    ``station`` published it, ``owner`` is whose it is now (SPEC 12.8).
    ``revision`` is the entry whose content is shown; ``closed_by`` the entry that closed it, at
    ``closed``. ``gathers`` are the needs this one is made of. ``standing`` is what the state comes
    to on a day: open, expiring, expired, solved, withdrawn or archived; empty where no day was
    asked about.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    owner: str
    time: int
    revision: str
    revised: int
    state: str
    closed_by: str
    closed_note: str
    title: str
    text: str
    kind: str
    sub_kind: str
    scope: str
    stage: str
    field: str
    field_list: str = ""
    industry: str
    division: str
    size: str
    budget_fen: int | None
    due: str
    expires: str
    indicators: list[str]
    keywords: list[str]
    tags: list[str]
    gathers: list[str]
    source_system: str
    source_id: str
    source_url: str
    lang: str
    closed: int = 0
    standing: str = ""


_NEED = table_of(NeedRow)


def _content(record: Record) -> dict[str, object]:
    assert isinstance(record, NeedPublished | NeedAmended)
    return {
        "title": record.title,
        "text": record.text,
        "kind": record.kind,
        "sub_kind": record.sub_kind or "",
        "scope": record.scope,
        "stage": record.stage or "",
        "field": record.field or "",
        "field_list": record.field_list or "",
        "industry": record.industry or "",
        "division": record.division or "",
        "size": record.size or "",
        "budget_fen": record.budget_fen,
        "due": record.due or "",
        "expires": record.expires or "",
        "indicators": joined(record.indicators),
        "keywords": joined(record.keywords),
        "tags": joined(record.tags),
        "gathers": joined(record.gathers),
        **source_columns(record.source),
        "lang": record.lang,
    }


def _renewal(record: Record) -> dict[str, object]:
    assert isinstance(record, NeedRenewed)
    return {"expires": record.expires}


def _begun(record: Record) -> dict[str, object]:
    return {"closed": 0}


def _closing(record: Record) -> str:
    if isinstance(record, NeedSolved):
        return record.by or ""
    assert isinstance(record, NeedWithdrawn)
    return record.reason


_PUBLISHING = Publishing(
    model=NeedRow,
    opening=NeedPublished.KIND,
    amendment=NeedAmended.KIND,
    closings={NeedWithdrawn.KIND: "withdrawn", NeedSolved.KIND: "solved"},
    content=_content,
    closing=_closing,
    steps={NeedRenewed.KIND: _renewal},
    opened=_begun,
    is_owned=True,
)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    again = project_publications(_PUBLISHING, tx, facts)
    gather_opened(tx, facts, again)
    gather_again(tx, _NEED, again)


def refold_needs(tx: "Writing", ids: set[str]) -> None:
    """Fold needs again, some of which went over to another station or came back."""
    refold_publications(_PUBLISHING, tx, ids)
    gather_again(tx, _NEED, ids)


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    acted_on = forget_publications(_PUBLISHING, tx, ids)
    forget_gathered(tx, {*ids, *acted_on})
    return acted_on


PROJECTION = Projection(
    "needs",
    6,
    (NeedRow, NeedGatheredRow, PublicationActRow),
    _PUBLISHING.kinds,
    _project,
    forget=_forget,
)


def _view(row: Row[tuple[object, ...]], term: Term | None = None) -> NeedView:
    fields = dict(row._mapping)
    for name in ("indicators", "keywords", "tags", "gathers"):
        fields[name] = json.loads(fields[name])
    if term is not None:
        fields["standing"] = term.standing(row.state, row.expires, row.closed)
    return NeedView.model_validate(fields)


def get(reading: "Reading", need: str, term: Term | None = None) -> NeedView:
    """The need with this id.

    Args:
        term: the day its standing is asked about, if it is.

    Raises:
        NotFoundError: no such need is held here.
    """
    row = reading.connection.execute(select(_NEED).where(_NEED.c.id == need)).first()
    if row is None:
        raise NotFoundError(f"no need {need} is held here", "check the id, or wait for sync")
    return _view(row, term)


def find(
    reading: "Reading",
    *,
    q: str = "",
    station: str = "",
    field: str = "",
    state: str = "",
    scope: str = "",
    tag: str = "",
    limit: int = 50,
    after: str = "",
    term: Term | None = None,
) -> Sequence[NeedView]:
    """Needs, newest first.

    Args:
        q: words all of which title, text or keywords hold.
        station: only needs this station published or took over.
        field: only this field (C9).
        state: open, solved or withdrawn; with ``term`` also expiring, expired, archived, all.
        scope: enterprise, common or regional.
        tag: only with this tag.
        limit: rows, 1..500.
        after: id of the last row of the page before.
        term: the day standings are asked about; without words and state, archived needs are left
            out then.
    """
    conditions = equal((_NEED.c.field, field), (_NEED.c.scope, scope))
    if station:
        went_over = and_(_NEED.c.owner == station, _NEED.c.owner != _NEED.c.station)
        conditions.append(or_(_NEED.c.station == station, went_over))
    if term is None:
        conditions += equal((_NEED.c.state, state))
    elif state or not q:
        conditions.append(stands(_NEED, state, term))
    if q:
        conditions.append(contains(q, _NEED.c.title, _NEED.c.text, _NEED.c.keywords))
    if tag:
        conditions.append(_NEED.c.tags.like(like(encode_json(tag)), escape="!"))
    return [_view(row, term) for row in newest_page(reading, _NEED, conditions, limit, after)]


def find_gatherers(reading: "Reading", need: str) -> list[NeedView]:
    """The common and regional needs that gather this one, newest first (B10)."""
    found = find_many(reading, find_gathering(reading, need))
    return sorted(found.values(), key=lambda each: (-each.time, each.id))


def find_many(
    reading: "Reading", ids: Iterable[str], term: Term | None = None
) -> dict[str, NeedView]:
    """Those of the needs that are held, by id; with ``term`` also their standing that day."""
    return {str(row.id): _view(row, term) for row in rows_in(reading, _NEED, _NEED.c.id, ids)}


def find_expiring(reading: "Reading", station: str, until: str, limit: int) -> list[NeedView]:
    """Open needs of a station that expire on a day or before, the earliest first."""
    wanted = (_NEED.c.station == station, _NEED.c.state == "open")
    query = select(_NEED).where(*wanted, _NEED.c.expires != "", _NEED.c.expires <= until)
    rows = reading.connection.execute(query.order_by(_NEED.c.expires, _NEED.c.id).limit(limit))
    return [_view(row) for row in rows]


def find_sources(reading: "Reading", station: str, system: str) -> set[str]:
    """The ids, in their own system, of needs this station published from there."""
    return find_source_ids(reading, _NEED, station, system)


def count(reading: "Reading", station: str = "", state: str = "") -> int:
    """How many needs are published, of one station or in one state if given."""
    return count_rows(reading, _NEED, *equal((_NEED.c.station, station), (_NEED.c.state, state)))


def count_by(reading: "Reading", column: str) -> dict[str, int]:
    """How many needs by field, kind, scope, state, industry or station (B9), most first."""
    return count_groups(reading, _NEED.c[column])
