"""Rankings: what was published, what it rests on, and who recomputed it (M10, P5)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from node.console.pages.paging import ROWS, cut_page, read_query
from node.readmodels import cuts, performance, ranking
from protocol.scoring import FULL_MARK, TIER_ORDER, WEIGHTS_SUM

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.ranking import Place
    from node.store import Reading

RANKINGS = 20


async def build_rankings(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Published rankings, policies, and the performance reports they rest on."""
    asked = read_query(query)

    def look(reading: "Reading") -> dict[str, object]:
        found = performance.find(reading, after=asked["after"], limit=ROWS + 1)
        shown, links = cut_page(found, "/ranking", asked)
        return {
            "rankings": ranking.find(reading, limit=RANKINGS),
            "policies": cuts.find_policies(reading),
            "reports": shown,
            **links,
        }

    return await node.store.aread(look)


async def build_ranking(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One ranking by peer group, with its policy, its cut and every station's word on it."""

    def look(reading: "Reading") -> dict[str, object]:
        found = ranking.get(reading, path["id"])
        policies = {each.id: each for each in cuts.find_policies(reading)}
        policy = policies.get(found.policy)
        return {
            "title": found.name,
            "ranking": found,
            "policy": policy,
            "weights": policy.weights if policy is not None else {},
            "groups": _groups(found.places),
            "full": FULL_MARK * WEIGHTS_SUM,
        }

    return await node.store.aread(look)


def _groups(places: Sequence["Place"]) -> list[dict[str, object]]:
    groups: list[dict[str, object]] = []
    for tier in TIER_ORDER:
        here = [place for place in places if place.tier == tier]
        if here:
            ranked = [place for place in here if place.rank is not None]
            missing = [place for place in here if place.rank is None]
            groups.append({"tier": tier, "ranked": ranked, "missing": missing})
    return groups
