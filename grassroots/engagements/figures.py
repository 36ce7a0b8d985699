"""Figures an engagement's plan promises by a day, and what they came to (E10, G8, M9)."""

from typing import TYPE_CHECKING

from pydantic import ConfigDict

from grassroots.engagements.book import Title, Unit, check_open
from grassroots.engagements.history import check_kept
from grassroots.engagements.rows import add_row, change_row, get_row
from node.drafting import IdPath
from node.model import Model
from node.store.services import Milestone
from protocol.records.fields import Count, Day

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Writing


class MilestoneInput(Model):
    """A figure the plan promises by a day (E10, G8)."""

    model_config = ConfigDict(extra="forbid")

    what: Title
    unit: Unit = ""
    due: Day
    target: Count


class MilestoneView(Model):
    """A promised figure and what it came to, None until that is known."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    engagement: str
    what: str
    unit: str
    due: str
    target: int
    reached: int | None
    created_ms: int


class ReachedInput(Model):
    """What the figure came to."""

    model_config = ConfigDict(extra="forbid")

    reached: Count


async def add_milestone(node: "Node", path: IdPath, body: MilestoneInput) -> MilestoneView:
    """Promise a figure by a day.

    Raises:
        NotFoundError: no such engagement is kept here.
        ConflictError: it has ended.
    """

    def write(tx: "Writing") -> MilestoneView:
        check_open(tx, path.id)
        said = body.model_dump()
        row = add_row(node, tx, Milestone, **said, engagement=path.id, reached=None)
        return MilestoneView.model_validate(row)

    return await node.store.awrite(write)


async def reach_milestone(node: "Node", path: IdPath, body: ReachedInput) -> MilestoneView:
    """Say what a promised figure came to; it may be said again.

    Raises:
        NotFoundError: no such figure is kept here.
        ConflictError: it was withdrawn.
    """

    def write(tx: "Writing") -> MilestoneView:
        row = get_row(tx, Milestone, path.id, "milestone")
        check_kept(row)
        change_row(tx, Milestone, path.id, reached=body.reached)
        return MilestoneView.model_validate({**row._mapping, "reached": body.reached})

    return await node.store.awrite(write)
