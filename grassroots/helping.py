"""Helpers in a referral, and the split of its outcome that every party agrees to (B12, D7, R6)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from grassroots.cases import Asked, Input, Note, WhyInput, act, find_partner
from grassroots.referrals import NoteInput
from node.capability import Capability, Route
from node.drafting import IdPath, Published
from node.people.permissions import Act
from protocol.records import (
    HelperInvited,
    HelperJoined,
    HelperLeft,
    HelperReleased,
    SplitAgreed,
    SplitProposed,
    SplitRejected,
)
from protocol.transitions import REFERRAL

if TYPE_CHECKING:
    from node.app import Node


class InviteInput(Input):
    """Which station is asked to help, and with what."""

    station: str
    note: Note = ""


class ReleaseInput(Input):
    """Which helper the case goes on without, and why."""

    station: str
    reason: Asked


class ShareInput(Input):
    """A station's part in the outcome, in percent."""

    station: str
    percent: Annotated[int, Field(ge=1, le=100)]


class SplitInput(Input):
    """Who shares how; the percents add up to 100."""

    shares: Annotated[list[ShareInput], Field(min_length=1, max_length=16)]
    note: Note = ""


class AgreeInput(Input):
    """The proposal agreed to: the one a person has read."""

    proposal: str


class RejectInput(AgreeInput):
    """The proposal, and why not."""

    reason: Asked


async def invite_helper(node: "Node", path: IdPath, body: InviteInput) -> Published:
    """Ask a further station to help."""
    find_partner(node, body.station)
    return await act(node, path.id, HelperInvited, REFERRAL, body.model_dump())


async def join_referral(node: "Node", path: IdPath, body: NoteInput) -> Published:
    """Take part as a helper."""
    return await act(node, path.id, HelperJoined, REFERRAL, body.model_dump())


async def leave_referral(node: "Node", path: IdPath, body: WhyInput) -> Published:
    """Decline the invitation, or help no more."""
    return await act(node, path.id, HelperLeft, REFERRAL, body.model_dump())


async def release_helper(node: "Node", path: IdPath, body: ReleaseInput) -> Published:
    """Go on without a helper."""
    return await act(node, path.id, HelperReleased, REFERRAL, body.model_dump())


async def propose_split(node: "Node", path: IdPath, body: SplitInput) -> Published:
    """Propose who shares how in the outcome."""
    return await act(node, path.id, SplitProposed, REFERRAL, body.model_dump())


async def agree_split(node: "Node", path: IdPath, body: AgreeInput) -> Published:
    """Agree to the proposed split."""
    return await act(node, path.id, SplitAgreed, REFERRAL, body.model_dump())


async def reject_split(node: "Node", path: IdPath, body: RejectInput) -> Published:
    """Do not agree to the proposed split, or take one's own back."""
    return await act(node, path.id, SplitRejected, REFERRAL, body.model_dump())


_ACTS = (
    ("invite", invite_helper, "Ask a station to help"),
    ("join", join_referral, "Take part as a helper"),
    ("leave", leave_referral, "Decline to help, or help no more"),
    ("release", release_helper, "Go on without a helper"),
    ("split", propose_split, "Propose who shares how"),
    ("agree", agree_split, "Agree to the proposed split"),
    ("reject", reject_split, "Do not agree to the proposed split"),
)

CAPABILITY = Capability(
    name="helping",
    title="协同办理",
    serves=("B12", "D7", "R6"),
    channels=("referrals",),
    routes=tuple(
        Route("POST", f"/referrals/{{id}}/{name}", handler, summary, ("R6",), 201, act=Act.REFER)
        for name, handler, summary in _ACTS
    ),
)
