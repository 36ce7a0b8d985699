"""``yizhan screening``: national's lists of screened results."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import After, Limit, an_id, show_list, show_one
from node.cli.session import HERE, Session


def create_app() -> App:
    """The commands every station has."""
    app = App(name="screening", help="National's lists of results screened against needs.")
    app.command(list_, name="list")
    app.command(show)
    return app


def list_(
    *,
    year: Annotated[int, Parameter(help="only of this year")] = 0,
    names: Annotated[str, an_id("lists in force that name this result or need", "--names")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List the lists, newest first."""
    columns = ("id", "year", "title", "programme", "time", "replaced_by")
    show_list(
        session, "/screenings", columns, year=year or "", names=names, limit=limit, after=after
    )


def show(screening: Annotated[str, an_id("the list's id")], *, session: Session = HERE) -> None:
    """Show one list: its results, and the needs each may answer."""
    show_one(session, f"/screenings/{screening}")


screening = create_app()
