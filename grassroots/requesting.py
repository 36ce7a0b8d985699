"""Asking another station to take a need on, or over, and by when it should answer (A7, D3, D9)."""

from typing import TYPE_CHECKING, Literal

from grassroots.cases import Input, Note, find_partner
from grassroots.needs import check_unmoved
from node.deadlines import answer_day
from node.drafting import draft, new_salt, own_station
from node.errors import ConflictError, NotAllowedError
from node.readmodels import needs, results
from protocol.records.fields import Day
from protocol.records.needs import NeedPublished
from protocol.records.referrals import ReferralRequested

if TYPE_CHECKING:
    from node.app import Node


class RequestInput(Input):
    """Which need goes to which station, perhaps with the result that may meet it.

    In the manner of a transfer the need itself goes over when the other accepts. Without
    ``answer_by`` the day is told by the service level of this station (D9).
    """

    need: str
    to: str
    result: str | None = None
    manner: Literal["referral", "transfer"] = "referral"
    answer_by: Day | None = None
    note: Note = ""


async def draft_request(
    node: "Node", body: RequestInput, follows: str = "", introducer: str = ""
) -> ReferralRequested:
    """The opening of a referral, checked as far as this node knows.

    Args:
        body: what is asked of whom.
        follows: the interest or introduction it comes of.
        introducer: the station that brought the two together.

    Raises:
        ConflictError: the need is closed, or on its way to another station.
        NotAllowedError: a transfer of a need that is another station's.
    """
    me = own_station(node)
    find_partner(node, body.to)
    need = await node.store.aread(lambda reading: needs.get(reading, body.need))
    if need.state != "open":
        raise ConflictError(f"that need is {need.state} already")
    await check_unmoved(node, need.id)
    if body.result is not None:
        result = body.result
        await node.store.aread(lambda reading: results.get(reading, result))
    fields: dict[str, object] = {
        **body.model_dump(exclude_none=True),
        "answer_by": body.answer_by or next_answer_day(node),
        "salt": new_salt(node),
    }
    if body.manner == "transfer":
        if need.owner != me.id:
            raise NotAllowedError(
                "Only the station whose need it is may transfer it.",
                "Refer it instead, or ask that station.",
            )
        fields["as_of"] = await _as_of(node)
    if follows:
        fields["follows"] = follows
    if introducer:
        fields["introduced_by"] = introducer
    return draft(ReferralRequested, fields)


async def _as_of(node: "Node") -> dict[str, int]:
    """Where this station's log of needs stands: what it wrote up to here goes over."""
    log = await node.publisher.aopen_log(NeedPublished.CHANNEL)
    head = await node.store.aread(lambda reading: reading.head(log))
    return {"epoch": log.epoch, "seq": 0 if head is None else head.seq}


def next_answer_day(node: "Node") -> str:
    """The day an answer is expected by, by the service level of this station (D9)."""
    return answer_day(node.config.service, node.clock.now_ms())
