"""``yizhan visit`` and ``yizhan enterprise``: field work; the names stay at the station."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import Q, an_id, send, show_list
from node.cli.session import HERE, Session

app = App(name="visit", help="Visits to enterprises.")
cards = App(name="enterprise", help="Cards of enterprises, kept at this station only.")


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


@cards.command(name="add")
def add_card(
    name: Annotated[str, Parameter(help="the enterprise's name")],
    *,
    credit_code: Annotated[str, Parameter(help="18 characters")] = "",
    industry: Annotated[str, Parameter(help="GB/T 4754 code")] = "",
    division: Annotated[str, Parameter(help="division code, six digits")] = "",
    size: Annotated[str, Parameter(help="micro, small, medium or large")] = "",
    contact: str = "",
    phone: str = "",
    email: str = "",
    note: str = "",
    session: Session = HERE,
) -> None:
    """Keep an enterprise's card; it never leaves the station unsealed."""
    body = {
        "name": name,
        "credit_code": credit_code,
        "industry": industry,
        "division": division,
        "size": size,
        "contact": contact,
        "phone": phone,
        "email": email,
        "note": note,
    }
    send(session, "/enterprises", body, "kept card")


@cards.command(name="list")
def list_cards(*, q: Q = "", session: Session = HERE) -> None:
    """List the cards kept here."""
    show_list(session, "/enterprises", ("id", "name", "industry", "division", "size"), q=q)
