"""Search and matching: which results fit a need, which needs fit a result, and why (D1, D13)."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from node.capability import Capability, Route
from node.errors import InvalidError, NotAllowedError
from node.readmodels import needs, results, stations
from node.readmodels.needs import NeedView
from node.readmodels.results import ResultView
from node.search import Hit

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


class SearchQuery(BaseModel):
    """What to look for: results or needs, by words, or by a need or result they should fit."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["results", "needs"] = "results"
    text: Annotated[str, Field(max_length=2_000, description="words")] = ""
    need: Annotated[str, Field(max_length=64, description="a need's id")] = ""
    result: Annotated[str, Field(max_length=64, description="a result's id")] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class Match(BaseModel):
    """Something found: what, where, how well, and the words in common that say why (D13)."""

    id: str
    title: str
    station: str
    station_name: str
    region: str
    field: str
    score: float
    terms: list[str]


class MatchList(BaseModel):
    """What fits, the best first."""

    items: list[Match]


async def search(node: "Node", query: SearchQuery) -> MatchList:
    """Find results or needs by words, or what fits a need or result."""
    return MatchList(items=await find_matches(node, query))


async def find_matches(node: "Node", query: SearchQuery) -> list[Match]:
    """Ask the index, and say of each hit what and whose it is.

    Raises:
        InvalidError: nothing to look for.
        NotAllowedError: this node keeps no index.
    """
    if node.search is None:
        raise NotAllowedError("This node keeps no search index.", "Set search = true and restart.")
    text = await _asked(node, query)
    if query.kind == "results":
        hits = await node.search.afind_results(text, query.limit)
        return await node.store.aread(lambda reading: _results(reading, hits))
    hits = await node.search.afind_needs(text, query.limit)
    return await node.store.aread(lambda reading: _needs(reading, hits))


async def _asked(node: "Node", query: SearchQuery) -> str:
    def read(reading: "Reading") -> list[str]:
        parts = [query.text]
        if query.need:
            parts += _words_of(needs.get(reading, query.need))
        if query.result:
            parts += _words_of(results.get(reading, query.result))
        return parts

    text = "\n".join(await node.store.aread(read)).strip()
    if not text:
        raise InvalidError("There is nothing to look for.", "Give text, a need or a result.")
    return text


def _words_of(view: NeedView | ResultView) -> list[str]:
    return [view.title, view.text, " ".join(view.keywords)]


def _results(reading: "Reading", hits: list[Hit]) -> list[Match]:
    return _matches(reading, hits, results.find_many(reading, [hit.id for hit in hits]))


def _needs(reading: "Reading", hits: list[Hit]) -> list[Match]:
    return _matches(reading, hits, needs.find_many(reading, [hit.id for hit in hits]))


def _matches(
    reading: "Reading", hits: list[Hit], views: "dict[str, ResultView] | dict[str, NeedView]"
) -> list[Match]:
    known = {id_: stations.find_one(reading, id_) for id_ in {v.station for v in views.values()}}
    found = []
    for hit in hits:
        view = views.get(hit.id)
        if view is None:
            continue
        station = known[view.station]
        found.append(
            Match(
                id=hit.id,
                title=view.title,
                station=view.station,
                station_name=station.name if station else "",
                region=station.region if station else "",
                field=view.field,
                score=hit.score,
                terms=list(hit.terms),
            )
        )
    return found


CAPABILITY = Capability(
    name="matching",
    title="供需对接",
    serves=("D1", "D2", "D13"),
    channels=("needs", "results"),
    routes=(Route("GET", "/search", search, "Find results or needs, with reasons", ("D13",)),),
    commands={"search": "grassroots.commands.matching:search"},
)
