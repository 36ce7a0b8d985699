"""The figures every page may show: how much this node holds."""

from typing import TYPE_CHECKING

from node.readmodels import needs, performance, referrals, results, stations

if TYPE_CHECKING:
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
