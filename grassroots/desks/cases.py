"""Desks for cases: what one says and what may be done next, one's own work, a need handed on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grassroots import approaches, referrals
from grassroots.assigning import WorkQuery, is_ours, list_work
from grassroots.cases import get_case
from grassroots.desks.assigned import submit_assignment, tell_assigned
from grassroots.desks.caseforms import FORMS, do_act, find_station, station_names
from grassroots.desks.solving import is_solvable, submit_solved
from grassroots.forms import build, unknown_form
from grassroots.introducing import IntroduceInput, propose_introduction
from grassroots.requesting import RequestInput
from node.capability import Desk, Done, Visit
from node.console.pages.referrals import build_approach, build_referral
from node.people import accounts
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs
from protocol.cases import Case, allowed_acts
from protocol.transitions import CASE_TYPES, INTEREST, INTRODUCTION, REFERRAL, CaseType

if TYPE_CHECKING:
    from node.app import Node

PATHS: Mapping[str, str] = {
    REFERRAL.name: "/referrals",
    INTEREST.name: "/interests",
    INTRODUCTION.name: "/introductions",
}


async def _forms(node: "Node", visit: Visit, id_: str, of: CaseType) -> dict[str, object]:
    """The acts this visitor may do for this station, and who works on the case."""
    me, actor = node.me, visit.actor
    case = await get_case(node, id_, of)
    kinds = allowed_acts(case, me.id) if me is not None and me.ended is None else ()
    mine = [
        kind for kind in kinds if kind in FORMS and actor is not None and actor.may(FORMS[kind].act)
    ]
    is_our_work = me is not None and is_ours(case, me.id)
    return {
        **await tell_assigned(node, actor if is_our_work else None, id_),
        "forms": [(kind, FORMS[kind].blanks) for kind in mine],
        "case": case,
        "here": f"{PATHS[of.name]}/{id_}",
        "stations": station_names(node) if "helper.invited/1" in mine else [],
    }


async def build_referral_desk(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One referral, and the forms of what may be done next in it."""
    shown = await build_referral(node, visit.path, visit.query)
    forms = await _forms(node, visit, visit.path["id"], REFERRAL)
    return {**shown, **forms, "may_solve": await is_solvable(node, visit.actor, visit.path["id"])}


async def build_interest(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One interest, and the forms of what may be done next in it."""
    shown = await build_approach(node, visit.path["id"], INTEREST.name)
    return {**shown, **await _forms(node, visit, visit.path["id"], INTEREST)}


async def build_introduction(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One introduction, and the forms of what may be done next in it."""
    shown = await build_approach(node, visit.path["id"], INTRODUCTION.name)
    return {**shown, **await _forms(node, visit, visit.path["id"], INTRODUCTION)}


async def _submit(node: "Node", visit: Visit, form: Mapping[str, str], of: CaseType) -> Done:
    actor, id_ = visit.known, visit.path["id"]
    kind = form.get("do", "")
    here = f"{PATHS[of.name]}/{id_}"
    if kind == "assign":
        await submit_assignment(node, visit, id_, form)
        return Done(here)
    if kind not in FORMS:
        raise unknown_form()
    actor.check_may(FORMS[kind].act)
    case: Case = await get_case(node, id_, of)
    made = await record(
        node, actor, FORMS[kind].handler.__name__, id_, lambda: do_act(node, case, kind, form)
    )
    leads = made.kind == REFERRAL.opening.KIND
    return Done(f"{PATHS[REFERRAL.name]}/{made.id}" if leads else here)


async def submit_referral(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Do what a form of the referral's page asks for."""
    if form.get("do") == "solve_need":
        await submit_solved(node, visit)
        return Done(f"{PATHS[REFERRAL.name]}/{visit.path['id']}")
    return await _submit(node, visit, form, REFERRAL)


async def submit_interest(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Do what a form of the interest's page asks for."""
    return await _submit(node, visit, form, INTEREST)


async def submit_introduction(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Do what a form of the introduction's page asks for."""
    return await _submit(node, visit, form, INTRODUCTION)


async def build_work(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What is given to the visitor, or to somebody else, or to nobody yet."""
    whose = visit.query.get("account", "me")[:64]
    shown = await list_work(node, visit.known, WorkQuery(account="" if whose == "all" else whose))
    people = await node.store.aread(accounts.find)
    return {
        "items": shown.items,
        "whose": whose,
        "people": people,
        "names": {each.id: each.person for each in people},
        "paths": PATHS,
    }


async def build_handing(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The ways a need may go from here: handed on, helped with, or introduced."""
    need = await node.store.aread(lambda reading: needs.get(reading, visit.path["id"]))
    me = node.me
    is_own = me is not None and need.owner == me.id
    may_introduce = any(route.path == "/introductions" and route.method == "POST"
                        for route in node.mode.routes)  # fmt: skip
    return {
        "need": need,
        "is_own": is_own,
        "may_introduce": may_introduce and not is_own,
        "stations": station_names(node),
        "here": f"/needs/{need.id}/hand-on",
    }


async def submit_handing(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Refer or transfer the need, offer help with it, or introduce two stations."""
    actor, need = visit.known, visit.path["id"]
    said = {"need": need, "note": form.get("note", "").strip()}
    match form.get("do"):
        case "refer":
            manner = form.get("manner", "referral")
            request = build(
                RequestInput,
                {**said, "to": find_station(node, form.get("station", "")), "manner": manner},
            )
            made = await record(
                node, actor, "request_referral", need,
                lambda: referrals.request_referral(node, request),
            )  # fmt: skip
            return Done(f"/referrals/{made.id}")
        case "interest":
            offer = build(approaches.ExpressInput, said)
            made = await record(
                node, actor, "express_interest", need,
                lambda: approaches.express_interest(node, offer),
            )  # fmt: skip
            return Done(f"/interests/{made.id}")
        case "introduce":
            partner = find_station(node, form.get("station", ""))
            proposal = build(IntroduceInput, {**said, "partner": partner})
            made = await record(
                node, actor, "propose_introduction", need,
                lambda: propose_introduction(node, proposal),
            )  # fmt: skip
            return Done(f"/introductions/{made.id}")
        case _:
            raise unknown_form()


async def build_rules(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What each party may do in which state, drawn from the tables themselves."""
    return {"types": CASE_TYPES}


DESKS = (
    Desk("/work", "work.html", "我的工作", build_work, Act.READ_CARDS, None, "我的工作", ("N8",)),
    Desk("/referrals/rules", "case_rules.html", "办理规则", build_rules, None),
    Desk("/referrals/{id}", "referral.html", "转介", build_referral_desk, None, submit_referral,
         "", ("D9", "E14", "R6")),
    Desk("/interests/{id}", "approach.html", "合作意向", build_interest, None, submit_interest,
         "", ("D5",)),
    Desk("/introductions/{id}", "approach.html", "推荐", build_introduction, None,
         submit_introduction, "", ("D6",)),
    Desk("/needs/{id}/hand-on", "hand_on.html", "对接需求", build_handing, Act.REFER,
         submit_handing, "", ("A7", "D3")),
)  # fmt: skip
