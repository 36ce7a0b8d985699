"""Activities: the title and the note stay here, the numbers are published (D8, L2, M6)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from grassroots.engagements.book import Id, Note, Title, get_view
from grassroots.engagements.rows import list_rows
from node.calendar import day_of, read_period
from node.drafting import draft, own_station, publish
from node.ids import new_id
from node.model import Model
from node.readmodels import activities
from node.readmodels.activities import Served
from node.readmodels.rows import equal
from node.store import table_of
from node.store.services import Activity
from protocol.records.fields import Count, Day
from protocol.records.performance import ActivityHeld, ActivityKind

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_ACTIVITY = table_of(Activity)


class ActivityInput(Model):
    """An activity that was held: title, place and note stay here (L2)."""

    model_config = ConfigDict(extra="forbid")

    kind: ActivityKind
    title: Title
    on: Day | None = None
    days: Annotated[int, Field(ge=1, le=366)] = 1
    place: Annotated[str, Field(max_length=200)] = ""
    participants: Count = 0
    enterprises: Count = 0
    division: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")] | None = None
    engagement: Id | None = None
    note: Note = ""


class ActivityView(Model):
    """An activity as the station keeps it; ``entry`` is its public record."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    kind: str
    title: str
    on_date: str
    days: int
    place: str
    participants: int
    enterprises: int
    engagement: str | None
    note: str
    entry: str
    created_ms: int


class ActivityQuery(Model):
    """Which activities of this station."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[str, Field(max_length=20)] = ""
    engagement: Id = ""


class ActivityList(Model):
    """Activities, newest first."""

    items: list[ActivityView]


class ServedQuery(Model):
    """Whose numbers, and of when: 2026, 2026-Q4 or 2026-11; all where empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: Id = ""
    period: Annotated[str, Field(max_length=7)] = ""


async def add_activity(node: "Node", body: ActivityInput) -> ActivityView:
    """Record an activity: its numbers are published, the rest is kept.

    Raises:
        NotFoundError: the engagement is not kept here.
        InvalidError: more enterprises than participants, a division there is not.
    """
    own_station(node)
    if body.engagement is not None:
        engagement = body.engagement
        await node.store.aread(lambda reading: get_view(reading, engagement))
    now_ms = node.clock.now_ms()
    on = body.on or day_of(now_ms)
    told = body.model_dump(include={"days", "kind", "participants", "enterprises"})
    record = draft(ActivityHeld, {**told, "on": on, "division": body.division})
    published = await publish(node, record)
    row = {
        **body.model_dump(exclude={"on", "division"}),
        "id": new_id(node.random),
        "on_date": on,
        "entry": published.id,
        "created_ms": now_ms,
    }
    await node.store.awrite(lambda tx: tx.insert(Activity, [row]))
    return ActivityView.model_validate(row)


def find(reading: "Reading", query: ActivityQuery) -> list[ActivityView]:
    """Activities of this station, newest first, 500 at most."""
    table = _ACTIVITY.c
    conditions = equal((table.kind, query.kind), (table.engagement, query.engagement))
    order = (table.on_date.desc(), table.created_ms.desc(), table.id)
    rows = list_rows(reading, Activity, *conditions, order=order)
    return [ActivityView.model_validate(row) for row in rows]


async def list_activities(node: "Node", query: ActivityQuery) -> ActivityList:
    """The activities of this station, with titles and notes."""
    return ActivityList(items=await node.store.aread(lambda reading: find(reading, query)))


async def get_served(node: "Node", query: ServedQuery) -> Served:
    """Activities, services and surveys of impact in numbers, of a station or of all."""
    span = read_period(query.period) if query.period else None
    days = (span.first_day, span.last_day) if span else ("", "")
    return await node.store.aread(lambda reading: activities.totals(reading, query.station, *days))
