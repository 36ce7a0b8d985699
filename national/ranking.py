"""Policies, cuts and the published ranking (M10, P5)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.calendar import read_period
from node.capability import Capability, Route
from node.drafting import Published, answer, draft, own_station, publish
from node.errors import InvalidError, NotAllowedError
from node.model import Model
from node.people.permissions import Act
from node.ranking import (
    Computed,
    compute_ranking,
    cut_records,
    find_cut,
    name_heads,
    ranking_records,
)
from protocol.records.performance import PolicyPublished
from protocol.records.record import NATIONAL

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

Name = Annotated[str, Field(min_length=1, max_length=200)]
PeriodText = Annotated[str, Field(max_length=7)]


class PolicyInput(Model):
    """How stations are scored in a period: weights in percent, 100 in all (R2)."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    period: PeriodText
    weights: dict[str, int]


class CutInput(Model):
    """The name of a cut taken now, and the period it is for."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    period: PeriodText


class CutNamedView(Model):
    """A cut just named: the entry ids of its parts, and how many logs it names."""

    name: str
    ids: list[str]
    heads: int


class RankingInput(Model):
    """A ranking to publish: by which policy, over which cut."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    policy: Annotated[str, Field(max_length=64)]
    cut: Name


class RankingPublishedView(Model):
    """A ranking just published: part 1's entry id, the digest, how many stations it ranks."""

    id: str
    ids: list[str]
    digest: str
    places: int
    missing: int


def _check_able(node: "Node") -> None:
    """A ranking by another tier would be kept, relayed, and mean nothing, and one without the
    reports is none; say so before signing."""
    node.scope.check("performance", "rankings rest on it")
    tier = node.roster.tier(own_station(node).id)
    if tier not in NATIONAL:
        raise NotAllowedError(
            f"This station was admitted as {tier}; only a national station does this."
        )


async def publish_policy(node: "Node", body: PolicyInput) -> Published:
    """Publish how stations are scored in a period."""
    _check_able(node)
    read_period(body.period)
    return await publish(node, draft(PolicyPublished, body.model_dump()))


async def name_cut(node: "Node", body: CutInput) -> CutNamedView:
    """Name a cut of the network as this node holds it now."""
    _check_able(node)
    read_period(body.period)
    heads = await node.store.aread(name_heads)
    records = cut_records(body.name, body.period, heads)
    signed = await node.publisher.apublish_many([(record, "-") for record in records])
    return CutNamedView(name=body.name, ids=[entry.id for entry in signed], heads=len(heads))


async def publish_ranking(node: "Node", body: RankingInput) -> RankingPublishedView:
    """Compute the ranking of a cut by a policy, and publish it with its digest."""
    _check_able(node)

    def read(reading: "Reading") -> tuple[str, list[str], Computed]:
        period, cut = find_cut(reading, body.cut)
        return period, cut, compute_ranking(reading, node.network, body.policy, cut, period)

    period, cut, computed = await node.store.aread(read)
    if not computed.rows:
        raise InvalidError("There is no station to rank in that cut.")
    records = ranking_records(body.name, period, body.policy, cut, computed)
    signed = await node.publisher.apublish_many([(record, "-") for record in records])
    return RankingPublishedView(
        id=answer(signed[0]).id,
        ids=[entry.id for entry in signed],
        digest=computed.digest,
        places=len(computed.rows),
        missing=sum(row.rank is None for row in computed.rows),
    )


CAPABILITY = Capability(
    name="ranking",
    title="排名发布",
    serves=("M10", "R2", "R8"),
    channels=("performance",),
    routes=(
        Route(
            "POST",
            "/policies",
            publish_policy,
            "Publish a ranking policy",
            ("R2",),
            201,
            act=Act.RANK,
        ),
        Route("POST", "/cuts", name_cut, "Name a cut of the network", ("M10",), 201, act=Act.RANK),
        Route(
            "POST", "/rankings", publish_ranking, "Publish the ranking", ("M10",), 201, act=Act.RANK
        ),
    ),
)
