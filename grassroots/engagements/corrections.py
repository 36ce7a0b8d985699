"""Amending and withdrawing tasks, promised figures, outputs and outcomes, with a reason (E10, E15,
F7, G8)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import ConfigDict, Field
from sqlalchemy import Row
from sqlmodel import SQLModel

from grassroots.engagements.book import Note, Person, Title, Unit, check_open
from grassroots.engagements.figures import MilestoneView
from grassroots.engagements.history import (
    Part,
    Reason,
    ReasonInput,
    Values,
    check_kept,
    note_correction,
)
from grassroots.engagements.rows import change_row, get_row
from grassroots.engagements.work import AchievementView, TaskView, check_kind
from node.calendar import day_of
from node.drafting import IdPath
from node.errors import InvalidError
from node.model import Model
from node.people import Actor
from node.store.services import Achievement, Milestone, Task
from protocol.records.fields import Count, Day, Fen

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Writing

TASK_FIELDS = ("what", "person", "due", "done_on")
"""What can be corrected of a task."""
MILESTONE_FIELDS = ("what", "unit", "due", "target", "reached")
"""What can be corrected of a promised figure."""
ACHIEVEMENT_FIELDS = ("kind", "title", "on_date", "number", "amount_fen", "note")
"""What can be corrected of an output or an outcome."""


class TaskAmendInput(Model):
    """What a task should have said, and why; what is not given stays (F7).

    A day that is given as null is taken away: without ``done_on`` the task is to be done again.
    """

    model_config = ConfigDict(extra="forbid")

    what: Title | None = None
    person: Person | None = None
    due: Day | None = None
    done_on: Day | None = None
    reason: Reason


class MilestoneAmendInput(Model):
    """What a promised figure should have said, and why; what is not given stays (G8).

    What it came to is taken away where ``reached`` is given as null.
    """

    model_config = ConfigDict(extra="forbid")

    what: Title | None = None
    unit: Unit | None = None
    due: Day | None = None
    target: Count | None = None
    reached: Count | None = None
    reason: Reason


class AchievementAmendInput(Model):
    """What an output or an outcome should have said, and why; what is not given stays (E15).

    An amount that is given as null is taken away.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=20)] | None = None
    title: Title | None = None
    on: Day | None = None
    number: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    amount_fen: Fen | None = None
    note: Note | None = None
    reason: Reason


class _Correctable(NamedTuple):
    """What is alike in correcting: the table, what a row is called, what can be corrected of it,
    which part it is (None where its ``sort`` says so), and whether its engagement must go on.
    """

    table: type[SQLModel]
    name: str
    fields: tuple[str, ...]
    part: Part | None
    while_open: bool = False


_TASK = _Correctable(Task, "task", TASK_FIELDS, "task", while_open=True)
_MILESTONE = _Correctable(Milestone, "milestone", MILESTONE_FIELDS, "milestone")
_ACHIEVEMENT = _Correctable(Achievement, "output or outcome", ACHIEVEMENT_FIELDS, None)
_SORTS: dict[str, Part] = {"output": "output", "outcome": "outcome"}

Change = Callable[[Row[tuple[object, ...]]], Values]
"""What is to be changed of a row; may refuse."""


async def _correct(
    node: "Node", actor: Actor, of: _Correctable, id_: str, reason: str, change: Change | None
) -> Values:
    """Change a row, or withdraw it where there is no change; what it said is kept.

    Returns:
        The row as it is then.

    Raises:
        NotFoundError: none by that id is kept here.
        ConflictError: it was withdrawn, or its engagement has ended.
        InvalidError: nothing is changed.
    """

    def write(tx: "Writing") -> Values:
        row = get_row(tx, of.table, id_, of.name)
        if of.while_open:
            check_open(tx, str(row.engagement))
        check_kept(row)
        before: Values = {name: row._mapping[name] for name in of.fields}
        after = None if change is None else before | change(row)
        part = of.part or _SORTS[row.sort]
        note_correction(node, tx, actor, part, row, before, after, reason)
        change_row(tx, of.table, id_, **(after or {"withdrawn_ms": node.clock.now_ms()}))
        return {**row._mapping, **(after or {})}

    return await node.store.awrite(write)


