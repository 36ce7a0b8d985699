"""The desk of saved searches, what arrived that fits them, and the station's own words (D13)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grassroots.forms import build, read_form, unknown_form
from grassroots.matching.vocabulary import Pair, add_word, list_vocabulary, remove_word
from grassroots.matching.watching import (
    AlertQuery,
    SavedSearchInput,
    list_alerts,
    list_searches,
    read_alert,
    remove_search,
    save_search,
)
from node.capability import Capability, Desk, Done, Visit
from node.drafting import IdPath
from node.people.permissions import Act
from node.people.recording import record

if TYPE_CHECKING:
    from node.app import Node

_PATH = "/watching"
ALERTS = 50


async def build_watching(node: "Node", visit: Visit) -> Mapping[str, object]:
    """What arrived that fits, the searches saved, and the station's words."""
    return {
        "alerts": (await list_alerts(node, AlertQuery(limit=ALERTS))).items,
        "searches": (await list_searches(node)).items,
        "words": (await list_vocabulary(node)).items,
        "wanted": {name: visit.query.get(name, "")[:64] for name in ("need", "result")},
    }


async def submit_watching(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Save or remove a search, note an alert as read, keep or forget a word."""
    me = visit.known
    match form.get("do"):
        case "save":
            body = read_form(SavedSearchInput, form, more={"person": me.person[:40]})
            await record(node, me, "save_search", "", lambda: save_search(node, body))
        case "remove":
            path = build(IdPath, {"id": form.get("id", "")})
            await record(node, me, "remove_search", path.id, lambda: remove_search(node, path))
        case "read":
            path = build(IdPath, {"id": form.get("id", "")})
            await record(node, me, "read_alert", path.id, lambda: read_alert(node, path))
        case "add":
            pair = read_form(Pair, form)
            await record(node, me, "add_word", "", lambda: add_word(node, pair))
        case "forget":
            pair = read_form(Pair, form)
            await record(node, me, "remove_word", "", lambda: remove_word(node, pair))
        case _:
            raise unknown_form()
    return Done(_PATH)


CAPABILITY = Capability(
    name="watching-desk",
    title="检索提醒",
    serves=("D13",),
    channels=("needs", "results"),
    desks=(
        Desk(
            _PATH, "watching.html", "检索提醒", build_watching, Act.WATCH, submit_watching,
            "检索提醒", ("D13",),
        ),
    ),
)  # fmt: skip
