"""Desks for visits: what was done, and the form to record one (B2)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grassroots.enterprises import name_enterprises
from grassroots.forms import read_form
from grassroots.visits import VisitInput, add_visit, find_visits
from node.calendar import day_of
from node.capability import Desk, Done, Visit
from node.people.permissions import Act
from node.people.recording import record

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_LIST = "/visits"
ROWS = 100


async def build_visits(node: "Node", visit: Visit) -> Mapping[str, object]:
    """This station's visits, the latest first, and the form to record one."""

    def look(reading: "Reading") -> dict[str, object]:
        found = find_visits(reading, limit=ROWS)
        return {"visits": found, "names": name_enterprises(reading), "is_cut": len(found) == ROWS}

    return {
        **await node.store.aread(look),
        "today": day_of(node.clock.now_ms()),
        "chosen": visit.query.get("enterprise", ""),
        "is_kept": "kept" in visit.query,
    }


async def submit_visit(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Record a visit; where it turned up needs, the next page is the form for one."""
    body = read_form(VisitInput, form)
    actor = visit.known
    actor.check_may(Act.WRITE_CARDS)
    await record(node, actor, "add_visit", "", lambda: add_visit(node, body))
    return Done(f"{_LIST}?kept=1")


DESKS = (
    Desk(_LIST, "visits.html", "走访记录", build_visits, Act.READ_CARDS, submit_visit, "走访",
         ("A6", "B2")),
)  # fmt: skip
