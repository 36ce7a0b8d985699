"""What is due in cases: at this station, and late at the stations below it (D4, D9)."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from node.capability import Capability, Route
from node.deadlines import WAITS, Deadline, find_deadlines, told
from node.drafting import own_station
from node.model import Model
from node.readmodels import approaches, referrals

if TYPE_CHECKING:
    from node.app import Node
    from node.deadlines import CaseView
    from node.store import Reading


class DeadlineQuery(Model):
    """Whose: this station's own, those it is told of, or all that this node knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    whose: Annotated[
        Literal["own", "told", "all"],
        Field(description="own: to be done here; told: late here or below; all: everyone's"),
    ] = "own"


class DeadlineList(Model):
    """Deadlines, the earliest first."""

    items: list[Deadline]


async def list_deadlines(node: "Node", query: DeadlineQuery) -> DeadlineList:
    """By when the next act in each open case is due, the earliest first."""

    def look(reading: "Reading") -> list["CaseView"]:
        return [
            *referrals.find_waiting(reading, WAITS),
            *approaches.find_waiting(reading, WAITS),
        ]

    found = await node.store.aread(look)
    due = find_deadlines(found, node.config.service, node.clock.now_ms())
    if query.whose != "all":
        me, roster = own_station(node).id, node.roster
        is_told = query.whose == "told"
        due = [
            each for each in due if (me in told(each, roster) if is_told else each.station == me)
        ]
    return DeadlineList(items=due)


CAPABILITY = Capability(
    name="deadlines",
    title="办理时限",
    serves=("D4", "D9"),
    routes=(Route("GET", "/deadlines", list_deadlines, "What is due in cases", ("D9",)),),
    channels=("needs", "referrals"),
)
