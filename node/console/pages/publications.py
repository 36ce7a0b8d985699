"""Needs and results: lists to search, and one of each with what may match it (B3, C5, D13)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from node.calendar import day_of
from node.console.pages.paging import ROWS, cut_page, read_query
from node.lifecycle import Term, term_of
from node.readmodels import needs, referrals, results, screenings, stations
from node.search import (
    Asked,
    Match,
    StationMatch,
    find_matches,
    find_resources,
    find_stations,
    has_reason,
    question_of,
)

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.needs import NeedView
    from node.readmodels.results import ResultView
    from node.search import Kind
    from node.store import Reading

MATCHES = 6
STATIONS = 4
RESOURCES = 6


async def build_needs(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Needs, newest first, by words, field, state or station."""
    asked = read_query(query, "q", "field", "state", "station", "scope", "tag")
    term = term_of(node.config.needs, node.clock.now_ms())

    def look(reading: "Reading") -> dict[str, object]:
        found = _find_needs(reading, asked, term)
        shown, links = cut_page(found, "/needs", asked)
        fields = [name for name in needs.count_by(reading, "field") if name]
        return {"needs": shown, "fields": fields, "query": asked, **links}

    return await node.store.aread(look)


def _find_needs(reading: "Reading", asked: Mapping[str, str], term: Term) -> "Sequence[NeedView]":
    return needs.find(
        reading,
        q=asked["q"],
        station=asked["station"],
        field=asked["field"],
        state=asked["state"],
        scope=asked["scope"],
        tag=asked["tag"],
        after=asked["after"],
        limit=ROWS + 1,
        term=term,
    )


async def build_results(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Results, newest first, by words, field, stage, programme, patent class or station."""
    asked = read_query(query, "q", "field", "stage", "programme", "ipc", "station")

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

    term = term_of(node.config.needs, node.clock.now_ms())

    def look(reading: "Reading") -> dict[str, object]:
        need = needs.get(reading, path["id"], term)
        gathered = needs.find_many(reading, need.gathers)
        return {
            "title": need.title,
            "need": need,
            "gathered": [gathered[id_] for id_ in need.gathers if id_ in gathered],
            "gatherers": needs.find_gatherers(reading, need.id),
            "office": stations.find_one(reading, need.station),
            "referrals": referrals.find(reading, need=need.id),
            "lists": screenings.find_naming(reading, need.id),
        }

    shown = await node.store.aread(look)
    need = shown["need"]
    assert isinstance(need, needs.NeedView)
    return {
        **shown,
        "matches": await _match(node, "results", need),
        "resources": await _match_resources(node, need),
        "helpers": await _match_stations(node, need),
    }


async def build_result(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One result: its text, how it ripened, its office, and needs it may answer."""

    def look(reading: "Reading") -> dict[str, object]:
        result = results.get(reading, path["id"])
        return {
            "title": result.title,
            "result": result,
            "office": stations.find_one(reading, result.station),
            "stages": results.find_stages(reading, result),
            "lists": screenings.find_naming(reading, result.id),
        }

    shown = await node.store.aread(look)
    result = shown["result"]
    assert isinstance(result, results.ResultView)
    return {**shown, "matches": await _match(node, "needs", result)}


async def _match(node: "Node", kind: "Kind", about: "NeedView | ResultView") -> list[Match]:
    """What may fit a need or result, with the reasons (D13)."""
    if node.search is None:
        return []
    asked = Asked(question_of(about), about)
    found = await find_matches(node.store, node.search, kind, asked, MATCHES)
    return [match for match in found if has_reason(match)]


async def _match_resources(node: "Node", need: "NeedView") -> list[Match]:
    """Experts, brokers, societies, institutions and services that may help (D1, F1)."""
    if node.search is None:
        return []
    asked = Asked(question_of(need), need)
    today = day_of(node.clock.now_ms())
    found = await find_resources(node.store, node.search, asked, today, RESOURCES)
    return [match for match in found if has_reason(match)]


async def _match_stations(node: "Node", need: "NeedView") -> list[StationMatch]:
    """Stations that may help with a need, by what they published (D2)."""
    if node.search is None:
        return []
    return await find_stations(node.store, node.search, Asked(question_of(need), need), STATIONS)
