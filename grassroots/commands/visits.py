"""``yizhan visit``: field work; the names stay at the station."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, send, show_list
from node.cli.session import HERE, Session

app = App(name="visit", help="Visits to enterprises.")


@app.command
def add(
    *,
    enterprise: Annotated[str, an_id("id of its card")] = "",
    on: Annotated[str, Parameter(help="the day, YYYY-MM-DD; today if empty")] = "",
    needs_found: Annotated[int, Parameter(help="how many needs it turned up")] = 0,
    note: Annotated[str, Parameter(help="kept at this station only")] = "",
    session: Session = HERE,
) -> None:
    """Record a visit: the number is published, the note is kept."""
    body = {"enterprise": enterprise, "on": on, "needs_found": needs_found, "note": note}
    send(session, "/visits", body, "recorded visit")


@app.command(name="list")
def list_visits(*, session: Session = HERE) -> None:
    """List this station's visits with their notes."""
    show_list(session, "/visits", ("visited_on", "enterprise", "note", "entry"))
