"""``yizhan search``: find results or needs, and why they fit."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, show_list
from node.cli.session import HERE, Session

search = App(name="search", help="Find results or needs by words, or by what they should fit.")


@search.default
def find(
    text: Annotated[str, Parameter(help="words to find")] = "",
    *,
    kind: Annotated[Literal["results", "needs"], Parameter(help="what to find")] = "results",
    need: Annotated[str, an_id("find what fits this need")] = "",
    result: Annotated[str, an_id("find what fits this result")] = "",
    limit: Annotated[int, Parameter(help="rows at most, 1 to 100")] = 10,
    session: Session = HERE,
) -> None:
    """Find results or needs; the words in common say why."""
    columns = ("score", "id", "title", "station_name", "terms")
    query = {"kind": kind, "text": text, "need": need, "result": result, "limit": limit}
    show_list(session, "/search", columns, **query)
