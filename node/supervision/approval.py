"""Approval and return of performance reports, in a dead parent's place too (M4, P3)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.capability import Capability, Route
from node.drafting import IdPath, Published, draft, own_station, publish
from node.errors import ConflictError, NotAllowedError
from node.model import Model
from node.people.permissions import Act
from node.readmodels import performance
from node.readmodels.approvals import replaced_parent
from node.readmodels.performance import ReportView
from protocol.records.performance import ReportApproved, ReportReturned

if TYPE_CHECKING:
    from node.app import Node


class ReturnInput(Model):
    """What is wrong with the report, for its author."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


async def _judged(node: "Node", report: str) -> tuple[ReportView, str]:
    """The report, and the parent in whose place this station speaks (empty if it is one)."""
    me = own_station(node)
    view = await node.store.aread(lambda reading: performance.get(reading, report))
    ancestors = node.roster.ancestors(view.station)
    if me.id not in ancestors and (ancestors or me.id != view.station):
        raise NotAllowedError(
            "That station is not below this one.", "Only a station above it judges its reports."
        )
    return view, replaced_parent(node.roster, view.station, me.id)


async def approve_report(node: "Node", path: IdPath) -> Published:
    """Approve the report of a station below."""
    view, in_place_of = await _judged(node, path.id)
    if view.state == "approved":
        raise ConflictError(f"that report is approved already, by {view.judged_by}")
    fields = {"report": view.id, "in_place_of": in_place_of or None}
    return await publish(node, draft(ReportApproved, fields))


async def return_report(node: "Node", path: IdPath, body: ReturnInput) -> Published:
    """Send the report of a station below back, with the reason."""
    view, _ = await _judged(node, path.id)
    return await publish(node, draft(ReportReturned, {"report": view.id, "reason": body.reason}))


CAPABILITY = Capability(
    name="approval",
    title="绩效审核",
    serves=("M4", "M10"),
    channels=("performance",),
    routes=(
        Route(
            "POST",
            "/reports/{id}/approve",
            approve_report,
            "Approve a report",
            ("M4",),
            201,
            act=Act.JUDGE,
        ),
        Route(
            "POST",
            "/reports/{id}/return",
            return_report,
            "Return a report",
            ("M4",),
            201,
            act=Act.JUDGE,
        ),
    ),
)
