"""Desks for needs: the work bench, the form, a draft under review, a need of this station's own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from grassroots import needs as own
from grassroots import reviewing
from grassroots.draftbook import find_drafts
from grassroots.drafts import (
    DraftInput,
    NeedIntake,
    ReturnInput,
    ReviewInput,
    compare_draft,
    line_of,
    read_draft,
)
from grassroots.enterprises import name_enterprises
from grassroots.forms import build, filled, read_form, unknown_form, wan
from grassroots.needs import RenewInput, SolveInput, WithdrawInput, find_origin, own_need
from node.capability import Desk, Done, Visit
from node.codelists import PROGRAMMES, STAGES
from node.drafting import IdPath
from node.lifecycle import term_of
from node.people import accounts
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs
from node.search.fields import field_names
from protocol.records.needs import NEED_KINDS, UPGRADE_KINDS, Scope, Size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from node.app import Node
    from node.people import Actor
    from node.store import Reading

_WORK, _NEW, _DRAFT = "/workbench", "/needs/new", "/drafts/{id}"
ROWS = 50
_WORDS, _LINES, _FLAGS = ("keywords", "tags"), ("indicators", "gathers"), ("unclassified",)


async def build_work(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What waits: drafts by state, and published needs that are about to run out."""
    term = term_of(node.config.needs, node.clock.now_ms())
    me = node.me

    def look(reading: "Reading") -> dict[str, object]:
        def queue(*states: str) -> list[object]:
            return [line_of(row) for row in find_drafts(reading, *states, limit=ROWS)]

        def mine(state: str) -> object:
            if me is None:
                return []
            return needs.find(reading, station=me.id, state=state, limit=ROWS, term=term)

        return {
            "submitted": queue("submitted"),
            "approved": queue("approved", "publishing"),
            "returned": queue("returned"),
            "drafted": queue("drafted"),
            "expiring": mine("expiring"),
            "expired": mine("expired"),
            "people": _people(reading),
        }

    return await node.store.aread(look)


def _people(reading: "Reading") -> dict[str, str]:
    return {each.id: each.person or each.name for each in accounts.find(reading)}


def _choices() -> dict[str, object]:
    return {
        "kinds": NEED_KINDS,
        "sub_kinds": UPGRADE_KINDS,
        "scopes": get_args(Scope),
        "sizes": get_args(Size),
        "stages": STAGES,
        "fields": field_names(),
        "programmes": PROGRAMMES,
    }


async def build_new(node: "Node", visit: Visit) -> Mapping[str, object]:
    """An empty form, or the content of the need that is to be amended."""
    names = await node.store.aread(name_enterprises)
    values: dict[str, str] = {"scope": "enterprise", "kind": "upgrade"}
    enterprise, amends = visit.query.get("enterprise", ""), visit.query.get("amends", "")
    if enterprise:
        values["enterprise"] = enterprise
    if amends:
        need = await own_need(node, amends)
        values = {**filled(need), "budget": wan(need.budget_fen), "amends": need.id}
        values["enterprise"] = await find_origin(node, need.id) or ""
    return {"values": values, "names": names, "draft": None, **_choices()}


