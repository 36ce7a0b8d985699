"""By when the next act in a referral is due, and who is told when it is late (D4, D9, must-have 6).

Every node that holds the case says the same: the day the sender asked to be answered by is signed,
the other terms are the node's service levels. Days are days of Beijing time, terms working days.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import ConfigDict

from node.calendar import day_of
from node.model import Model
from node.workdays import add_working_days, count_working_days, is_working_day

if TYPE_CHECKING:
    from node.readmodels.approaches import ApproachView
    from node.readmodels.referrals import ReferralView
    from node.settings import ServiceConfig
    from protocol.roster import Roster

    CaseView = ReferralView | ApproachView

Alarm = Literal["", "soon", "station", "regional", "national"]
"""Nobody is told; due within a working day; late: told at the station, its region, national."""


ASKING = frozenset({"requested", "expressed", "proposed"})
"""States in which the day the sender named is the day an answer is due."""


class Waiting(NamedTuple):
    """What a state of a case waits for: whose act, which kinds of act, and for how long."""

    party: Literal["sender", "receiver"]
    acts: tuple[str, ...]
    term: str


WAITS: dict[str, Waiting] = {
    "requested": Waiting(
        "receiver",
        ("referral.accepted/1", "referral.declined/1", "referral.queried/1"),
        "answer_days",
    ),
    "queried": Waiting("sender", ("referral.answered/1", "interest.answered/1"), "answer_days"),
    "accepted": Waiting("receiver", ("referral.started/1",), "start_days"),
    "started": Waiting("receiver", ("referral.concluded/1",), "conclude_days"),
    "concluded": Waiting("sender", ("referral.confirmed/1",), "confirm_days"),
    "disputed": Waiting("receiver", ("referral.concluded/1",), "start_days"),
    "expressed": Waiting(
        "receiver",
        ("interest.matched/1", "interest.declined/1", "interest.queried/1"),
        "answer_days",
    ),
    "proposed": Waiting(
        "receiver", ("introduction.followed/1", "introduction.declined/1"), "answer_days"
    ),
}
"""The ordinary course of cases of every type; a state that is not here waits for nobody."""


def acts_due(type_: str, state: str) -> tuple[str, ...]:
    """The acts a case of a type waits for in a state, none where it waits for nobody."""
    waiting = WAITS.get(state)
    kinds = () if waiting is None else waiting.acts
    return tuple(kind for kind in kinds if kind.startswith(f"{type_}."))


class Deadline(Model):
    """By when a station owes the next act in a case: ``referral`` is its id, ``type`` says of what.

    ``due`` is a day; ``late_days`` counts working days after it, 0 while there is time; ``alarm``
    says who is to be told.
    """

    model_config = ConfigDict(frozen=True)

    referral: str
    type: str
    need: str
    state: str
    station: str
    due: str
    late_days: int
    alarm: Alarm


def find_deadline(referral: "CaseView", service: "ServiceConfig", today: date) -> Deadline | None:
    """By when the next act is due; None where the case waits for nobody.

    Args:
        referral: the case as it stands, of any type.
        service: the node's service levels.
        today: the day in Beijing.
    """
    waiting = WAITS.get(referral.state)
    if waiting is None:
        return None
    if referral.state in ASKING and referral.answer_by:
        due = date.fromisoformat(referral.answer_by)
    else:
        since = date.fromisoformat(day_of(referral.updated))
        due = add_working_days(since, getattr(service, waiting.term))
    late = count_working_days(due, today)
    return Deadline(
        referral=referral.id,
        type=getattr(referral, "type", "referral"),
        need=referral.need,
        state=referral.state,
        station=referral.sender if waiting.party == "sender" else referral.receiver,
        due=due.isoformat(),
        late_days=late,
        alarm=_alarm(due, late, service, today),
    )


def _alarm(due: date, late: int, service: "ServiceConfig", today: date) -> Alarm:
    if late >= 2 * service.escalate_days:
        return "national"
    if late >= service.escalate_days:
        return "regional"
    if late:
        return "station"
    is_soon = is_working_day(today) and count_working_days(today, due) <= 1
    return "soon" if is_soon else ""


def told(deadline: Deadline, roster: "Roster") -> Iterator[str]:
    """The lasting ids of the stations an alarm is for, the one that owes the act first."""
    if not deadline.alarm:
        return
    yield deadline.station
    above = list(roster.ancestors(deadline.station))
    if deadline.alarm in ("regional", "national"):
        yield from above[:1]
    if deadline.alarm == "national":
        yield from (each for each in above[1:] if roster.tier(each) == "national")


def answer_day(service: "ServiceConfig", now_ms: int) -> str:
    """The day a station that is asked now is expected to answer by."""
    return add_working_days(date.fromisoformat(day_of(now_ms)), service.answer_days).isoformat()


def find_deadlines(
    referrals: Sequence["CaseView"], service: "ServiceConfig", now_ms: int
) -> list[Deadline]:
    """The deadlines of cases, the earliest first."""
    today = date.fromisoformat(day_of(now_ms))
    found = (find_deadline(each, service, today) for each in referrals)
    return sorted((each for each in found if each is not None), key=lambda each: each.due)
