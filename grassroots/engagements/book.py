"""Engagements: work agreed for an enterprise, from its goal to the services rendered (B13, D9)."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field, field_validator
from sqlalchemy import func, select

from grassroots.engagements.catalogue import check_services
from grassroots.engagements.rows import change_row, find_row, get_row, list_rows
from grassroots.enterprises import get_enterprise
from grassroots.needs import find_origin
from node.calendar import day_of
from node.drafting import IdPath, draft, own_station, publish
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.ids import new_id
from node.model import Model
from node.readmodels import needs, referrals
from node.readmodels.rows import contains, equal
from node.store import Enterprise, table_of
from node.store.services import Engagement, Task
from protocol.records.fields import Day
from protocol.records.performance import ServiceRendered

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

State = Literal["planned", "active", "done", "stopped"]
OPEN = ("planned", "active")
ROWS_MAX = 500
REASON_CHARS_MAX = 2_000

_ENGAGEMENT = table_of(Engagement)
_TASK = table_of(Task)

Id = Annotated[str, Field(max_length=64)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Unit = Annotated[str, Field(max_length=20)]
Person = Annotated[str, Field(max_length=60)]
Note = Annotated[str, Field(max_length=8_000)]


class EngagementInput(Model):
    """What is agreed: services by their codes, the goal, the days, who answers for it (E10, N8).

    A referral brings its need, a need the enterprise it came from, where they are not given.
    """

    model_config = ConfigDict(extra="forbid")

    title: Title
    enterprise: Id | None = None
    need: Id | None = None
    referral: Id | None = None
    services: Annotated[list[str], Field(min_length=1, max_length=16)]
    goal: Note = ""
    begins: Day | None = None
    ends: Day | None = None
    person: Person = ""
    note: Note = ""


class EngagementView(Model):
    """An engagement as it is kept; ``entry`` the public record of the services rendered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    title: str
    enterprise: str | None
    need: str | None
    referral: str | None
    services: list[str]
    goal: str
    begins: str
    ends: str | None
    person: str
    state: str
    note: str
    entry: str | None
    created_ms: int
    changed_ms: int

    @field_validator("services", mode="before")
    @classmethod
    def _split(cls, services: object) -> object:
        return services.split() if isinstance(services, str) else services


class EngagementQuery(Model):
    """Which engagements, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: Annotated[str, Field(max_length=200, description="words of title, goal or person")] = ""
    state: Annotated[str, Field(pattern=r"^(|planned|active|done|stopped)$")] = ""
    enterprise: Id = ""
    need: Id = ""
    referral: Id = ""


class EngagementList(Model):
    """Engagements, newest first."""

    items: list[EngagementView]


class FinishInput(Model):
    """The day the work was done; today if none is given."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = None


