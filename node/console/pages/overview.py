"""The first page: what this station has to do, and what the network holds (L1)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.console.pages.peers import peer_rows
from node.console.pages.referrals import due_of
from node.deadlines import WAITS, told
from node.readmodels import (
    entries,
    needs,
    performance,
    referrals,
    results,
    stations,
)

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

NEWEST = 6
FIELDS = 10
PEERS = 6
SHOWN = 20


async def build_overview(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Figures, what waits for this station, what is new, and how sync stands."""
    me = node.me
    station = me.id if me is not None else ""

    def look(reading: "Reading") -> dict[str, object]:
        latest = referrals.find(reading, limit=NEWEST)
        open_ones = {each.id: each for each in referrals.find_waiting(reading, WAITS)}
        due = due_of(node, list(open_ones.values())) if station else {}
        owed = [open_ones[id_] for id_, each in due.items() if each.station == station]
        late = [
            open_ones[id_]
            for id_, each in due.items()
            if each.station != station and station in told(each, node.roster)
        ]
        waiting, late = owed[:SHOWN], late[:SHOWN]
        named = {each.need for each in (*latest, *waiting, *late)}
        return {
            "counts": _counts(reading),
            "needs": needs.find(reading, state="open", limit=NEWEST),
            "results": results.find(reading, state="open", limit=NEWEST),
            "referrals": latest,
            "waiting": waiting,
            "late": late,
            "due": due,
            "needs_by_id": needs.find_many(reading, named),
            "fields": list(needs.count_by(reading, "field").items())[:FIELDS],
        }

    return {
        **await node.store.aread(look),
        "recovering": not node.recovery.is_ready,
        "peers": peer_rows(node)[:PEERS],
    }


def _counts(reading: "Reading") -> dict[str, int]:
    return {
        "needs": needs.count(reading),
        "results": results.count(reading),
        "referrals": referrals.count(reading),
        "stations": stations.count(reading),
        "entries": entries.count(reading),
        "contract": performance.totals(reading)["contract_fen"],
    }
