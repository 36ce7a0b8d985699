"""National's lists of screened results, each result beside the needs it may answer (A2, D12)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.console.pages.paging import ROWS, cut_page, read_query
from node.readmodels import needs, results, screenings

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


async def build_screenings(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Lists, newest first."""
    asked = read_query(query)

    def look(reading: "Reading") -> dict[str, object]:
        found = screenings.find(reading, limit=ROWS + 1, after=asked["after"])
        shown, links = cut_page(found, "/screenings", asked)
        return {"lists": shown, **links}

    return await node.store.aread(look)


async def build_screening(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """One list, with the results and needs it names as far as they are held here."""

    def look(reading: "Reading") -> dict[str, object]:
        screening = screenings.get(reading, path["id"])
        asked = [id_ for each in screening.items for id_ in each.needs]
        return {
            "title": screening.title,
            "screening": screening,
            "results": results.find_many(reading, [each.result for each in screening.items]),
            "needs": needs.find_many(reading, asked),
        }

    return await node.store.aread(look)
