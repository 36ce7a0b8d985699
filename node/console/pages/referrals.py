"""Referrals: the list, and one case with its progress, its history and who acts next (D9)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from node.console.pages.paging import ROWS, cut_page, read_query
from node.deadlines import Deadline, acts_due, find_deadlines
from node.readmodels import approaches, needs, outcomes, referrals, results
from node.readmodels.cases import get_case
from protocol.cases import allowed_acts
from protocol.transitions import TRANSITIONS

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.referrals import ReferralView
    from node.store import Reading
    from protocol.cases import Case

COURSE = ("requested", "accepted", "started", "concluded", "confirmed")
"""The states of a referral that goes well, in their order."""

_COMMANDS = {
    "referral.accepted/1": "accept {}",
    "referral.declined/1": "decline {} REASON",
    "referral.revoked/1": "revoke {}",
    "contact.disclosed/1": "disclose {} --consent-on DATE --consent-by ROLE",
    "referral.started/1": "start {}",
    "referral.concluded/1": "conclude {} OUTCOME",
    "referral.confirmed/1": "confirm {}",
    "referral.disputed/1": "dispute {} REASON",
}


class Step(NamedTuple):
    """One step of the progress line; ``look`` is done, now, stop or empty for what is to come."""

    state: str
    look: str


def progress(state: str, history: Sequence[str]) -> list[Step]:
    """The progress line of a case.

    Args:
        state: where the case stands.
        history: the kinds of the acts in force, oldest first.
    """
    if state in COURSE:
        here = COURSE.index(state)
        last = len(COURSE) - 1
        looks = ["done"] * here + ["done" if here == last else "now"] + [""] * (last - here)
        return [Step(each, look) for each, look in zip(COURSE, looks, strict=True)]
    leads = {each.kind: each.to for each in TRANSITIONS}
    passed = {"requested", *(leads.get(kind) for kind in history)}
    return [*(Step(each, "done") for each in COURSE if each in passed), Step(state, "stop")]


def due_of(node: "Node", shown: "Sequence[ReferralView]") -> dict[str, Deadline]:
    """The deadlines of referrals that wait for somebody, by their ids, the earliest first."""
    found = find_deadlines(shown, node.config.service, node.clock.now_ms())
    return {each.referral: each for each in found}


async def build_referrals(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Referrals, newest first, of all stations or one, in one state or all."""
    asked = read_query(query, "state", "station", "mine")
    me = node.me
    station = me.id if asked["mine"] and me is not None else asked["station"]

    def look(reading: "Reading") -> dict[str, object]:
        found = referrals.find(
            reading, station=station, state=asked["state"], after=asked["after"], limit=ROWS + 1
        )
        shown, links = cut_page(found, "/referrals", asked)
        return {
            "referrals": shown,
            "needs_by_id": needs.find_many(reading, {each.need for each in shown}),
            "states": list(referrals.count_by_state(reading).items()),
            "due": due_of(node, shown),
            "query": asked,
            **links,
        }

    return await node.store.aread(look)


async def build_referral(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One referral: progress, history, what came of it, and what this station may do next."""
    me = node.me

    def look(reading: "Reading") -> dict[str, object]:
        referral = referrals.get(reading, path["id"])
        need = needs.find_many(reading, [referral.need]).get(referral.need)
        applied = [step.kind for step in referral.history if step.verdict == "applied"]
        case = get_case(reading, referral.id)
        named = results.find_many(reading, [referral.result]) if referral.result else {}
        return {
            "referral": referral,
            "need": need,
            "result": named.get(referral.result),
            "outcomes": outcomes.find_outcomes(reading, referral=referral.id),
            "steps": progress(referral.state, applied),
            "waiting": due_of(node, [referral]).get(referral.id),
            "acts": acts_due("referral", referral.state),
            "approaches": [
                a
                for a in approaches.find(reading, need=referral.need, limit=500)
                if a.id == referral.follows
            ],
            "commands": _commands(case, me.id) if me is not None else [],
            **({"title": need.title} if need is not None else {}),
        }

    return await node.store.aread(look)


async def build_approach(node: "Node", id_: str, type_: str) -> dict[str, object]:
    """One interest or introduction: its history, what waits, what came of it."""

    def look(reading: "Reading") -> dict[str, object]:
        approach = approaches.get(reading, id_, type_)
        need = needs.find_many(reading, [approach.need]).get(approach.need)
        named = results.find_many(reading, [approach.result]) if approach.result else {}
        deadlines = find_deadlines([approach], node.config.service, node.clock.now_ms())
        return {
            "approach": approach,
            "need": need,
            "result": named.get(approach.result),
            "followed": referrals.find(reading, follows=approach.id),
            "waiting": next(iter(deadlines), None),
            "acts": acts_due(type_, approach.state),
            **({"title": need.title} if need is not None else {}),
        }

    return await node.store.aread(look)


def _commands(case: "Case", station: str) -> list[str]:
    return [
        f"yizhan referral {_COMMANDS[kind].format(case.id)}"
        for kind in allowed_acts(case, station)
        if kind in _COMMANDS
    ]
