"""Needs and results: lists to search, and one of each with what may match it (B3, C5, D13)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from node.console.pages.paging import ROWS, cut_page, read_query
from node.readmodels import needs, referrals, results, stations

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.needs import NeedView
    from node.readmodels.results import ResultView
    from node.store import Reading

MATCHES = 6


class Match(NamedTuple):
    """A need or result that may fit, and the words the two share as the reason (D13)."""

    row: "NeedView | ResultView"
    score: str
    terms: tuple[str, ...]


async def build_needs(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Needs, newest first, by words, field, state or station."""
    asked = read_query(query, "q", "field", "state", "station")

    def look(reading: "Reading") -> dict[str, object]:
        found = needs.find(reading, **asked, limit=ROWS + 1)
        shown, links = cut_page(found, "/needs", asked)
        fields = [name for name in needs.count_by(reading, "field") if name]
        return {"needs": shown, "fields": fields, "query": asked, **links}

    return await node.store.aread(look)


async def build_results(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Results, newest first, by words, field or station."""
    asked = read_query(query, "q", "field", "station")

    def look(reading: "Reading") -> dict[str, object]:
        found = results.find(reading, **asked, limit=ROWS + 1)
        shown, links = cut_page(found, "/results", asked)
        fields = [name for name in results.count_by(reading, "field") if name]
        return {"results": shown, "fields": fields, "query": asked, **links}

    return await node.store.aread(look)


async def build_need(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One need: its text, its office, its referrals, and results that may answer it."""

    def look(reading: "Reading") -> dict[str, object]:
        need = needs.get(reading, path["id"])
        return {
            "title": need.title,
            "need": need,
            "office": stations.find_one(reading, need.station),
            "referrals": referrals.find(reading, need=need.id),
        }

    shown = await node.store.aread(look)
    need = shown["need"]
    assert isinstance(need, needs.NeedView)
    return {**shown, "matches": await _match_results(node, f"{need.title} {need.text}")}


async def build_result(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One result: its text, its office, and needs it may answer."""

    def look(reading: "Reading") -> dict[str, object]:
        result = results.get(reading, path["id"])
        return {
            "title": result.title,
            "result": result,
            "office": stations.find_one(reading, result.station),
        }

    shown = await node.store.aread(look)
    result = shown["result"]
    assert isinstance(result, results.ResultView)
    return {**shown, "matches": await _match_needs(node, f"{result.title} {result.text}")}


async def _match_results(node: "Node", text: str) -> list[Match]:
    if node.search is None:
        return []
    hits = await node.search.afind_results(text, MATCHES)
    rows = await node.store.aread(lambda r: results.find_many(r, [hit.id for hit in hits]))
    return [
        Match(rows[hit.id], f"{hit.score:.2f}", tuple(hit.terms)) for hit in hits if hit.id in rows
    ]


async def _match_needs(node: "Node", text: str) -> list[Match]:
    if node.search is None:
        return []
    hits = await node.search.afind_needs(text, MATCHES)
    rows = await node.store.aread(lambda r: needs.find_many(r, [hit.id for hit in hits]))
    return [
        Match(rows[hit.id], f"{hit.score:.2f}", tuple(hit.terms)) for hit in hits if hit.id in rows
    ]
