"""Search and matching: results and experts that fit a need, needs that fit a result (D1, D13)."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from node.calendar import day_of
from node.capability import Route
from node.errors import InvalidError, NotAllowedError
from node.model import Model
from node.search import (
    Asked,
    Match,
    Search,
    StationMatch,
    ask_about,
    find_matches,
    find_resources,
    find_stations,
)

if TYPE_CHECKING:
    from node.app import Node


class MatchQuery(Model):
    """What should be fitted: words, a need or a result."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=2_000, description="words")] = ""
    need: Annotated[str, Field(max_length=64, description="a need's id")] = ""
    result: Annotated[str, Field(max_length=64, description="a result's id")] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class SearchQuery(MatchQuery):
    """What to look for, by words, or by a need or result it should fit."""

    kind: Literal["results", "needs", "resources"] = "results"


class ResourceMatchQuery(MatchQuery):
    """Which experts, brokers, societies, institutions and services should fit what."""

    type: Literal["", "expert", "broker", "society", "institution", "service", "information"] = ""


class MatchList(Model):
    """What fits, the best first."""

    items: list[Match]


class StationMatchList(Model):
    """Stations that may help, the best first."""

    items: list[StationMatch]


async def search(node: "Node", query: SearchQuery) -> MatchList:
    """Find results, needs or resources by words, or what fits a need or result."""
    index, asked = await _asked(node, query)
    if query.kind == "resources":
        return await _match_resources(node, index, asked, query.limit)
    return MatchList(items=await find_matches(node.store, index, query.kind, asked, query.limit))


async def match_stations(node: "Node", query: MatchQuery) -> StationMatchList:
    """Find stations by what they published that fits, and by what they brought to an outcome."""
    index, asked = await _asked(node, query)
    return StationMatchList(items=await find_stations(node.store, index, asked, query.limit))


async def match_resources(node: "Node", query: ResourceMatchQuery) -> MatchList:
    """Find experts, brokers, societies, institutions and services that may help, and why."""
    index, asked = await _asked(node, query)
    return await _match_resources(node, index, asked, query.limit, query.type)


async def _match_resources(
    node: "Node", index: Search, asked: Asked, limit: int, type_: str = ""
) -> MatchList:
    today = day_of(node.clock.now_ms())
    return MatchList(items=await find_resources(node.store, index, asked, today, limit, type_))


async def _asked(node: "Node", query: MatchQuery) -> tuple[Search, Asked]:
    """The index and the question.

    Raises:
        InvalidError: nothing to look for.
        NotAllowedError: this node keeps no index.
    """
    if node.search is None:
        raise NotAllowedError("This node keeps no search index.", "Set search = true and restart.")
    if not (query.text.strip() or query.need or query.result):
        raise InvalidError("There is nothing to look for.", "Give text, a need or a result.")
    asked = await node.store.aread(
        lambda r: ask_about(r, text=query.text, need=query.need, result=query.result)
    )
    return node.search, asked


ROUTES = (
    Route(
        "GET", "/search", search, "Find results, needs or resources, with reasons", ("D1", "D13")
    ),
    Route("GET", "/matches/resources", match_resources, "Experts and others", ("D1", "F1")),
    Route("GET", "/matches/stations", match_stations, "Stations that may help", ("D2", "D5")),
)