class StopInput(Model):
    """Why the work ended before its goal, and the day it did; today if none is given."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = None
    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]


def get_view(reading: "Reading", id_: str) -> EngagementView:
    """The engagement with this id.

    Raises:
        NotFoundError: none by that id is kept here.
    """
    return EngagementView.model_validate(get_row(reading, Engagement, id_, "engagement"))


def check_open(reading: "Reading", id_: str) -> EngagementView:
    """An engagement that may still be changed.

    Raises:
        NotFoundError: none by that id is kept here.
        ConflictError: it has ended.
    """
    view = get_view(reading, id_)
    if view.state not in OPEN:
        raise ConflictError(
            f"that engagement is {view.state} already", "Begin another for what is still to do."
        )
    return view


def find(reading: "Reading", query: EngagementQuery) -> list[EngagementView]:
    """Engagements, newest first, 500 at most."""
    table = _ENGAGEMENT.c
    conditions = equal(
        (table.state, query.state),
        (table.enterprise, query.enterprise),
        (table.need, query.need),
        (table.referral, query.referral),
    )
    if query.q:
        conditions.append(contains(query.q, table.title, table.goal, table.person))
    order = (table.created_ms.desc(), table.id)
    rows = list_rows(reading, Engagement, *conditions, order=order, limit=ROWS_MAX)
    return [EngagementView.model_validate(row) for row in rows]


def count_states(reading: "Reading") -> dict[str, int]:
    """How many engagements stand where."""
    query = select(_ENGAGEMENT.c.state, func.count()).group_by(_ENGAGEMENT.c.state)
    return dict(reading.connection.execute(query).all())


async def list_engagements(node: "Node", query: EngagementQuery) -> EngagementList:
    """The engagements of this station, newest first."""
    return EngagementList(items=await node.store.aread(lambda reading: find(reading, query)))


async def add_engagement(node: "Node", body: EngagementInput) -> EngagementView:
    """Begin an engagement; nothing of it is published before it is finished."""
    services = check_services(body.services)
    now_ms = node.clock.now_ms()
    fields = body.model_dump()
    fields.update(await _origin(node, body))
    begins = body.begins or day_of(now_ms)
    _check_days(begins, body.ends)
    row = {
        **fields,
        "id": new_id(node.random),
        "services": " ".join(services),
        "begins": begins,
        "state": "planned" if begins > day_of(now_ms) else "active",
        "entry": None,
        "created_ms": now_ms,
        "changed_ms": now_ms,
    }
    await node.store.awrite(lambda tx: tx.insert(Engagement, [row]))
    return EngagementView.model_validate(row)


def _check_days(begins: str, ends: str | None) -> None:
    if ends is not None and ends < begins:
        raise InvalidError(
            "It ends before it begins.", "Correct one of the days.", {"ends": "before begins"}
        )


async def _origin(node: "Node", body: EngagementInput) -> dict[str, str | None]:
    """Referral, need and enterprise, each checked, the latter two from the first if they can be.

    Raises:
        NotFoundError: one of them is not held here.
        NotAllowedError: this station is no party to the referral.
    """
    enterprise, need, referral = (each or None for each in _named(body))
    if referral is not None:
        case = referral
        view = await node.store.aread(lambda reading: referrals.get(reading, case))
        if own_station(node).id not in (view.sender, view.receiver):
            raise NotAllowedError("This station is no party to that referral.")
        need = need or view.need
    if need is not None:
        opening = need
        await node.store.aread(lambda reading: needs.get(reading, opening))
        enterprise = enterprise or await find_origin(node, opening)
    if enterprise is not None:
        card = enterprise
        await node.store.aread(lambda reading: get_enterprise(reading, card))
    return {"enterprise": enterprise, "need": need, "referral": referral}


def _named(body: EngagementInput) -> tuple[str | None, str | None, str | None]:
    return body.enterprise, body.need, body.referral


async def amend_engagement(node: "Node", path: IdPath, body: EngagementInput) -> EngagementView:
    """Give an engagement that has not ended a whole new content."""
    old = await node.store.aread(lambda reading: check_open(reading, path.id))
    services = check_services(body.services)
    fields = body.model_dump()
    fields.update(await _origin(node, body))
    begins = body.begins or old.begins
    _check_days(begins, body.ends)
    fields |= {"services": " ".join(services), "begins": begins}
    return await _change(node, path.id, **fields)


async def start_engagement(node: "Node", path: IdPath) -> EngagementView:
    """Begin the work of a planned engagement."""
    view = await node.store.aread(lambda reading: check_open(reading, path.id))
    if view.state == "active":
        raise ConflictError("that engagement has begun already")
    return await _change(node, path.id, state="active", begins=day_of(node.clock.now_ms()))


async def stop_engagement(node: "Node", path: IdPath, body: StopInput) -> EngagementView:
    """End an engagement before its goal; nothing is published (D9).

    Raises:
        ConflictError: it has ended.
        InvalidError: the day is before it began.
    """
    view = await node.store.aread(lambda reading: check_open(reading, path.id))
    on = body.on or max(day_of(node.clock.now_ms()), view.begins)
    _check_days(view.begins, on)
    note = f"{view.note}\n{body.reason}".strip()
    return await _change(node, path.id, state="stopped", ends=on, note=note)


async def finish_engagement(node: "Node", path: IdPath, body: FinishInput) -> EngagementView:
    """End an engagement whose services were rendered, and publish that they were, in numbers.

    Raises:
        ConflictError: it has ended, or a task of it is not done.
    """
    own_station(node)
    on = body.on or day_of(node.clock.now_ms())
    view, tasks = await node.store.aread(
        lambda reading: (check_open(reading, path.id), count_tasks(reading, path.id))
    )
    if on < view.begins:
        raise InvalidError("It ends before it begins.", "Correct the day.", {"on": "too early"})
    if tasks[0] > tasks[1]:
        raise ConflictError(
            f"{tasks[0] - tasks[1]} of its tasks are not done.",
            "Note each as done or withdraw it, or stop the engagement, with a reason.",
        )
    card = await node.store.aread(lambda reading: _card(reading, view.enterprise))
    record = draft(
        ServiceRendered,
        {
            "on": on,
            "services": view.services,
            "case": view.referral,
            "industry": card[0],
            "division": card[1],
            "tasks_done": tasks[1],
        },
    )
    published = await publish(node, record, view.referral or "-")
    return await _change(node, path.id, state="done", ends=on, entry=published.id)


def _card(reading: "Reading", enterprise: str | None) -> tuple[str | None, str | None]:
    """Industry and division of the enterprise, if there is one and its card says them."""
    row = None if enterprise is None else find_row(reading, Enterprise, enterprise)
    return (None, None) if row is None else (row.industry, row.division)


def count_tasks(reading: "Reading", engagement: str) -> tuple[int, int]:
    """How many tasks an engagement has, and how many of them are done; none that was withdrawn."""
    query = select(func.count(), func.count(_TASK.c.done_on)).where(
        _TASK.c.engagement == engagement, _TASK.c.withdrawn_ms.is_(None)
    )
    every, done = reading.connection.execute(query).one()
    return int(every), int(done)


async def _change(node: "Node", id_: str, **values: object) -> EngagementView:
    values["changed_ms"] = node.clock.now_ms()
    await node.store.awrite(lambda tx: change_row(tx, Engagement, id_, **values))
    return await node.store.aread(lambda reading: get_view(reading, id_))
