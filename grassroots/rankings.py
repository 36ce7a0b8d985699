"""Rankings as every station sees them: read, recomputed, agreed or disagreed with (P5, M10)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.capability import Capability, Route
from node.drafting import IdPath, ListQuery, Published, draft, own_station, publish
from node.errors import ConflictError
from node.model import Model
from node.people.permissions import Act
from node.ranking import Computed, compute_ranking
from node.readmodels import cuts, ranking
from node.readmodels.cuts import PolicyView
from node.readmodels.ranking import Place, RankingView
from protocol.records.performance import RankingChecked

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


class RankingQuery(ListQuery):
    """Which rankings."""

    period: Annotated[str, Field(max_length=7)] = ""


class RankingList(Model):
    """A page of rankings."""

    items: list[RankingView]


class PolicyList(Model):
    """Published policies, newest first."""

    items: list[PolicyView]


class CutSummary(Model):
    """One part of a cut, without its heads."""

    id: str
    station: str
    time: int
    name: str
    period: str
    part: int
    parts: int
    heads: int


class CutList(Model):
    """Named cuts, newest first."""

    items: list[CutSummary]


class Difference(Model):
    """A station whose line differs: as published and as computed here, None where it has none."""

    station: str
    published: Place | None
    computed: Place | None


class Recount(Model):
    """A ranking recomputed here: whether it agrees with the published one, and where not."""

    model_config = ConfigDict(frozen=True)

    ranking: str
    agrees: bool
    published_digest: str
    computed_digest: str
    differences: list[Difference]


def _check_held(node: "Node") -> None:
    node.scope.check("performance", "rankings rest on it")


async def list_rankings(node: "Node", query: RankingQuery) -> RankingList:
    """Published rankings, newest first."""
    _check_held(node)
    found = await node.store.aread(lambda reading: ranking.find(reading, **query.model_dump()))
    return RankingList(items=list(found))


async def get_ranking(node: "Node", path: IdPath) -> RankingView:
    """One ranking with its places and what stations said of it."""
    _check_held(node)
    return await node.store.aread(lambda reading: ranking.get(reading, path.id))


async def list_policies(node: "Node") -> PolicyList:
    """Published policies."""
    return PolicyList(items=await node.store.aread(cuts.find_policies))


async def list_cuts(node: "Node") -> CutList:
    """Named cuts."""
    found = await node.store.aread(cuts.find_cuts)
    return CutList(
        items=[
            CutSummary(**each.model_dump(exclude={"heads"}), heads=len(each.heads))
            for each in found
        ]
    )


async def recount_ranking(node: "Node", path: IdPath) -> Recount:
    """Recompute a ranking from the signed entries, without saying anything about it."""
    _check_held(node)

    def read(reading: "Reading") -> tuple[RankingView, Computed]:
        view = ranking.get(reading, path.id)
        if not view.is_whole:
            raise ConflictError(
                "Not every part of that ranking is held here yet.", "Wait for sync, then try again."
            )
        computed = compute_ranking(reading, node.network, view.policy, view.cuts, view.period)
        return view, computed

    view, computed = await node.store.aread(read)
    differences = _differences(view, computed)
    return Recount(
        ranking=view.id,
        agrees=computed.digest == view.digest and not differences,
        published_digest=view.digest,
        computed_digest=computed.digest,
        differences=differences,
    )


def _differences(view: RankingView, computed: Computed) -> list[Difference]:
    published = {place.station: place for place in view.places}
    own = {row.station: Place.model_validate(row.model_dump()) for row in computed.rows}
    return [
        Difference(station=id_, published=published.get(id_), computed=own.get(id_))
        for id_ in sorted(set(published) | set(own))
        if published.get(id_) != own.get(id_)
    ]


async def check_ranking(node: "Node", path: IdPath) -> Published:
    """Recompute a ranking and say publicly whether this station agrees."""
    own_station(node)
    recount = await recount_ranking(node, path)
    fields = {
        "ranking": recount.ranking,
        "digest": recount.computed_digest,
        "agrees": recount.agrees,
    }
    return await publish(node, draft(RankingChecked, fields))


CAPABILITY = Capability(
    name="rankings",
    title="绩效排名",
    serves=("M10", "R2", "R8"),
    channels=("performance",),
    routes=(
        Route("GET", "/rankings", list_rankings, "Published rankings", ("M10",)),
        Route("GET", "/rankings/{id}", get_ranking, "One ranking", ("M10",)),
        Route("GET", "/rankings/{id}/recount", recount_ranking, "Recompute it here", ("M10",)),
        Route(
            "POST",
            "/rankings/{id}/check",
            check_ranking,
            "Agree or disagree",
            ("M10",),
            201,
            act=Act.CHECK,
        ),
        Route("GET", "/policies", list_policies, "Published policies", ("R2",)),
        Route("GET", "/cuts", list_cuts, "Named cuts", ("M10",)),
    ),
)
