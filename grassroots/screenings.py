"""National's lists of screened results, as every station reads them (A2, C1, D12)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.capability import Capability, Route
from node.drafting import IdPath
from node.model import Model
from node.readmodels import screenings
from node.readmodels.screenings import ScreeningView

if TYPE_CHECKING:
    from node.app import Node


class ScreeningQuery(Model):
    """Which lists: of a year, or those in force that name a result or a need."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: Annotated[int, Field(ge=0, le=9999, description="only of this year; 0: all")] = 0
    names: Annotated[str, Field(max_length=64, description="a result or need they name")] = ""
    limit: Annotated[int, Field(ge=1, le=500, description="rows at most")] = 50
    after: Annotated[str, Field(max_length=64, description="id of the last row before")] = ""


class ScreeningList(Model):
    """Lists of screened results."""

    items: list[ScreeningView]


async def list_screenings(node: "Node", query: ScreeningQuery) -> ScreeningList:
    """Lists of screened results, newest first."""
    if query.names:
        found = await node.store.aread(lambda r: screenings.find_naming(r, query.names))
        return ScreeningList(items=[each for each in found if query.year in (0, each.year)])
    listed = await node.store.aread(
        lambda r: screenings.find(r, year=query.year, limit=query.limit, after=query.after)
    )
    return ScreeningList(items=list(listed))


async def get_screening(node: "Node", path: IdPath) -> ScreeningView:
    """One list of screened results."""
    return await node.store.aread(lambda reading: screenings.get(reading, path.id))


CAPABILITY = Capability(
    name="screenings",
    title="筛选清单",
    serves=("A2", "C1", "D12"),
    channels=("programmes", "needs", "results"),
    routes=(
        Route("GET", "/screenings", list_screenings, "Lists of screened results", ("A2", "D12")),
        Route("GET", "/screenings/{id}", get_screening, "One list of screened results", ("D12",)),
    ),
)
