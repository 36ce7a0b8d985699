"""The story's end: reports, a ranking anyone can recompute, the lost node's return."""

from node.demo.plan import (
    CHECKER,
    LOCAL,
    LOST,
    PLACES,
    RECEIVER,
    SENDER,
    TOP,
    WEIGHTS,
    get_place,
)
from node.demo.process import NodeProcess, wait_until
from node.demo.referring import AMOUNT_FEN, today
from node.demo.tale import STEP_S, Tale, await_at, check

CUT = "demo"


def period() -> str:
    """The month the story plays in."""
    return today()[:7]


def compile_reports(tale: Tale) -> str:
    """Every station that still runs compiles and signs its own report."""
    for place in PLACES:
        if place.slug in (TOP.slug, LOST):
            continue
        node = tale.network[place.slug]
        tale.reports[place.slug] = node.post("/reports", {"period": period()})["id"]
    return f"{len(tale.reports)} reports for {period()}"


def approve_reports(tale: Tale) -> str:
    """Parents approve; in the dead parent's place the national station does, and it shows."""
    for slug, report in tale.reports.items():
        parent = get_place(slug).parent
        judge = TOP.slug if parent == LOST else parent
        node = tale.network[judge]
        _await_report(node, report, "compiled")
        node.post(f"/reports/{report}/approve")
    top = tale.network[TOP.slug]
    for slug, report in tale.reports.items():
        _await_report(top, report, "approved")
        view = top.get(f"/reports/{report}")["report"]
        in_place_of = tale.network[LOST].station if get_place(slug).parent == LOST else None
        check(
            (view["in_place_of"] or None) == in_place_of,
            f"the approval of {slug} does not say in whose place it was given",
        )
    stood_in = [slug for slug in tale.reports if get_place(slug).parent == LOST]
    return f"{len(tale.reports)} approved, {len(stood_in)} by national in {LOST}'s place"


def publish_ranking(tale: Tale) -> str:
    """National names a cut, scores by its published policy, and publishes rows and digest."""
    top = tale.network[TOP.slug]
    policy = {"name": "演示评价办法", "period": period(), "weights": WEIGHTS}
    tale.policy = top.post("/policies", policy)["id"]
    top.post("/cuts", {"name": CUT, "period": period()})
    body = {"name": "演示排名", "policy": tale.policy, "cut": CUT}
    tale.ranking = top.post("/rankings", body)["id"]
    view = top.get(f"/rankings/{tale.ranking}")
    places = {place["station"]: place for place in view["places"]}
    for slug in (RECEIVER, SENDER):
        rank = places[tale.network[slug].station]["rank"]
        check(rank in (1, 2), f"{slug} had its part in the contract and stands at {rank}")
    lost = places.get(tale.network[LOST].station)
    check(
        lost is not None and lost["rank"] is None,
        f"{LOST} sent no report and must stand as missing, never as zero",
    )
    local = {tale.network[place.slug].station: place for place in LOCAL}
    first = next(each for each in view["places"] if each["station"] in local and each["rank"] == 1)
    name = local[first["station"]].name
    return f"first of the local stations: {name}, digest {view['digest'][:12]}…"


def recompute(tale: Tale) -> str:
    """A local station in a third region recomputes the ranking from signed entries."""
    checker = tale.network[CHECKER]
    await_at(checker, lambda at: at.get(f"/rankings/{tale.ranking}")["is_whole"], "the ranking")
    recount = checker.get(f"/rankings/{tale.ranking}/recount")
    check(recount["agrees"], f"{CHECKER} computes {recount['computed_digest']}")
    checker.post(f"/rankings/{tale.ranking}/check")
    await_at(
        tale.network[TOP.slug],
        lambda at: any(
            each["agrees"] and each["station"] == checker.station
            for each in at.get(f"/rankings/{tale.ranking}")["checks"]
        ),
        f"that {CHECKER} agrees",
    )
    return f"{checker.place.name} agrees: {recount['computed_digest'][:12]}…"


def bring_back(tale: Tale) -> str:
    """The killed node starts again and catches up by itself."""
    lost = tale.network[LOST]
    lost.start()
    lost.wait_ready(STEP_S)

    def caught_up() -> bool:
        confirmed = lost.get(f"/referrals/{tale.case}")["referral"]["state"] == "confirmed"
        return bool(confirmed and lost.get(f"/rankings/{tale.ranking}")["checks"])

    check(wait_until(caught_up, STEP_S), f"{LOST} does not catch up")
    return f"{lost.place.name} holds the contract of {AMOUNT_FEN // 100:,} 元 and the ranking"


def compare_all(tale: Tale) -> str:
    """Ten nodes, the same heads, the same read models."""
    digests: dict[str, tuple[str, str]] = {}

    def all_same() -> bool:
        for node in tale.network:
            found = node.get("/digests")
            digests[node.place.slug] = (found["heads"], found["total"])
        return len(set(digests.values())) == 1

    check(
        wait_until(all_same, STEP_S),
        "the nodes differ: " + ", ".join(f"{slug} {pair}" for slug, pair in digests.items()),
    )
    heads, total = next(iter(digests.values()))
    return f"10 × heads {heads[:12]}…, read models {total[:12]}…"


def _await_report(node: NodeProcess, report: str, state: str) -> None:
    await_at(
        node,
        lambda at: at.get(f"/reports/{report}")["report"]["state"] == state,
        f"report {report} {state}",
    )