async def amend_task(node: "Node", actor: Actor, path: IdPath, body: TaskAmendInput) -> TaskView:
    """Correct a task of an engagement that goes on; what it said before is kept (F7).

    Raises:
        NotFoundError: no such task is kept here.
        ConflictError: it was withdrawn, or its engagement has ended.
        InvalidError: it is said to be done on a day to come, or nothing is changed.
    """
    if body.done_on is not None and body.done_on > day_of(node.clock.now_ms()):
        raise InvalidError("That day has not come.", "Correct the day.", {"done_on": "too late"})
    given = _given(body, "due", "done_on")
    now = await _correct(node, actor, _TASK, path.id, body.reason, lambda _: given)
    return TaskView.model_validate(now)


async def withdraw_task(node: "Node", actor: Actor, path: IdPath, body: ReasonInput) -> TaskView:
    """Take a task of an engagement that goes on away; that it was there is kept (F7).

    Raises:
        NotFoundError: no such task is kept here.
        ConflictError: it was withdrawn before, or its engagement has ended.
    """
    return TaskView.model_validate(await _correct(node, actor, _TASK, path.id, body.reason, None))


async def amend_milestone(
    node: "Node", actor: Actor, path: IdPath, body: MilestoneAmendInput
) -> MilestoneView:
    """Correct a promised figure, after the engagement's end, too (G8).

    Raises:
        NotFoundError: no such figure is kept here.
        ConflictError: it was withdrawn.
        InvalidError: nothing is changed.
    """
    given = _given(body, "reached")
    now = await _correct(node, actor, _MILESTONE, path.id, body.reason, lambda _: given)
    return MilestoneView.model_validate(now)


async def withdraw_milestone(
    node: "Node", actor: Actor, path: IdPath, body: ReasonInput
) -> MilestoneView:
    """Take a promised figure away; that it was promised is kept (G8).

    Raises:
        NotFoundError: no such figure is kept here.
        ConflictError: it was withdrawn before.
    """
    now = await _correct(node, actor, _MILESTONE, path.id, body.reason, None)
    return MilestoneView.model_validate(now)


async def amend_achievement(
    node: "Node", actor: Actor, path: IdPath, body: AchievementAmendInput
) -> AchievementView:
    """Correct an output or an outcome, after the engagement's end, too (E15).

    Raises:
        NotFoundError: no such output or outcome is kept here.
        ConflictError: it was withdrawn.
        InvalidError: no such kind, or nothing is changed.
    """
    given = _given(body, "amount_fen")
    if "on" in given:
        given["on_date"] = given.pop("on")

    def change(row: Row[tuple[object, ...]]) -> Values:
        if body.kind is not None:
            check_kind(row.sort, body.kind)
        return given

    now = await _correct(node, actor, _ACHIEVEMENT, path.id, body.reason, change)
    return AchievementView.model_validate(now)


async def withdraw_achievement(
    node: "Node", actor: Actor, path: IdPath, body: ReasonInput
) -> AchievementView:
    """Take an output or an outcome away; that it was there is kept (E15).

    Raises:
        NotFoundError: no such output or outcome is kept here.
        ConflictError: it was withdrawn before.
    """
    now = await _correct(node, actor, _ACHIEVEMENT, path.id, body.reason, None)
    return AchievementView.model_validate(now)


def _given(
    body: TaskAmendInput | MilestoneAmendInput | AchievementAmendInput, *clearable: str
) -> Values:
    """What is to be changed; only what may be taken away may be null."""
    told: Values = body.model_dump(exclude_unset=True, exclude={"reason"})
    return {name: value for name, value in told.items() if value is not None or name in clearable}
