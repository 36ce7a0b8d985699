"""Who here works on a case or a need, on its own page; and the page of a need (A7, N8)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grassroots.assigning import AssignInput, assign, find_assigned
from grassroots.forms import read_form, unknown_form
from node.capability import Desk, Done, Visit
from node.console.pages.publications import build_need
from node.people import accounts
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs

if TYPE_CHECKING:
    from node.app import Node
    from node.people import Actor
    from node.store import Reading

_NEED = "/needs"


async def tell_assigned(node: "Node", actor: "Actor | None", id_: str) -> dict[str, object]:
    """Who works on a case or a need, and who could; nothing to those who have not logged in."""

    def look(reading: "Reading") -> dict[str, object]:
        if actor is None:
            return {"assigned": None, "people": []}
        return {"assigned": find_assigned(reading).get(id_), "people": accounts.find(reading)}

    may_assign = actor is not None and actor.may(Act.REFER)
    return {**await node.store.aread(look), "may_assign": may_assign}


async def submit_assignment(node: "Node", visit: Visit, id_: str, form: Mapping[str, str]) -> None:
    """Give a case or a need to whom the form names, or take it back where it names nobody."""
    actor = visit.known
    actor.check_may(Act.REFER)
    body = read_form(AssignInput, form, more={"subject": id_})
    await record(node, actor, "assign", id_, lambda: assign(node, actor, body))


async def build_need_desk(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One need, and who here works on it."""
    shown = await build_need(node, visit.path, visit.query)
    id_ = visit.path["id"]
    return {
        **shown, "here": f"{_NEED}/{id_}", **await tell_assigned(node, visit.actor, id_)
    }  # fmt: skip


async def submit_need(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Give the need to somebody here, or to somebody else."""
    if form.get("do") != "assign":
        raise unknown_form()
    id_ = visit.path["id"]
    await node.store.aread(lambda reading: needs.get(reading, id_))
    await submit_assignment(node, visit, id_, form)
    return Done(f"{_NEED}/{id_}")


DESKS = (
    Desk(f"{_NEED}/{{id}}", "need.html", "需求", build_need_desk, None, submit_need, "",
         ("B3", "D13", "A7")),
)  # fmt: skip
