"""The desk of one engagement: its tasks, figures, what came of it, agreements, contracts."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from grassroots.engagements import (
    activities,
    agreements,
    book,
    contracts,
    corrections,
    figures,
    work,
)
from grassroots.engagements.activities import ActivityQuery
from grassroots.engagements.agreements import AgreementInput, AgreementQuery
from grassroots.engagements.contracts import ContractQuery
from grassroots.engagements.corrections import (
    AchievementAmendInput,
    MilestoneAmendInput,
    TaskAmendInput,
)
from grassroots.engagements.history import ReasonInput
from grassroots.engagements.rows import find_row
from grassroots.engagements.templates import templates
from grassroots.forms import (
    read_form,
    read_id,
    read_number,
    read_text,
    read_texts,
    read_yuan,
    unknown_form,
    without_none,
)
from node.calendar import day_of
from node.capability import Done, Visit
from node.drafting import IdPath
from node.people import accounts
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs
from node.servicelists import service_title
from node.store import Enterprise

if TYPE_CHECKING:
    from node.app import Node
    from node.people import Actor
    from node.store import Reading

Work = Callable[[], Awaitable[object]]


async def build_engagement(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One engagement with everything that belongs to it."""
    id_ = visit.path["id"][:64]

    def look(reading: "Reading") -> dict[str, object]:
        detail = work.read_detail(reading, id_)
        view = detail.engagement
        card = None if view.enterprise is None else find_row(reading, Enterprise, view.enterprise)
        listed = agreements.find(reading, AgreementQuery(engagement=id_))
        return {
            **{name: getattr(detail, name) for name in type(detail).model_fields},
            "title": view.title,
            "enterprise_name": "" if card is None else card.name,
            "need": needs.find_many(reading, [view.need]).get(view.need) if view.need else None,
            "agreements": listed,
            "scans": agreements.find_scans(reading, [each.id for each in listed]),
            "contracts": contracts.find(reading, ContractQuery(engagement=id_)),
            "activities": activities.find(reading, ActivityQuery(engagement=id_)),
            "people": {each.id: each.person for each in accounts.find(reading)},
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
    act, target, do = _choose(node, visit.known, path, form)
    made = await record(node, visit.known, act, target, do)
    if act == "add_agreement":
        return Done(f"/agreements/{getattr(made, 'id', '')}")
    return Done(f"/services/{path.id}")


def _choose(
    node: "Node", actor: "Actor", path: IdPath, form: Mapping[str, str]
) -> tuple[str, str, Work]:
    """The operation a form asks for: its name, what it is done to, and the doing."""
    match form.get("do"):
        case "start":
            return "start_engagement", path.id, lambda: book.start_engagement(node, path)
        case "finish":
            on = read_form(book.FinishInput, form)
            return "finish_engagement", path.id, lambda: book.finish_engagement(node, path, on)
        case "stop":
            why = read_form(book.StopInput, form)
            return "stop_engagement", path.id, lambda: book.stop_engagement(node, path, why)
        case "agreement":
            asked = read_form(AgreementInput, form, more={"engagement": path.id})
            return "add_agreement", path.id, lambda: agreements.add_agreement(node, asked)
        case _:
            return _choose_part(node, actor, path, form)


def _choose_part(
    node: "Node", actor: "Actor", path: IdPath, form: Mapping[str, str]
) -> tuple[str, str, Work]:
    match form.get("do"):
        case "task":
            task = read_form(work.TaskInput, form)
            return "add_task", path.id, lambda: work.add_task(node, path, task)
        case "done":
            of, on = IdPath(id=read_id(form, "task")), work.DoneInput()
            return "finish_task", of.id, lambda: work.finish_task(node, of, on)
        case "milestone":
            target = without_none(target=read_number(form, "target"))
            promised = read_form(figures.MilestoneInput, form, more=target)
            return "add_milestone", path.id, lambda: figures.add_milestone(node, path, promised)
        case "reached":
            of = IdPath(id=read_id(form, "milestone"))
            value = without_none(reached=read_number(form, "reached"))
            came = read_form(figures.ReachedInput, form, more=value)
            return "reach_milestone", of.id, lambda: figures.reach_milestone(node, of, came)
        case str(act) if act.startswith(("amend_", "withdraw_")):
            return _choose_correction(node, actor, form)
        case "output" | "outcome" as sort:
            made = read_form(
                work.AchievementInput, form, more={"sort": sort, **_read_figures(form)}
            )
            return "add_achievement", path.id, lambda: work.add_achievement(node, path, made)
        case _:
            raise unknown_form()


def _read_figures(form: Mapping[str, str]) -> dict[str, object]:
    """Number and amount of an output or an outcome, as far as they are given."""
    return without_none(number=read_number(form, "number"), amount_fen=read_yuan(form, "amount"))


_WITHDRAWING: Mapping[str, Callable[..., Awaitable[object]]] = {
    "withdraw_task": corrections.withdraw_task,
    "withdraw_milestone": corrections.withdraw_milestone,
    "withdraw_achievement": corrections.withdraw_achievement,
}
"""The forms that withdraw, and what they do."""


def _choose_correction(
    node: "Node", actor: "Actor", form: Mapping[str, str]
) -> tuple[str, str, Work]:
    """What a form corrects: a task, a figure, an output or an outcome, amended or withdrawn."""
    act = form["do"]
    of = IdPath(id=read_id(form, act.partition("_")[2]))
    if act == "amend_task":
        days = read_texts(form, "due", "done_on")
        more = {**days, "person": read_text(form, "person") or ""}
        task = read_form(TaskAmendInput, form, more=more)
        return act, of.id, lambda: corrections.amend_task(node, actor, of, task)
    if act == "amend_milestone":
        more = {
            "unit": read_text(form, "unit") or "",
            "reached": read_number(form, "reached"),
            **without_none(target=read_number(form, "target")),
        }
        figure = read_form(MilestoneAmendInput, form, more=more)
        return act, of.id, lambda: corrections.amend_milestone(node, actor, of, figure)
    if act == "amend_achievement":
        values = {**_read_figures(form), "amount_fen": read_yuan(form, "amount")}
        more = {**values, "note": read_text(form, "note") or ""}
        made = read_form(AchievementAmendInput, form, more=more)
        return act, of.id, lambda: corrections.amend_achievement(node, actor, of, made)
    withdraw = _WITHDRAWING.get(act)
    if withdraw is None:
        raise unknown_form()
    why = read_form(ReasonInput, form)
    return act, of.id, lambda: withdraw(node, actor, of, why)
