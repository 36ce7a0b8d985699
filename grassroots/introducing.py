"""A station above, no party itself, brings two stations together over a need (D6)."""

from typing import TYPE_CHECKING

from grassroots.cases import Asked, Input, act, find_partner
from grassroots.referrals import ReasonInput
from grassroots.requesting import next_answer_day
from node.capability import Capability, Route
from node.drafting import IdPath, Published, draft, new_salt, own_station, publish
from node.errors import ConflictError, InvalidError
from node.people.permissions import Act
from node.readmodels import needs, results
from protocol.records import IntroductionProposed, IntroductionWithdrawn
from protocol.records.fields import Day
from protocol.transitions import INTRODUCTION

if TYPE_CHECKING:
    from node.app import Node


class IntroduceInput(Input):
    """Whom the station of a need should turn to, and why; perhaps which result."""

    need: str
    partner: str
    note: Asked
    result: str | None = None
    answer_by: Day | None = None


async def propose_introduction(node: "Node", body: IntroduceInput) -> Published:
    """Bring a need's station and another together; the need's station decides.

    Raises:
        InvalidError: the need is this station's own, or the partner's.
        ConflictError: it is closed.
    """
    me = own_station(node)
    find_partner(node, body.partner)
    need = await node.store.aread(lambda reading: needs.get(reading, body.need))
    if need.owner in (me.id, body.partner):
        raise InvalidError("The need is that of one of the two.", "Refer it instead.")
    if need.state != "open":
        raise ConflictError(f"that need is {need.state} already")
    if body.result is not None:
        result = body.result
        await node.store.aread(lambda reading: results.get(reading, result))
    fields = {
        **body.model_dump(),
        "to": need.owner,
        "answer_by": body.answer_by or next_answer_day(node),
        "salt": new_salt(node),
    }
    return await publish(node, draft(IntroductionProposed, fields))


async def withdraw_introduction(node: "Node", path: IdPath, body: ReasonInput) -> Published:
    """Take an introduction back before it is answered."""
    return await act(node, path.id, IntroductionWithdrawn, INTRODUCTION, body.model_dump())


CAPABILITY = Capability(
    name="introducing",
    title="推荐合作站点",
    serves=("D6",),
    channels=("needs", "referrals"),
    routes=(
        Route(
            "POST",
            "/introductions",
            propose_introduction,
            "Bring two stations together",
            ("D6",),
            201,
            act=Act.REFER,
        ),
        Route(
            "POST",
            "/introductions/{id}/withdraw",
            withdraw_introduction,
            "Take an introduction back",
            ("D6",),
            201,
            act=Act.REFER,
        ),
    ),
)
