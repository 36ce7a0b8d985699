"""Experts, brokers, societies, institutions, services: a list to search, and each of them (F1)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.calendar import day_of
from node.console.pages.paging import ROWS, cut_page, read_query
from node.readmodels import resources, stations
from protocol.records.resources import KINDS_OF_TYPE

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


async def build_resources(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Resources, newest first, by state, type, kind, words, field, place or station."""
    asked = read_query(query, "q", "type", "kind", "field", "division", "station", "state")
    state = asked["state"] if asked["state"] in ("over", "withdrawn") else "open"
    kinds = KINDS_OF_TYPE.get(asked["type"], ())
    if asked["kind"] not in kinds:
        asked["kind"] = ""
    today = day_of(node.clock.now_ms())

    def look(reading: "Reading") -> dict[str, object]:
        found = resources.find(reading, **{**asked, "state": state}, day=today, limit=ROWS + 1)
        shown, links = cut_page(found, "/resources", asked)
        fields = [name for name in resources.count_by(reading, "field") if name]
        return {
            "resources": shown,
            "counts": resources.count_types(reading, today),
            "types": tuple(KINDS_OF_TYPE),
            "kinds": kinds,
            "fields": fields,
            "query": asked,
            "today": today,
            **links,
        }

    return await node.store.aread(look)


async def build_resource(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One resource: what it is, and the office to speak to."""
    today = day_of(node.clock.now_ms())

    def look(reading: "Reading") -> dict[str, object]:
        resource = resources.get(reading, path["id"])
        return {
            "title": resource.title,
            "resource": resource,
            "is_over": resource.is_over(today),
            "office": stations.find_one(reading, resource.station),
        }

    return await node.store.aread(look)
