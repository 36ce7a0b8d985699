"""Amending and withdrawing tasks, outputs and outcomes, with a reason (E10, E15, F7)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import Row

from grassroots.engagements.book import Note, Person, Title, check_open
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
from node.store.services import Achievement, Task
from protocol.records.fields import Day, Fen

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Writing

TASK_FIELDS = ("what", "person", "due", "done_on")
"""What can be corrected of a task."""
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


async def amend_task(node: "Node", actor: Actor, path: IdPath, body: TaskAmendInput) -> TaskView:
    """Correct a task of an engagement that goes on; what it said before is kept (F7).

    Raises:
        NotFoundError: no such task is kept here.
        ConflictError: it was withdrawn, or its engagement has ended.
        InvalidError: it is said to be done on a day to come, or nothing is changed.
    """
    if body.done_on is not None and body.done_on > day_of(node.clock.now_ms()):
        raise InvalidError("That day has not come.", "Correct the day.", {"done_on": "too late"})

    def write(tx: "Writing") -> TaskView:
        row = get_row(tx, Task, path.id, "task")
        check_open(tx, str(row.engagement))
        check_kept(row)
        before = _said(row, TASK_FIELDS)
        after = before | _given(body, "due", "done_on")
        note_correction(node, tx, actor, "task", row, before, after, body.reason)
        change_row(tx, Task, path.id, **after)
        return TaskView.model_validate({**row._mapping, **after})

    return await node.store.awrite(write)


async def withdraw_task(node: "Node", actor: Actor, path: IdPath, body: ReasonInput) -> TaskView:
    """Take a task of an engagement that goes on away; that it was there is kept (F7).

    Raises:
        NotFoundError: no such task is kept here.
        ConflictError: it was withdrawn before, or its engagement has ended.
    """

    def write(tx: "Writing") -> TaskView:
        row = get_row(tx, Task, path.id, "task")
        check_open(tx, str(row.engagement))
        check_kept(row)
        note_correction(node, tx, actor, "task", row, _said(row, TASK_FIELDS), None, body.reason)
        change_row(tx, Task, path.id, withdrawn_ms=node.clock.now_ms())
        return TaskView.model_validate(row)

    return await node.store.awrite(write)


async def amend_achievement(
    node: "Node", actor: Actor, path: IdPath, body: AchievementAmendInput
) -> AchievementView:
    """Correct an output or an outcome, after the engagement's end, too (E15).

    Raises:
        NotFoundError: no such output or outcome is kept here.
        ConflictError: it was withdrawn.
        InvalidError: no such kind, or nothing is changed.
    """

    def write(tx: "Writing") -> AchievementView:
        row, sort = _achievement(tx, path.id)
        if body.kind is not None:
            check_kind(sort, body.kind)
        before = _said(row, ACHIEVEMENT_FIELDS)
        given = _given(body, "amount_fen")
        if "on" in given:
            given["on_date"] = given.pop("on")
        after = before | given
        note_correction(node, tx, actor, sort, row, before, after, body.reason)
        change_row(tx, Achievement, path.id, **after)
        return AchievementView.model_validate({**row._mapping, **after})

    return await node.store.awrite(write)


async def withdraw_achievement(
    node: "Node", actor: Actor, path: IdPath, body: ReasonInput
) -> AchievementView:
    """Take an output or an outcome away; that it was there is kept (E15).

    Raises:
        NotFoundError: no such output or outcome is kept here.
        ConflictError: it was withdrawn before.
    """

    def write(tx: "Writing") -> AchievementView:
        row, sort = _achievement(tx, path.id)
        before = _said(row, ACHIEVEMENT_FIELDS)
        note_correction(node, tx, actor, sort, row, before, None, body.reason)
        change_row(tx, Achievement, path.id, withdrawn_ms=node.clock.now_ms())
        return AchievementView.model_validate(row)

    return await node.store.awrite(write)


def _achievement(tx: "Writing", id_: str) -> tuple[Row[tuple[object, ...]], Part]:
    row = get_row(tx, Achievement, id_, "output or outcome")
    check_kept(row)
    return row, "output" if row.sort == "output" else "outcome"


def _given(body: TaskAmendInput | AchievementAmendInput, *clearable: str) -> Values:
    """What is to be changed; only what may be taken away may be null."""
    told: Values = body.model_dump(exclude_unset=True, exclude={"reason"})
    return {name: value for name, value in told.items() if value is not None or name in clearable}


def _said(row: Row[tuple[object, ...]], fields: tuple[str, ...]) -> Values:
    """What can be corrected of a part, as it stands."""
    return {name: row._mapping[name] for name in fields}
