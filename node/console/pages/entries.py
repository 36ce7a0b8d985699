"""Entries: every fact's way back to a signature, and what has no effect and why (P2)."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from node.console.pages.paging import ROWS, cut_page, read_query
from node.durability import find_own_holders
from node.erased import afind_erasure
from node.errors import NotFoundError
from node.readmodels import entries
from protocol.entry import parse_body
from protocol.errors import Inert
from protocol.limits import CHANNELS, FORMAT

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.entries import EntryView
    from node.store import Reading
    from protocol.header import Header

_PAGES = {"needs": "/needs/", "results": "/results/", "referrals": "/referrals/"}
_OPENINGS = {
    "need.published/1": "/needs/",
    "result.published/1": "/results/",
    "resource.offered/1": "/resources/",
    "results.screened/1": "/screenings/",
    "referral.requested/1": "/referrals/",
    "ranking.published/1": "/ranking/",
}
_OF_STATION = (
    "station.described/1",
    "report.compiled/1",
    "visit.made/1",
    "activity.held/1",
    "service.rendered/1",
)


async def build_entries(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Stored entries, newest first: all, the inert, or those inert for one reason."""
    asked = read_query(query, "reason", "channel", "station")

    def look(reading: "Reading") -> dict[str, object]:
        found = entries.find(reading, **asked, limit=ROWS + 1)
        shown, links = cut_page(found, "/entries", asked)
        inert = entries.count_inert(reading)
        return {
            "entries": shown,
            "inert": list(inert.items()),
            "inert_total": sum(inert.values()),
            "channels": CHANNELS,
            "query": asked,
            **links,
        }

    return await node.store.aread(look)


async def build_entry(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One entry: its header field by field, its body, its two lines as signed."""

    def look(reading: "Reading") -> dict[str, Any]:
        view = entries.get(reading, path["id"])
        entry = node.roster.disputes.kept.get(view.id) or reading.entry(view.log, view.seq)
        return {
            "title": view.kind,
            "entry": view,
            "fields": _fields(entry.header),
            "pretty": _pretty(entry.body),
            "header_line": entry.line.decode("ascii"),
            "body_line": entry.body.decode("utf-8", "replace"),
            "next_id": _next_id(reading, view),
            "about": _about(view, entry.body),
        }

    shown = await node.store.aread(look)
    return {
        **shown,
        "held_by": await find_own_holders(node, shown["entry"]),
        "erasure": await afind_erasure(node, shown["entry"]),
    }


def _fields(header: "Header") -> list[tuple[str, str | int]]:
    return [("format", FORMAT), *header._asdict().items()]


def _pretty(body: bytes) -> str:
    """The body laid out for a reader; as it is where it is no JSON; empty where it is absent."""
    try:
        return json.dumps(parse_body(body), ensure_ascii=False, indent=2)
    except Inert:
        return body.decode("utf-8", "replace")


def _next_id(reading: "Reading", view: "EntryView") -> str:
    try:
        return reading.entry(view.log, view.seq + 1).id
    except NotFoundError:
        return ""


def _about(view: "EntryView", body: bytes) -> str:
    """The page about what an entry in force records, if it opened or changed something shown."""
    if view.reason:
        return ""
    if view.kind == "ranking.published/1" and parse_body(body)["part"] != 1:
        return "/ranking"
    if view.kind in _OPENINGS:
        return _OPENINGS[view.kind] + view.id
    if view.kind in _OF_STATION:
        return f"/stations/{view.station}"
    page = "/resources/" if view.kind.startswith("resource.") else _PAGES.get(view.channel)
    return page + view.subject if page and view.subject != "-" else ""
