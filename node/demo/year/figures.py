"""What the year came to, read from a station's own copy: the targets of the pilot (K1, M6)."""

from typing import TYPE_CHECKING, Any, NamedTuple

from node.demo.tale import check

if TYPE_CHECKING:
    from node.demo.year.station import YearStation

VISITS, NEEDS, TRANSFERRED = 1_000, 1_000, 100
"""K1: enterprises visited, needs dug out, results transferred, at the least."""
PAGE = 500


class Figure(NamedTuple):
    """One figure of the year; ``at_least`` is the pilot's target, None where it has none."""

    name: str
    value: int
    at_least: int | None = None


async def read_figures(station: "YearStation") -> list[Figure]:
    """The network's year as any station shows it."""
    totals = await station.do(None, "GET", "/performance")
    numbers = (await station.do(None, "GET", "/status")).numbers
    cases = await _confirmed(station)
    transferred = {each.result for each in cases if each.outcome == "contract" and each.result}
    return [
        Figure("走访企业", totals.visits, VISITS),
        Figure("发布需求", numbers["needs"], NEEDS),
        Figure("转移成果", len(transferred), TRANSFERRED),
        Figure("发布成果", numbers["results"]),
        Figure("转介办结", len(cases)),
        Figure("技术合同成交额（万元）", totals.contract_fen // 1_000_000),
    ]


async def _confirmed(station: "YearStation") -> list[Any]:
    found: list[Any] = []
    while True:
        after = found[-1].id if found else ""
        page = await station.do(
            None, "GET", "/referrals", state="confirmed", limit=str(PAGE), after=after
        )
        found += page.items
        if len(page.items) < PAGE:
            return found


def check_figures(figures: list[Figure]) -> None:
    """The pilot's targets are met.

    Raises:
        StepFailedError: one is not.
    """
    for each in figures:
        is_met = each.at_least is None or each.value >= each.at_least
        check(is_met, f"{each.name}: {each.value}, of {each.at_least} at least")
