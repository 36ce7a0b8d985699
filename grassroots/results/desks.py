"""The forms for results: publish one, change it, advance it, withdraw it (C4-C7, C11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from grassroots.forms import (
    read_list,
    read_number,
    read_part,
    read_text,
    read_texts,
    unknown_form,
)
from grassroots.needs import WithdrawInput
from grassroots.results.offers import (
    AdvanceInput,
    ResultInput,
    advance_result,
    amend_result,
    own_result,
    publish_result,
    withdraw_result,
)
from node.calendar import day_of
from node.capability import Desk, Done, Visit
from node.drafting import IdPath, fill, own_station
from node.people.permissions import Act
from node.people.recording import record
from node.search.fields import field_names
from protocol.records.results import Maturation, ProgrammeLevel, Protection

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.results import ResultView

_CHOICES: Mapping[str, object] = {
    "protections": get_args(Protection),
    "stages": get_args(Maturation),
    "levels": get_args(ProgrammeLevel),
    "field_names": field_names(),
}


async def build_new(node: "Node", visit: Visit) -> Mapping[str, object]:
    """An empty form; the place is this station's."""
    me = own_station(node)
    given = {"division": me.division or "", "lang": "zh"}
    return {**_CHOICES, "given": given, "result": None, "today": _today(node)}


async def submit_new(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Publish what the form says."""
    body = fill(ResultInput, _fields(form))
    made = await record(node, visit.known, "publish_result", "", lambda: publish_result(node, body))
    return Done(f"/results/{made.id}")


async def build_edit(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The form filled in with what the result says now."""
    result = await own_result(node, visit.path["id"])
    stages = get_args(Maturation)
    at = stages.index(result.stage) + 1 if result.stage else 0
    return {
        **_CHOICES,
        "given": _given(result),
        "result": result,
        "today": _today(node),
        "next_stage": stages[min(at, len(stages) - 1)],
    }


async def submit_edit(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Change the result, advance it, or take it off offer."""
    path = IdPath(id=visit.path["id"])
    actor, page = visit.known, f"/results/{path.id}"
    match form.get("do"):
        case "amend":
            kept = await own_result(node, path.id)
            body = fill(ResultInput, {**_fields(form), "source": _source(kept)})
            await record(
                node, actor, "amend_result", path.id, lambda: amend_result(node, path, body)
            )
        case "advance":
            step = fill(
                AdvanceInput,
                {
                    **read_texts(form, "stage", "on", "note"),
                    "trl": read_number(form, "trl"),
                },
            )
            await record(
                node, actor, "advance_result", path.id, lambda: advance_result(node, path, step)
            )
        case "withdraw":
            why = WithdrawInput(reason=form.get("reason", "").strip()[:2_000])
            await record(
                node, actor, "withdraw_result", path.id, lambda: withdraw_result(node, path, why)
            )
        case _:
            raise unknown_form()
    return Done(page)


def _today(node: "Node") -> str:
    return day_of(node.clock.now_ms())


def _fields(form: Mapping[str, str]) -> dict[str, object]:
    """What the form says, as members of the record."""
    programme = read_part(form, name="programme_name", number="programme_number")
    if programme is not None or read_text(form, "programme_level"):
        programme = {**(programme or {}), "level": read_text(form, "programme_level")}
    evaluation = read_part(form, by="evaluation_by", on="evaluation_on", finding="finding")
    return {
        **read_texts(
            form, "title", "text", "field", "discipline", "category", "owner", "ip", "stage"
        ),
        "keywords": read_list(form, "keywords"),
        "trl": read_number(form, "trl"),
        "patents": read_list(form, "patents"),
        "ipc": [code.upper() for code in read_list(form, "ipc")],
        "programme": _present(programme),
        "evaluation": _present(evaluation),
        "division": read_text(form, "division"),
        "lang": read_text(form, "lang") or "zh",
    }


def _present(part: dict[str, object] | None) -> dict[str, object] | None:
    """A part without what nothing was typed for: what it needs is then named as missing."""
    return part and {name: value for name, value in part.items() if value is not None}


def _given(result: "ResultView") -> dict[str, str]:
    shown = {
        name: str(value)
        for name, value in result.model_dump().items()
        if isinstance(value, str | int)
    }
    lists = {name: "；".join(getattr(result, name)) for name in ("keywords", "patents", "ipc")}
    return {**shown, **lists, "finding": result.evaluation_finding}


def _source(result: "ResultView") -> dict[str, str] | None:
    """Where a result was brought in from is kept: by it a file read again finds it."""
    if not result.source_system:
        return None
    given = {"system": result.source_system, "id": result.source_id, "url": result.source_url}
    return {name: value for name, value in given.items() if value}


DESKS = (
    Desk("/results/new", "result_form.html", "发布成果", build_new, Act.PUBLISH, submit_new),
    Desk(
        "/results/{id}/edit", "result_form.html", "办理成果", build_edit, Act.PUBLISH, submit_edit
    ),
)
