"""What an engagement is made of: tasks, outputs and outcomes, beside its figures (E10, E15, F7).

An output is a thing that was made; an outcome is what changed at the enterprise by it. They are
asked for apart, kept apart and shown apart.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from grassroots.engagements.book import EngagementView, Note, Person, Title, check_open, get_view
from grassroots.engagements.figures import MilestoneView
from grassroots.engagements.history import CorrectionView, check_kept, find_corrections
from grassroots.engagements.rows import add_row, change_row, get_row, list_rows
from node.calendar import day_of
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError
from node.model import Model
from node.store import table_of
from node.store.services import Achievement, Engagement, Milestone, Task
from protocol.records.fields import Day, Fen

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

OUTPUTS = (
    "report",
    "plan",
    "prototype",
    "patent",
    "standard",
    "software",
    "paper",
    "material",
    "other",
)
"""Things an engagement makes."""
OUTCOMES = ("quality", "energy", "solved", "landed", "talent", "income", "jobs", "other")
"""What changes at the enterprise (E15): products and quality, energy and emissions, …"""
KINDS = {"output": OUTPUTS, "outcome": OUTCOMES}

_TASK = table_of(Task)
_MILESTONE = table_of(Milestone)
_ACHIEVEMENT = table_of(Achievement)
_ENGAGEMENT = table_of(Engagement)


class TaskInput(Model):
    """Something to do: by whom and by when (F7, N8)."""

    model_config = ConfigDict(extra="forbid")

    what: Title
    person: Person = ""
    due: Day | None = None


class TaskView(Model):
    """A task as it is kept."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    engagement: str
    what: str
    person: str
    due: str | None
    done_on: str | None
    created_ms: int


class DoneInput(Model):
    """The day a task was done; today if none is given."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = None


class AchievementInput(Model):
    """Something made (output) or something changed (outcome), never both (E15)."""

    model_config = ConfigDict(extra="forbid")

    sort: Literal["output", "outcome"]
    kind: Annotated[str, Field(max_length=20)]
    title: Title
    on: Day | None = None
    number: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    amount_fen: Fen | None = None
    note: Note = ""


class AchievementView(Model):
    """An output or an outcome as it is kept."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    engagement: str
    sort: str
    kind: str
    title: str
    on_date: str
    number: int
    amount_fen: int | None
    note: str
    created_ms: int


class EngagementDetail(Model):
    """An engagement with its tasks, promised figures, outputs and, apart, outcomes.

    What was withdrawn is in ``corrections`` alone, with what was amended, the newest first.
    """

    engagement: EngagementView
    tasks: list[TaskView]
    milestones: list[MilestoneView]
    outputs: list[AchievementView]
    outcomes: list[AchievementView]
    corrections: list[CorrectionView]


class DueTask(TaskView):
    """An open task with the engagement's title; ``is_late`` when its day has passed."""

    title: str
    is_late: bool


class TaskList(Model):
    """Open tasks of open engagements, the earliest due first."""

    items: list[DueTask]


def read_detail(reading: "Reading", id_: str) -> EngagementDetail:
    """An engagement with everything in it.

    Raises:
        NotFoundError: none by that id is kept here.
    """
    view = get_view(reading, id_)
    tasks = list_rows(
        reading,
        Task,
        *(_TASK.c.engagement == id_, _TASK.c.withdrawn_ms.is_(None)),
        order=(_TASK.c.created_ms, _TASK.c.id),
    )
    milestones = list_rows(
        reading,
        Milestone,
        *(_MILESTONE.c.engagement == id_, _MILESTONE.c.withdrawn_ms.is_(None)),
        order=(_MILESTONE.c.due, _MILESTONE.c.id),
    )
    came = [
        AchievementView.model_validate(row)
        for row in list_rows(
            reading,
            Achievement,
            *(_ACHIEVEMENT.c.engagement == id_, _ACHIEVEMENT.c.withdrawn_ms.is_(None)),
            order=(_ACHIEVEMENT.c.on_date, _ACHIEVEMENT.c.id),
        )
    ]
    return EngagementDetail(
        engagement=view,
        tasks=[TaskView.model_validate(row) for row in tasks],
        milestones=[MilestoneView.model_validate(row) for row in milestones],
        outputs=[each for each in came if each.sort == "output"],
        outcomes=[each for each in came if each.sort == "outcome"],
        corrections=find_corrections(reading, id_),
    )


