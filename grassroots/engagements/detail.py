"""The desk of one engagement: its tasks, figures, what came of it, agreements, contracts."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from grassroots.engagements import activities, agreements, book, contracts, work
from grassroots.engagements.activities import ActivityQuery
from grassroots.engagements.agreements import AgreementInput, AgreementQuery
from grassroots.engagements.catalogue import service_title
from grassroots.engagements.contracts import ContractQuery
from grassroots.engagements.forms import (
    read_count,
    read_form,
    read_id,
    read_yuan,
    unknown_form,
)
from grassroots.engagements.rows import find_row
from grassroots.engagements.templates import templates
from node.calendar import day_of
from node.capability import Done, Visit
from node.drafting import IdPath
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs
from node.store import Enterprise

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

Work = Callable[[], Awaitable[object]]


async def build_engagement(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One engagement with everything that belongs to it."""
    id_ = visit.path["id"][:64]

    def look(reading: "Reading") -> dict[str, object]:
        detail = work.read_detail(reading, id_)
        view = detail.engagement
        card = None if view.enterprise is None else find_row(reading, Enterprise, view.enterprise)
        return {
            **{name: getattr(detail, name) for name in type(detail).model_fields},
            "title": view.title,
            "enterprise_name": "" if card is None else card.name,
            "need": needs.find_many(reading, [view.need]).get(view.need) if view.need else None,
            "agreements": agreements.find(reading, AgreementQuery(engagement=id_)),
            "contracts": contracts.find(reading, ContractQuery(engagement=id_)),
            "activities": activities.find(reading, ActivityQuery(engagement=id_)),
        }

    return {
        **await node.store.aread(look),
        "templates": list(templates().values()),
        "service_title": service_title,
        "kinds": work.KINDS,
        "today": day_of(node.clock.now_ms()),
        "may_serve": visit.known.may(Act.SERVE),
    }


async def submit_engagement(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Do one of the things an engagement's page offers."""
    visit.known.check_may(Act.SERVE)
    path = IdPath(id=visit.path["id"][:64])
    act, target, do = _choose(node, path, form)
    made = await record(node, visit.known, act, target, do)
    if act == "add_agreement":
        return Done(f"/agreements/{getattr(made, 'id', '')}")
    return Done(f"/services/{path.id}")


def _choose(node: "Node", path: IdPath, form: Mapping[str, str]) -> tuple[str, str, Work]:
    """The operation a form asks for: its name, what it is done to, and the doing."""
    match form.get("do"):
        case "start":
            return "start_engagement", path.id, lambda: book.start_engagement(node, path)
        case "finish":
            on = read_form(book.FinishInput, form, "on")
            return "finish_engagement", path.id, lambda: book.finish_engagement(node, path, on)
        case "stop":
            why = read_form(book.StopInput, form, "reason")
            return "stop_engagement", path.id, lambda: book.stop_engagement(node, path, why)
        case "agreement":
            asked = read_form(AgreementInput, form, "template", engagement=path.id)
            return "add_agreement", path.id, lambda: agreements.add_agreement(node, asked)
        case _:
            return _choose_part(node, path, form)


def _choose_part(node: "Node", path: IdPath, form: Mapping[str, str]) -> tuple[str, str, Work]:
    match form.get("do"):
        case "task":
            task = read_form(work.TaskInput, form, "what", "person", "due")
            return "add_task", path.id, lambda: work.add_task(node, path, task)
        case "done":
            of, on = IdPath(id=read_id(form, "task")), work.DoneInput()
            return "finish_task", of.id, lambda: work.finish_task(node, of, on)
        case "milestone":
            target = read_count(form.get("target", ""))
            promised = read_form(work.MilestoneInput, form, "what", "unit", "due", target=target)
            return "add_milestone", path.id, lambda: work.add_milestone(node, path, promised)
        case "reached":
            of = IdPath(id=read_id(form, "milestone"))
            value = read_count(form.get("reached", ""))
            came = read_form(work.ReachedInput, form, reached=value)
            return "reach_milestone", of.id, lambda: work.reach_milestone(node, of, came)
        case "output" | "outcome" as sort:
            made = read_form(
                work.AchievementInput,
                form,
                *("kind", "title", "on", "note"),
                sort=sort,
                number=read_count(form.get("number", "")),
                amount_fen=read_yuan(form.get("amount", "")),
            )
            return "add_achievement", path.id, lambda: work.add_achievement(node, path, made)
        case _:
            raise unknown_form()
