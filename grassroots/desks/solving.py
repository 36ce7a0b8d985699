"""A need that a case has met is marked as met on the case's page, with one click (A7, D9).

Where the sender owns the need its confirmation does that itself; after a transfer the need is the
receiver's, and the receiver has nothing to confirm.
"""

from typing import TYPE_CHECKING

from grassroots.cases import get_case
from grassroots.needs import SolveInput, solve_need
from node.capability import Visit
from node.drafting import IdPath
from node.errors import ConflictError
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs, referrals
from protocol.cases import Case
from protocol.transitions import REFERRAL

if TYPE_CHECKING:
    from node.app import Node
    from node.people import Actor
    from node.store import Reading


async def is_solvable(node: "Node", actor: "Actor | None", id_: str) -> bool:
    """Whether this visitor may mark the need of a referral as met by it."""
    if actor is None or not actor.may(Act.PUBLISH):
        return False
    return await _has_met(node, await get_case(node, id_, REFERRAL))


async def _has_met(node: "Node", case: Case) -> bool:
    """Whether a case ended with an outcome, and its need is this station's and open."""
    me = node.me
    is_over = case.state == "confirmed" and case.outcome not in (None, "no-result")
    if me is None or me.ended is not None or not is_over:
        return False

    def look(reading: "Reading") -> bool:
        need = needs.find_many(reading, [case.need]).get(case.need)
        if need is None or need.owner != me.id or need.state != "open":
            return False
        return not referrals.find_transfers(reading, need.id)

    return await node.store.aread(look)


async def submit_solved(node: "Node", visit: Visit) -> None:
    """Mark the need as met by the referral.

    Raises:
        ConflictError: the referral has no outcome, or the need is not this station's, or not open.
    """
    actor = visit.known
    actor.check_may(Act.PUBLISH)
    case = await get_case(node, visit.path["id"], REFERRAL)

    async def solve() -> object:
        if not await _has_met(node, case):
            raise ConflictError(
                "That referral does not close a need of this station.",
                "It has to be confirmed with an outcome, and the need this station's and open.",
            )
        return await solve_need(node, IdPath(id=case.need), SolveInput(by=case.id))

    await record(node, actor, "solve_need", case.need, solve)
