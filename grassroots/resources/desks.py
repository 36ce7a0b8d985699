"""The forms for resources: make one known, change it, withdraw it, erase it (F1, F2, F5, C13)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from grassroots.forms import (
    read_list,
    read_number,
    read_part,
    read_text,
    read_texts,
    read_yuan,
    unknown_form,
)
from grassroots.needs import WithdrawInput
from grassroots.resources.offers import (
    ResourceInput,
    amend_resource,
    forget_resource,
    get_behind,
    offer_resource,
    own_resource,
    withdraw_resource,
)
from node.capability import Desk, Done, Visit
from node.drafting import IdPath, fill, own_station
from node.errors import InvalidError
from node.people.permissions import Act
from node.people.recording import record
from node.search.fields import field_names
from protocol.records.resources import KINDS_OF_TYPE, Bundle

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.resources import ResourceView

FEN_PER_YUAN = 100


async def build_new(node: "Node", visit: Visit) -> Mapping[str, object]:
    """An empty form for one type; the place is this station's."""
    me = own_station(node)
    asked = visit.query.get("type", "")
    type_ = asked if asked in KINDS_OF_TYPE else "expert"
    return {
        **_choices(type_),
        "given": {"division": me.division or "", "lang": "zh"},
        "resource": None,
    }


async def submit_new(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Make known what the form says."""
    body = fill(ResourceInput, _fields(form, form.get("type", "")))
    made = await record(node, visit.known, "offer_resource", "", lambda: offer_resource(node, body))
    return Done(f"/resources/{made.id}")


async def build_edit(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The form filled in with what the resource says now, and who stands behind it."""
    resource = await own_resource(node, visit.path["id"], is_open=False)
    behind = await get_behind(node, IdPath(id=resource.id))
    known = {f"behind_{name}": value for name, value in behind.model_dump().items()}
    return {**_choices(resource.type), "given": {**_given(resource), **known}, "resource": resource}


async def submit_edit(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Change the resource, withdraw it, or erase all that was said of it."""
    path = IdPath(id=visit.path["id"])
    actor = visit.known
    match form.get("do"):
        case "amend":
            kept = await own_resource(node, path.id)
            fields = {**_fields(form, kept.type), "source": _source(kept)}
            body = fill(ResourceInput, fields)
            await record(
                node, actor, "amend_resource", path.id, lambda: amend_resource(node, path, body)
            )
        case "withdraw":
            why = WithdrawInput(reason=form.get("reason", "").strip()[:2_000])
            await record(
                node,
                actor,
                "withdraw_resource",
                path.id,
                lambda: withdraw_resource(node, path, why),
            )
        case "forget":
            if not form.get("sure"):
                raise InvalidError(
                    "Erasing everywhere cannot be undone.", "Tick that it is meant.", {"sure": "no"}
                )
            await record(
                node, actor, "forget_resource", path.id, lambda: forget_resource(node, path)
            )
            return Done("/resources")
        case _:
            raise unknown_form()
    return Done(f"/resources/{path.id}")


def _choices(type_: str) -> dict[str, object]:
    return {
        "type": type_,
        "types": tuple(KINDS_OF_TYPE),
        "kinds": KINDS_OF_TYPE[type_],
        "bundles": get_args(Bundle),
        "field_names": field_names(),
        "is_person": type_ in ("expert", "broker"),
        "is_product": type_ in ("service", "information"),
    }


def _fields(form: Mapping[str, str], type_: str) -> dict[str, object]:
    """What the form says, as members of the record; what is kept here only in ``behind``."""
    person = read_part(form, name="person", consented_on="consented_on", scope="consent_scope")
    behind = read_part(form, name="behind_name", contact="behind_contact", note="behind_note")
    return {
        "type": type_,
        **read_texts(
            form, "kind", "title", "text", "organisation", "rank", "bundle", "since", "until",
            "url", "field", "division",
        ),
        "person": _present(person),
        "behind": _present(behind),
        "price_fen": read_yuan(form, "price"),
        "members": read_number(form, "members"),
        "served": read_number(form, "served"),
        "keywords": read_list(form, "keywords"),
        "lang": read_text(form, "lang") or "zh",
    }  # fmt: skip


def _present(part: dict[str, object] | None) -> dict[str, object] | None:
    return part and {name: value for name, value in part.items() if value is not None}


def _given(resource: "ResourceView") -> dict[str, str]:
    shown = {
        name: str(value)
        for name, value in resource.model_dump().items()
        if isinstance(value, str | int)
    }
    yuan, fen = divmod(resource.price_fen or 0, FEN_PER_YUAN)
    price = f"{yuan}.{fen:02d}" if fen else str(yuan)
    return {
        **shown,
        "keywords": "；".join(resource.keywords),
        "price": price if resource.price_fen is not None else "",
    }


def _source(resource: "ResourceView") -> dict[str, str] | None:
    if not resource.source_system:
        return None
    given = {"system": resource.source_system, "id": resource.source_id, "url": resource.source_url}
    return {name: value for name, value in given.items() if value}


DESKS = (
    Desk("/resources/new", "resource_form.html", "登记资源", build_new, Act.PUBLISH, submit_new),
    Desk(
        "/resources/{id}/edit",
        "resource_form.html",
        "办理资源",
        build_edit,
        Act.PUBLISH,
        submit_edit,
    ),
)
