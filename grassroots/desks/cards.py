"""Desks for enterprises: the list, one card with all that hangs on it, and the form (A6, B14)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from grassroots.dossiers import get_dossier
from grassroots.enterprises import (
    EnterpriseInput,
    EnterpriseQuery,
    ParkKind,
    add_enterprise,
    edit_enterprise,
    find_enterprises,
)
from grassroots.forms import build, filled, read_form, unknown_form
from grassroots.rights import copy_enterprise, remove_enterprise
from node.capability import Desk, Done, Visit
from node.drafting import IdPath
from node.people.permissions import Act
from node.people.recording import record
from protocol.records.needs import Size

if TYPE_CHECKING:
    from node.app import Node

_LIST = "/enterprises"
ROWS = 100


async def build_cards(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The cards kept here, newest first, by words and place."""
    asked = {name: visit.query.get(name, "").strip()[:120] for name in ("q", "division")}
    query = build(EnterpriseQuery, {**asked, "limit": ROWS})
    found = await node.store.aread(lambda reading: find_enterprises(reading, query))
    return {"cards": found, "query": asked, "is_cut": len(found) == ROWS}


async def build_card(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One card, its visits, needs, referrals, and whom it was disclosed to."""
    dossier = await get_dossier(node, IdPath(id=visit.path["id"]))
    by_id = {need.id: need for need in dossier.needs}
    return {"title": dossier.card.name, "needs_by_id": by_id, **dict(dossier)}


async def submit_card(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Hand out a copy of all that is kept of the enterprise, or delete it (D11)."""
    path, me = build(IdPath, {"id": visit.path["id"]}), visit.known
    match form.get("do"):
        case "copy":
            copy = await record(
                node, me, "copy_enterprise", path.id, lambda: copy_enterprise(node, path)
            )
            return Done(f"{_LIST}/{path.id}", file=copy)
        case "remove":
            me.check_may(Act.MANAGE)
            told = await record(
                node, me, "remove_enterprise", path.id, lambda: remove_enterprise(node, path)
            )
            return Done(_LIST if told.is_gone else f"{_LIST}/{path.id}")
        case _:
            raise unknown_form()


async def build_new(node: "Node", visit: Visit) -> Mapping[str, object]:
    """An empty form."""
    return {"values": {}, "card": None, **_choices()}


async def build_edit(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The form with what the card holds."""
    card = (await get_dossier(node, IdPath(id=visit.path["id"]))).card
    return {"values": filled(card), "card": card, **_choices()}


def _choices() -> dict[str, object]:
    return {"sizes": get_args(Size), "park_kinds": get_args(ParkKind)}


def _read(form: Mapping[str, str]) -> EnterpriseInput:
    return read_form(EnterpriseInput, form, flags=("tech_sme",))


async def submit_new(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Keep a new card."""
    body = _read(form)
    made = await record(node, visit.known, "add_enterprise", "", lambda: add_enterprise(node, body))
    return Done(f"{_LIST}/{made.id}")


async def submit_edit(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Write a card anew."""
    path, body = IdPath(id=visit.path["id"]), _read(form)
    await record(
        node, visit.known, "edit_enterprise", path.id, lambda: edit_enterprise(node, path, body)
    )
    return Done(f"{_LIST}/{path.id}")


DESKS = (
    Desk(_LIST, "cards.html", "企业档案", build_cards, Act.READ_CARDS, None, "企业", ("B2", "B14")),
    Desk(
        f"{_LIST}/new", "card_form.html", "登记企业", build_new, Act.WRITE_CARDS, submit_new, "",
        ("B2",),
    ),
    Desk(f"{_LIST}/{{id}}", "card.html", "企业", build_card, Act.READ_CARDS, submit_card, "",
         ("D11",)),
    Desk(
        f"{_LIST}/{{id}}/edit", "card_form.html", "修改企业档案", build_edit, Act.WRITE_CARDS,
        submit_edit, "", ("B2",),
    ),
)  # fmt: skip
