"""Peers: who this node exchanges entries with, how far behind it is, and what it refused (M4)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.forks import find_forks
from node.readmodels import entries

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

HELD_SHOWN = 100
LACKING_SHOWN = 5
COLOURS = {"up": "green", "connecting": "", "waiting": "amber", "down": "red"}


def peer_rows(node: "Node") -> list[dict[str, object]]:
    """The peers this node connects to, the reachable ones first."""
    rows: list[dict[str, object]] = [
        {
            "url": peer.url,
            "station": peer.station,
            "state": str(peer.state),
            "colour": COLOURS.get(str(peer.state), ""),
            "last_ok_ms": peer.last_ok_ms,
            "last_error": peer.last_error,
            "lag": peer.lag,
            "next_retry_ms": peer.next_retry_ms,
            "unheld": [name for name in node.scope.held if name not in peer.channels],
            "lacks": peer.lacks,
            "lacking_ms": peer.lacking_ms,
            "lacking": [
                {
                    "station": station.id
                    if (station := node.roster.station_of(each.log.author))
                    else "",
                    "channel": each.log.channel,
                    "first": each.first,
                    "last": each.last,
                }
                for each in peer.lacking[:LACKING_SHOWN]
            ],
        }
        for peer in node.peering.peers()
    ]
    return sorted(rows, key=lambda row: (row["state"] != "up", str(row["url"])))


async def build_peers(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Connections in both directions, how much is held, and what was not accepted."""
    roster = node.roster
    peers = peer_rows(node)

    def look(reading: "Reading") -> dict[str, object]:
        return {
            "counts": {**reading.counts(), "inert": sum(entries.count_inert(reading).values())},
            "position": reading.feed_head,
            "forks": find_forks(reading, roster),
            "held": [
                {
                    "code": str(run.code),
                    "channel": run.log.channel,
                    "station": station.id if (station := roster.station_of(run.log.author)) else "",
                    "seq": run.wanted,
                    "detail": run.detail,
                }
                for run in reading.held()[:HELD_SHOWN]
            ],
        }

    shown = await node.store.aread(look)
    return {
        **shown,
        "recovering": not node.recovery.is_ready,
        "peers": peers,
        "connected": sum(row["state"] == "up" for row in peers),
        "followers": [
            {"station": station.id if (station := roster.station_of(key)) else "", "at_ms": at_ms}
            for key, at_ms in sorted(node.followers.items())
        ],
    }
