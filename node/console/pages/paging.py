"""Lists a page at a time: what the reader asked for, and the links to the next rows."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import urlencode

ROWS = 30
_TEXT_CHARS_MAX = 200


class Identified(Protocol):
    """A row that a page can go on after."""

    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=Identified)


def read_query(query: Mapping[str, str], *names: str) -> dict[str, str]:
    """The named parts of a query, trimmed; what is not there is empty."""
    return {name: query.get(name, "").strip()[:_TEXT_CHARS_MAX] for name in (*names, "after")}


def cut_page(
    rows: Sequence[Row], path: str, query: Mapping[str, str]
) -> tuple[Sequence[Row], dict[str, str]]:
    """The rows to show of the ``ROWS + 1`` asked for, and links to the first and the next page.

    Args:
        path: the list's own path.
        query: as :func:`read_query` gave it.
    """
    kept = {name: value for name, value in query.items() if value and name != "after"}
    shown = rows[:ROWS]
    more = len(rows) > ROWS
    following = urlencode({**kept, "after": shown[-1].id}) if more else ""
    first = f"{path}?{urlencode(kept)}" if kept else path
    return shown, {
        "next_url": f"{path}?{following}" if more else "",
        "first_url": first if query["after"] else "",
    }
