"""Saved searches: what somebody here waits for, and telling of it when it arrives (D1, D13).

An alert tells of something that arrived after the search was saved, is among the ten that fit it
best, fits half as well as the best of them and has a reason to show; once for each pair.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, cast

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import delete, func, select, update

from node.capability import Job, Route, Workplace
from node.drafting import IdPath
from node.errors import ConflictError, NotFoundError
from node.ids import new_id
from node.model import Model
from node.notices import settle, tell
from node.people.permissions import Act
from node.readmodels import needs, results
from node.search import Asked, Hit, Kind, Search, ask_about, read_touched
from node.store import MatchAlert, SavedSearch, table_of
from protocol.keys import digest

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

SEARCHES_MAX = 500
BEST = 10
SHARE_OF_BEST = 0.5
EVERY_S = 60
MATCH = "match.found"

_SEARCH = table_of(SavedSearch)
_ALERT = table_of(MatchAlert)


class SavedSearchInput(Model):
    """What to wait for: results that fit a need or words, or needs that fit a result or words."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    person: Annotated[str, Field(max_length=40, description="who waits for it")] = ""
    kind: Literal["results", "needs"] = "results"
    text: Annotated[str, Field(max_length=2_000)] = ""
    need: Annotated[str, Field(max_length=64)] = ""
    result: Annotated[str, Field(max_length=64)] = ""

    @model_validator(mode="after")
    def _check(self) -> "SavedSearchInput":
        if not (self.text.strip() or self.need or self.result):
            raise ValueError("there is nothing to wait for: give text, a need or a result")
        if self.need and self.result:
            raise ValueError("give a need or a result, not both")
        return self


class SavedSearchView(SavedSearchInput):
    """A search as it is kept; ``created_ms`` in Unix ms."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: str
    created_ms: int


class SavedSearchList(Model):
    """Saved searches, newest first."""

    items: list[SavedSearchView]


class AlertView(Model):
    """Something that arrived and fits a saved search; ``read_ms`` once somebody read it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    search: str
    search_name: str
    kind: str
    found: str
    title: str
    terms: list[str]
    at_ms: int
    read_ms: int | None


class AlertList(Model):
    """Alerts, newest first."""

    items: list[AlertView]


class AlertQuery(Model):
    """Which alerts."""

    model_config = ConfigDict(extra="forbid")

    unread: Annotated[bool, Field(description="only those nobody has read")] = False
    limit: Annotated[int, Field(ge=1, le=500)] = 100


async def save_search(node: "Node", body: SavedSearchInput) -> SavedSearchView:
    """Wait for what fits, from now on.

    Raises:
        NotFoundError: no such need or result is held here.
        ConflictError: as many searches are saved as a station may have.
    """
    now = node.clock.now_ms()
    view = SavedSearchView(**body.model_dump(), id=new_id(node.random), created_ms=now)

    def save(tx: "Writing") -> None:
        ask_about(tx, need=body.need, result=body.result)
        held = tx.connection.execute(select(func.count()).select_from(_SEARCH)).scalar() or 0
        if held >= SEARCHES_MAX:
            raise ConflictError(f"{SEARCHES_MAX} searches are saved already.", "Remove one first.")
        mark = {"epoch": tx.feed_epoch, "position": tx.feed_head}
        tx.insert(SavedSearch, [{**view.model_dump(), **mark}])

    await node.store.awrite(save)
    return view


async def list_searches(node: "Node") -> SavedSearchList:
    """The saved searches of this station."""
    statement = select(_SEARCH).order_by(_SEARCH.c.created_ms.desc(), _SEARCH.c.id)
    rows = await node.store.aread(lambda reading: reading.connection.execute(statement).all())
    shown = [{k: v for k, v in row._mapping.items() if k not in _MARK} for row in rows]
    return SavedSearchList(items=[SavedSearchView.model_validate(each) for each in shown])


_MARK = ("epoch", "position")


async def remove_search(node: "Node", path: IdPath) -> IdPath:
    """Wait no longer; its alerts go with it.

    Raises:
        NotFoundError: no such search is saved here.
    """

    def remove(tx: "Writing") -> None:
        if not tx.connection.execute(delete(_SEARCH).where(_SEARCH.c.id == path.id)).rowcount:
            raise NotFoundError(f"no search {path.id} is saved here", "List them first.")
        tx.connection.execute(delete(_ALERT).where(_ALERT.c.search == path.id))

    await node.store.awrite(remove)
    return path


async def list_alerts(node: "Node", query: AlertQuery) -> AlertList:
    """What arrived and fits a saved search."""
    joined = _ALERT.join(_SEARCH, _SEARCH.c.id == _ALERT.c.search)
    statement = select(_ALERT, _SEARCH.c.name.label("search_name")).select_from(joined)
    if query.unread:
        statement = statement.where(_ALERT.c.read_ms.is_(None))
    statement = statement.order_by(_ALERT.c.at_ms.desc(), _ALERT.c.id).limit(query.limit)
    rows = await node.store.aread(lambda reading: reading.connection.execute(statement).all())
    shown = [{**row._mapping, "terms": json.loads(row.terms)} for row in rows]
    return AlertList(items=[AlertView.model_validate(each) for each in shown])


