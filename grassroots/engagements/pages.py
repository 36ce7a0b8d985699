"""Desks of services: the list, one engagement, agreements, contracts, activities (L1)."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, get_args

from grassroots.attachments import UploadQuery
from grassroots.desks.files import limits, sent_file, sent_paper
from grassroots.engagements import activities, agreements, book, contracts, scans
from grassroots.engagements.activities import ActivityInput, ActivityQuery
from grassroots.engagements.agreements import DayInput, ReviseInput
from grassroots.engagements.book import EngagementInput, EngagementQuery
from grassroots.engagements.catalogue import by_list
from grassroots.engagements.contracts import ContractQuery, TechnologyContractInput
from grassroots.engagements.detail import build_engagement, submit_engagement
from grassroots.engagements.work import find_due
from grassroots.enterprises import EnterpriseQuery, list_enterprises
from grassroots.forms import (
    build,
    read_form,
    read_id,
    read_number,
    read_yuan,
    unknown_form,
    without_none,
)
from node.calendar import day_of
from node.capability import Desk, Done, Visit
from node.drafting import IdPath
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import activities as held
from node.servicelists import service_title, services
from protocol.records.performance import ActivityKind

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

CONTRACT_TYPES = get_args(contracts.ContractType)
ACTIVITY_KINDS = get_args(ActivityKind)
STATES = ("active", "planned", "done", "stopped")


async def build_services(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The engagements of this station, what is still to do, and the form to begin one."""
    asked = {
        name: visit.query.get(name, "")[:64] for name in ("q", "enterprise", "need", "referral")
    }
    state = visit.query.get("state", "")
    query = EngagementQuery(state=state if state in STATES else "", **asked)
    today = day_of(node.clock.now_ms())
    cards = (await list_enterprises(node, EnterpriseQuery())).items

    def look(reading: "Reading") -> dict[str, object]:
        return {
            "engagements": book.find(reading, query),
            "states": [(each, book.count_states(reading).get(each, 0)) for each in STATES],
            "due": find_due(reading, today)[:20],
        }

    return {
        **await node.store.aread(look),
        "query": query.model_dump(),
        "lists": by_list(),
        "service_title": service_title,
        "cards": cards,
        "card_names": {each.id: each.name for each in cards},
        "today": today,
        "may_serve": visit.known.may(Act.SERVE),
    }


