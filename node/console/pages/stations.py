"""Stations: both hierarchies as trees, and one station with what it did (A1, A14, L8)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.calendar import day_of
from node.console.pages.paging import ROWS, read_query
from node.readmodels import needs, performance, referrals, resources, results, stations

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

UNFOLDED_MAX = 200
"""Up to so many stations the tree is shown unfolded; beyond, a reader opens what is wanted."""


async def build_stations(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Every station at its place in each hierarchy, or those a search names."""
    asked = read_query(query, "q")
    hierarchies = list(node.network.genesis.hierarchies)

    def look(reading: "Reading") -> dict[str, object]:
        if asked["q"]:
            found = stations.find(reading, q=asked["q"], limit=ROWS * 10)
            return {"query": asked, "found": found, "trees": [], "unfolded": True}
        trees = [(name, stations.tree(reading, name)) for name in hierarchies]
        unfolded = stations.count(reading) <= UNFOLDED_MAX
        return {"query": asked, "found": [], "trees": trees, "unfolded": unfolded}

    return await node.store.aread(look)


async def build_station(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One station: its registration, its experts, what it did in numbers, its reports, its logs."""
    today = day_of(node.clock.now_ms())
    children = node.roster.children(path["id"])

    def look(reading: "Reading") -> dict[str, object]:
        station = stations.get(reading, path["id"])
        return {
            "title": station.name,
            "station": station,
            "children": children,
            "totals": performance.totals(reading, station.id),
            "counts": {
                "needs": needs.count(reading, station.id),
                "results": results.count(reading, station.id),
                "referrals": referrals.count(reading, station.id),
            },
            "team": resources.count_team(reading, station.id, today),
            "reports": performance.find(reading, station=station.id, limit=ROWS),
            "logs": [
                {"channel": head.log.channel, "epoch": head.log.epoch, **_tail(head)}
                for head in reading.heads(author=station.key)
            ],
        }

    return await node.store.aread(look)


def _tail(head: object) -> dict[str, object]:
    return {name: getattr(head, name) for name in ("seq", "id", "time")}