async def build_edit(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The form with what the draft holds."""
    draft = await read_draft(node, IdPath(id=visit.path["id"]))
    names = await node.store.aread(name_enterprises)
    values = {**filled(draft.need), "budget": wan(draft.need.budget_fen)}
    return {"values": values, "names": names, "draft": draft, **_choices()}


async def submit_new(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Keep a new draft."""
    body = read_form(
        DraftInput, form, words=_WORDS, lines=_LINES, flags=_FLAGS, wan={"budget": "budget_fen"}
    )
    made = await record(
        node, visit.known, "draft_need", "", lambda: reviewing.draft_need(node, body, visit.known)
    )
    return Done(f"/drafts/{made.id}")


async def submit_edit(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Write a draft anew."""
    path = IdPath(id=visit.path["id"])
    body = read_form(
        NeedIntake, form, words=_WORDS, lines=_LINES, flags=_FLAGS, wan={"budget": "budget_fen"}
    )
    await record(
        node, visit.known, "change_need", path.id,
        lambda: reviewing.change_need(node, path, body, visit.known),
    )  # fmt: skip
    return Done(f"/drafts/{path.id}")


async def build_draft(node: "Node", visit: Visit) -> Mapping[str, object]:
    """A draft with its history, what is alike, and what may be done with it."""
    path = IdPath(id=visit.path["id"])
    draft = await read_draft(node, path)
    names, people = await node.store.aread(lambda r: (name_enterprises(r), _people(r)))
    alike = [] if draft.state == "published" else (await compare_draft(node, path)).items
    hands = {step.actor for step in draft.steps if step.act in ("drafted", "changed")}
    return {
        "title": draft.need.title,
        "draft": draft,
        "need": draft.need,
        "alike": alike,
        "names": names,
        "people": people,
        "is_own": visit.known.id in hands,
    }


async def submit_draft(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Submit, approve, return, publish or throw away a draft."""
    path, actor = IdPath(id=visit.path["id"]), visit.known
    if form.get("anyway", "").strip():
        await _say_why(node, path, actor, form["anyway"].strip())
    acts: dict[str, tuple[Act, Callable[[], Awaitable[object]]]] = {
        "submit_draft": (Act.PUBLISH, lambda: reviewing.submit_draft(node, path, actor)),
        "publish_draft": (Act.PUBLISH, lambda: reviewing.publish_draft(node, path, actor)),
        "discard_draft": (Act.PUBLISH, lambda: reviewing.discard_draft(node, path)),
        "review_draft": (
            Act.REVIEW,
            lambda: reviewing.review_draft(
                node, path, build(ReviewInput, {"note": form.get("note", "").strip()}), actor
            ),
        ),
        "return_draft": (
            Act.REVIEW,
            lambda: reviewing.return_draft(
                node, path, build(ReturnInput, {"reason": form.get("reason", "").strip()}), actor
            ),
        ),
    }
    do = form.get("do", "")
    if do not in acts:
        raise unknown_form()
    act, work = acts[do]
    actor.check_may(act)
    await record(node, actor, do, path.id, work)
    return Done(_WORK if do == "discard_draft" else f"/drafts/{path.id}")


async def _say_why(node: "Node", path: IdPath, actor: "Actor", why: str) -> None:
    """Keep the reason to publish although the same is open, before it is handed in."""
    draft = await read_draft(node, path)
    if draft.state in ("drafted", "returned") and draft.need.anyway != why:
        actor.check_may(Act.PUBLISH)
        body = draft.need.model_copy(update={"anyway": why})
        await record(
            node, actor, "change_need", path.id,
            lambda: reviewing.change_need(node, path, body, actor),
        )  # fmt: skip


async def build_own(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What may be done with a need this station has open."""
    need = await own_need(node, visit.path["id"])
    term = term_of(node.config.needs, node.clock.now_ms())
    shown = await node.store.aread(lambda reading: needs.get(reading, need.id, term))
    return {"title": shown.title, "need": shown}


async def submit_own(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Renew, withdraw or close a need of this station."""
    path, actor = IdPath(id=visit.path["id"]), visit.known
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "renew_need": lambda: own.renew_need(node, path, read_form(RenewInput, form)),
        "withdraw_need": lambda: own.withdraw_need(node, path, read_form(WithdrawInput, form)),
        "solve_need": lambda: own.solve_need(node, path, read_form(SolveInput, form)),
    }
    do = form.get("do", "")
    if do not in acts:
        raise unknown_form()
    await record(node, actor, do, path.id, acts[do])
    return Done(f"/needs/{path.id}")


DESKS = (
    Desk(
        _WORK, "workbench.html", "需求办理", build_work, Act.READ_CARDS, None, "需求办理", ("B3",)
    ),
    Desk(_NEW, "need_form.html", "登记需求", build_new, Act.PUBLISH, submit_new, "", ("B3",)),
    Desk(_DRAFT, "draft.html", "需求草稿", build_draft, Act.READ_CARDS, submit_draft, "", ("B3",)),
    Desk(
        f"{_DRAFT}/edit", "need_form.html", "修改需求草稿", build_edit, Act.PUBLISH, submit_edit,
        "", ("B3",),
    ),
    Desk(
        "/needs/{id}/manage", "need_own.html", "办理需求", build_own, Act.PUBLISH, submit_own, "",
        ("B3",),
    ),
)  # fmt: skip
