"""The figures every page may show: how much this node holds."""

from typing import TYPE_CHECKING

from node.notices.inbox import count_unread
from node.readmodels import needs, performance, referrals, results, stations

if TYPE_CHECKING:
    from node.app import Node
    from node.people import Actor
    from node.store import Reading

_COUNTED = {
    "needs": needs,
    "results": results,
    "referrals": referrals,
    "stations": stations,
}


def count_numbers(reading: "Reading") -> dict[str, int]:
    """How many entries, needs, results, referrals and stations there are, and contracts in fen."""
    numbers = {name: model.count(reading) for name, model in _COUNTED.items()}
    numbers["entries"] = reading.counts()["entries"]
    numbers["contract"] = int(performance.totals(reading).get("contract_fen", 0))
    return numbers


async def count_for(node: "Node", actor: "Actor | None") -> int:
    """How many notices somebody has not read; none for somebody not known here."""
    if actor is None:
        return 0
    return await node.store.aread(lambda reading: count_unread(reading, actor))
