"""How the year ends: reports, approvals, the ranking, and everyone's copy compared (M1-M12)."""

from typing import TYPE_CHECKING

from node.demo.plan import TOP, WEIGHTS
from node.demo.tale import check
from node.people.permissions import Role
from protocol.transitions import CASE_TYPES

if TYPE_CHECKING:
    from node.demo.year.network import YearNetwork

CUT = "year"


async def report(network: "YearNetwork", period: str) -> int:
    """Every station below national compiles its report; its parent approves it."""
    reports = {}
    for station in network:
        if station.place.parent:
            made = await station.do(Role.CLERK, "POST", "/reports", {"period": period})
            reports[station.place] = made.id
    await network.post.go_round()
    for place, id_ in reports.items():
        await network[place.parent].do(Role.REVIEWER, "POST", "/reports/{id}/approve", id=id_)
    await network.post.go_round()
    return len(reports)


async def rank(network: "YearNetwork", period: str) -> str:
    """National publishes the policy, the cut and the ranking; every station recomputes it."""
    top = network[TOP.slug]
    policy = await top.do(
        Role.MANAGER,
        "POST",
        "/policies",
        {"name": f"{period} 年度站点评价办法", "period": period, "weights": WEIGHTS},
    )
    await top.do(Role.MANAGER, "POST", "/cuts", {"name": CUT, "period": period})
    body = {"name": f"{period} 年度排名", "policy": policy.id, "cut": CUT}
    ranking = await top.do(Role.MANAGER, "POST", "/rankings", body)
    await network.post.go_round()
    for station in network:
        recount = await station.do(None, "GET", "/rankings/{id}/recount", id=ranking.id)
        check(recount.agrees, f"{station.place.slug} computes {recount.computed_digest}")
        await station.do(Role.MANAGER, "POST", "/rankings/{id}/check", id=ranking.id)
    await network.post.go_round()
    view = await top.do(None, "GET", "/rankings/{id}", id=ranking.id)
    first = [place for place in view.places if place.rank == 1]
    names = "、".join(network.of(place.station).place.name for place in first)
    return f"{len(view.checks)} stations agree; first in their groups: {names}"


async def check_acts(network: "YearNetwork") -> str:
    """Every act of every table of cases was done somewhere."""
    top = network[TOP.slug]
    kinds = sorted({row.kind for each in CASE_TYPES for row in each.rows})
    for kind in kinds:
        page = await top.do(None, "GET", "/entries", kind=kind, limit="1")
        check(page.items, f"nobody did {kind} in the whole year")
    return f"all {len(kinds)} acts of {len(CASE_TYPES)} kinds of case occurred"


async def compare(network: "YearNetwork") -> str:
    """All twelve hold the same and show the same."""
    digests = {station.place.slug: await station.do(None, "GET", "/digests") for station in network}
    different = {(each.heads, each.total) for each in digests.values()}
    check(len(different) == 1, f"the nodes differ: {different}")
    heads, total = next(iter(different))
    return f"12 × heads {heads[:12]}…, read models {total[:12]}…"