async def submit_services(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Begin an engagement."""
    visit.known.check_may(Act.SERVE)
    chosen = [code for code in services() if form.get(f"service-{code}")]
    body = read_form(EngagementInput, form, more={"services": chosen})
    made = await record(
        node, visit.known, "add_engagement", "", lambda: book.add_engagement(node, body)
    )
    return Done(f"/services/{made.id}")


async def build_activities(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The activities of this station, the numbers of the year, and the form to record one."""
    kind = visit.query.get("kind", "")
    query = ActivityQuery(kind=kind if kind in ACTIVITY_KINDS else "")
    today = day_of(node.clock.now_ms())
    me = node.me.id if node.me is not None else "-"

    def look(reading: "Reading") -> dict[str, object]:
        return {
            "activities": activities.find(reading, query),
            "year": held.totals(reading, me, f"{today[:4]}-01-01", f"{today[:4]}-12-31"),
        }

    return {
        **await node.store.aread(look),
        "kinds": ACTIVITY_KINDS,
        "query": query.model_dump(),
        "today": today,
        "may_serve": visit.known.may(Act.SERVE),
    }


async def submit_activities(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Record an activity."""
    visit.known.check_may(Act.SERVE)
    counts = {name: read_number(form, name) for name in ("participants", "enterprises")}
    body = read_form(
        ActivityInput, form, more=without_none(days=read_number(form, "days"), **counts)
    )
    await record(node, visit.known, "add_activity", "", lambda: activities.add_activity(node, body))
    return Done("/activities")


async def build_contracts(node: "Node", visit: Visit) -> Mapping[str, object]:
    """Technology contracts, their totals by year and type, and the form to record one."""
    year = visit.query.get("year", "")
    query = ContractQuery(year=year if year.isdecimal() and len(year) == 4 else "")

    def look(reading: "Reading") -> dict[str, object]:
        return {
            "contracts": contracts.find(reading, query),
            "totals": contracts.sum_years(reading),
        }

    return {
        **await node.store.aread(look),
        "types": CONTRACT_TYPES,
        "fields": contracts.FIELDS,
        "query": query.model_dump(),
        "engagement": visit.query.get("engagement", "")[:64],
        "referral": visit.query.get("referral", "")[:64],
        "may_serve": visit.known.may(Act.SERVE),
        "may_refer": visit.known.may(Act.REFER),
    }


async def submit_contracts(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Record a contract, or conclude the referral it came of with its figures."""
    if form.get("do") == "conclude":
        visit.known.check_may(Act.REFER)
        path = IdPath(id=read_id(form, "contract"))
        body = contracts.ConcludeNote(note=form.get("note", "")[:2_000])
        await record(
            node,
            visit.known,
            "conclude_with_contract",
            path.id,
            lambda: contracts.conclude_with_contract(node, path, body),
        )
        return Done("/contracts")
    visit.known.check_may(Act.SERVE)
    given = read_form(
        TechnologyContractInput,
        form,
        more=without_none(
            amount_fen=read_yuan(form, "amount"), technology_fen=read_yuan(form, "technology")
        ),
    )
    await record(node, visit.known, "add_contract", "", lambda: contracts.add_contract(node, given))
    return Done("/contracts")


async def build_agreement(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One agreement: its text to read and print, its versions, and what can be done with it."""
    wanted = visit.query.get("version", "")
    detail = await agreements.get_agreement(node, IdPath(id=visit.path["id"][:64]))
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else detail.agreement.version
    shown = next((each for each in detail.texts if each.version == number), detail.texts[0])
    return {
        "title": detail.agreement.title,
        "agreement": detail.agreement,
        "texts": detail.texts,
        "files": detail.files,
        **limits(node),
        "shown": shown,
        "today": day_of(node.clock.now_ms()),
        "may_serve": visit.known.may(Act.SERVE),
    }


async def submit_agreement(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Revise, sign or end an agreement; keep or delete its signed scan."""
    visit.known.check_may(Act.SERVE)
    path = IdPath(id=visit.path["id"][:64])
    work: Callable[[], Awaitable[object]]
    match form.get("do"):
        case "revise":
            revised = read_form(ReviseInput, form)
            act, work = "revise_agreement", lambda: agreements.revise_agreement(node, path, revised)
        case "sign":
            on, paper = read_form(DayInput, form), sent_paper(visit, form.get("note", ""))
            act = "sign_agreement"
            work = partial(agreements.sign_agreement, node, path, on, paper=paper)
        case "keep":
            upload = sent_file(visit)
            query = build(UploadQuery, {"name": upload.name, "note": form.get("note", "").strip()})
            act, work = "add_scan", lambda: scans.add_scan(node, path, query, upload)
        case "delete":
            file = IdPath(id=read_id(form, "file"))
            act, work = "delete_scan", lambda: scans.delete_scan(node, file)
        case "end":
            on = read_form(DayInput, form)
            act, work = "end_agreement", lambda: agreements.end_agreement(node, path, on)
        case _:
            raise unknown_form()
    await record(node, visit.known, act, path.id, work)
    return Done(f"/agreements/{path.id}")


DESKS = (
    Desk(
        "/services",
        "services.html",
        "服务",
        build_services,
        Act.READ_CARDS,
        submit_services,
        "服务",
        ("B13", "D9", "E1"),
    ),
    Desk(
        "/services/{id}",
        "engagement.html",
        "服务",
        build_engagement,
        Act.READ_CARDS,
        submit_engagement,
        "",
        ("B13", "E10", "E15"),
    ),
    Desk(
        "/agreements/{id}",
        "agreement.html",
        "协议",
        build_agreement,
        Act.READ_CARDS,
        submit_agreement,
        "",
        ("E9", "N6"),
        takes_file=True,
    ),
    Desk(
        "/contracts",
        "contracts.html",
        "技术合同",
        build_contracts,
        Act.READ_CARDS,
        submit_contracts,
        "",
        ("E14", "K1"),
    ),
    Desk(
        "/activities",
        "activities.html",
        "活动",
        build_activities,
        Act.READ_CARDS,
        submit_activities,
        "",
        ("L2", "D8", "M6"),
    ),
)