async def read_alert(node: "Node", path: IdPath) -> IdPath:
    """Note that an alert was read; one read before stays as it is.

    Raises:
        NotFoundError: no such alert is kept here.
    """
    now = node.clock.now_ms()

    def note(tx: "Writing") -> None:
        of = _ALERT.c.id == path.id
        if not tx.connection.execute(select(_ALERT.c.id).where(of)).first():
            raise NotFoundError(f"no alert {path.id} is kept here", "List them first.")
        unread = of & _ALERT.c.read_ms.is_(None)
        tx.connection.execute(update(_ALERT).where(unread).values(read_ms=now))
        settle(tx, now, (MATCH,), path.id)

    await node.store.awrite(note)
    return path


async def tell_of_matches(node: Workplace) -> None:
    """Look at what arrived since the last time, and put down what fits a saved search."""
    if node.search is None:
        return
    statement = select(_SEARCH).order_by(_SEARCH.c.id)
    rows = await node.store.aread(lambda reading: reading.connection.execute(statement).all())
    seen: dict[tuple[int, int], Arrived] = {}
    looked: list[Looked] = []
    for row in rows:
        mark = (row.epoch, row.position)
        if mark not in seen:
            seen[mark] = await node.store.aread(partial(read_touched, mark=mark))
        touched, now, is_known = seen[mark]
        if now == mark:
            continue
        alerts: list[dict[str, object]] = []
        if touched[row.kind] or not is_known:
            fresh = touched[row.kind] if is_known else None
            alerts = await _find_alerts(node, node.search, dict(row._mapping), fresh)
        looked.append(Looked(row.id, alerts, now))
    if looked:
        await node.store.awrite(lambda tx: put_alerts(tx, looked))


Arrived = tuple[dict[Kind, set[str]], tuple[int, int], bool]


class Looked(NamedTuple):
    """What came of looking at one saved search: its alerts, and how far was looked."""

    search: str
    alerts: list[dict[str, object]]
    mark: tuple[int, int]


async def _find_alerts(
    node: Workplace, index: Search, saved: dict[str, str], fresh: set[str] | None
) -> list[dict[str, object]]:
    """What fits and is fresh; where the feed has forgotten what is, what was revised since."""
    asked = await node.store.aread(lambda reading: _ask(reading, saved))
    if asked is None:
        return []
    kind: Kind = "needs" if saved["kind"] == "needs" else "results"
    hits = await index.afind(kind, asked.question, BEST)
    find_many = needs.find_many if kind == "needs" else results.find_many
    views = await node.store.aread(lambda reading: find_many(reading, [hit.id for hit in hits]))
    since = int(saved["created_ms"])
    at_ms = node.clock.now_ms()
    return [
        {
            "id": digest(f"{saved['id']} {hit.id}".encode()),
            "search": saved["id"],
            "kind": kind,
            "found": hit.id,
            "title": views[hit.id].title,
            "terms": json.dumps(_reasons(hit), ensure_ascii=False),
            "at_ms": at_ms,
            "read_ms": None,
        }
        for hit in _worth_telling(hits)
        if hit.id in views
        and (hit.id in fresh if fresh is not None else views[hit.id].revised >= since)
    ]


def _worth_telling(hits: Sequence[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.score >= SHARE_OF_BEST * hits[0].score and _reasons(hit)]


def _reasons(hit: Hit) -> list[str]:
    return [*hit.terms, *(f"{said}＝{meant}" for said, meant in hit.meanings)]


def _ask(reading: "Reading", saved: dict[str, str]) -> Asked | None:
    """The question, or None where the need or result it was about is no longer open."""
    try:
        asked = ask_about(reading, text=saved["text"], need=saved["need"], result=saved["result"])
    except NotFoundError:
        return None
    return asked if asked.about is None or asked.about.state == "open" else None


def put_alerts(tx: "Writing", looked: Sequence[Looked]) -> None:
    """Alerts and how far was looked, in one transaction; what was told before is not told again."""
    for search, alerts, (epoch, position) in looked:
        moved = update(_SEARCH).where(_SEARCH.c.id == search)
        if not tx.connection.execute(moved.values(epoch=epoch, position=position)).rowcount:
            continue
        ids = [alert["id"] for alert in alerts]
        told = set(tx.connection.execute(select(_ALERT.c.id).where(_ALERT.c.id.in_(ids))).scalars())
        new = [alert for alert in alerts if alert["id"] not in told]
        if new:
            tx.insert(MatchAlert, new)
            _tell(tx, search, new)


def _tell(tx: "Writing", search: str, alerts: Sequence[Mapping[str, object]]) -> None:
    """Alerts as notices, in the transaction that keeps them."""
    name = tx.connection.execute(select(_SEARCH.c.name).where(_SEARCH.c.id == search)).scalar()
    for each in alerts:
        given = {"search": name or "", "title": each["title"]}
        at_ms, id_ = cast(int, each["at_ms"]), str(each["id"])
        link = f"/{each['kind']}/{each['found']}"
        tell(tx, at_ms, MATCH, id_, given=given, link=link)


JOB = Job("tell-of-matches", EVERY_S, tell_of_matches)
ROUTES = (
    Route("GET", "/searches", list_searches, "Saved searches", ("D13",), act=Act.WATCH),
    Route("POST", "/searches", save_search, "Save a search", ("D13",), 201, act=Act.WATCH),
    Route(
        "POST",
        "/searches/{id}/remove",
        remove_search,
        "Remove a saved search",
        ("D13",),
        act=Act.WATCH,
    ),
    Route("GET", "/alerts", list_alerts, "What fits a saved search", ("D13",), act=Act.WATCH),
    Route(
        "POST", "/alerts/{id}/read", read_alert, "Note an alert as read", ("D13",), act=Act.WATCH
    ),
)