async def get_engagement(node: "Node", path: IdPath) -> EngagementDetail:
    """One engagement with its tasks, promised figures, outputs and outcomes."""
    return await node.store.aread(lambda reading: read_detail(reading, path.id))


async def list_tasks(node: "Node") -> TaskList:
    """What is still to do in the engagements of this station, the earliest due first."""
    today = day_of(node.clock.now_ms())
    return TaskList(items=await node.store.aread(lambda reading: find_due(reading, today)))


def find_due(reading: "Reading", today: str) -> list[DueTask]:
    """Open tasks of open engagements, the earliest due first, those without a day last."""
    titles = {
        row.id: row.title
        for row in list_rows(
            reading,
            Engagement,
            _ENGAGEMENT.c.state.in_(("planned", "active")),
            order=(_ENGAGEMENT.c.id,),
            limit=10_000,
        )
    }
    rows = list_rows(
        reading,
        Task,
        *(_TASK.c.done_on.is_(None), _TASK.c.withdrawn_ms.is_(None)),
        order=(_TASK.c.due.is_(None), _TASK.c.due, _TASK.c.id),
        limit=10_000,
    )
    open_ = [TaskView.model_validate(row) for row in rows if row.engagement in titles]
    return [
        DueTask(
            **each.model_dump(),
            title=titles[each.engagement],
            is_late=each.due is not None and each.due < today,
        )
        for each in open_
    ]


async def add_task(node: "Node", path: IdPath, body: TaskInput) -> TaskView:
    """Add a task to an engagement that has not ended."""

    def write(tx: "Writing") -> TaskView:
        check_open(tx, path.id)
        said = body.model_dump()
        row = add_row(node, tx, Task, **said, engagement=path.id, done_on=None)
        return TaskView.model_validate(row)

    return await node.store.awrite(write)


async def finish_task(node: "Node", path: IdPath, body: DoneInput) -> TaskView:
    """Note a task as done (F7).

    Raises:
        NotFoundError: no such task is kept here.
        ConflictError: it is done already, was withdrawn, or its engagement has ended.
    """
    on = body.on or day_of(node.clock.now_ms())

    def write(tx: "Writing") -> TaskView:
        task = get_row(tx, Task, path.id, "task")
        check_open(tx, str(task.engagement))
        check_kept(task)
        if task.done_on is not None:
            raise ConflictError(f"that task was done on {task.done_on} already")
        change_row(tx, Task, path.id, done_on=on)
        return TaskView.model_validate({**task._mapping, "done_on": on})

    return await node.store.awrite(write)


def check_kind(sort: str, kind: str) -> None:
    """Check that there is such a kind of output or of outcome (E15).

    Raises:
        InvalidError: there is not.
    """
    if kind not in KINDS[sort]:
        raise InvalidError(
            f"{kind} is no kind of {sort}.",
            f"Choose one of: {', '.join(KINDS[sort])}.",
            {"kind": f"no kind of {sort}"},
        )


async def add_achievement(node: "Node", path: IdPath, body: AchievementInput) -> AchievementView:
    """Note an output or an outcome; after the engagement's end, too."""
    check_kind(body.sort, body.kind)
    said = body.model_dump(exclude={"on"})
    on = body.on or day_of(node.clock.now_ms())

    def write(tx: "Writing") -> AchievementView:
        get_view(tx, path.id)
        row = add_row(node, tx, Achievement, **said, engagement=path.id, on_date=on)
        return AchievementView.model_validate(row)

    return await node.store.awrite(write)
