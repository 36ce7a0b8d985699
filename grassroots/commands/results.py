"""``yizhan result``: list, show, publish, withdraw."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import (
    After,
    Field,
    Limit,
    OfStation,
    Q,
    an_id,
    send,
    show_list,
    show_one,
)
from node.cli.session import HERE, Session

app = App(name="result", help="Results on offer: list, show, publish, withdraw.")

ResultId = Annotated[str, an_id("the result's id")]


@app.command(name="list")
def list_(
    *,
    q: Q = "",
    station: OfStation = "",
    field: Field = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List results, newest first."""
    columns = ("id", "title", "owner", "field", "state", "time")
    query = {"q": q, "station": station, "field": field, "after": after}
    show_list(session, "/results", columns, limit=limit, **query)


@app.command
def show(result: ResultId, *, session: Session = HERE) -> None:
    """Show one result."""
    show_one(session, f"/results/{result}")


@app.command
def publish(
    title: Annotated[str, Parameter(help="one line")],
    text: Annotated[str, Parameter(help="what it is and what it does")],
    *,
    owner: Annotated[str, Parameter(help="the organisation whose it is")] = "",
    field: Annotated[str, Parameter(help="technical field")] = "",
    discipline: str = "",
    trl: Annotated[int | None, Parameter(help="maturity 1 to 9, GB/T 22900")] = None,
    ip: Annotated[str, Parameter(help="none, pending, granted, software or standard")] = "",
    stage: Annotated[
        str, Parameter(help="screening, pilot, incubation, integration, market or finance")
    ] = "",
    division: Annotated[str, Parameter(help="division code, six digits")] = "",
    keyword: Annotated[list[str] | None, Parameter(help="repeatable")] = None,
    session: Session = HERE,
) -> None:
    """Offer a result to the network."""
    body = {
        "title": title,
        "text": text,
        "owner": owner,
        "field": field,
        "discipline": discipline,
        "trl": trl,
        "ip": ip,
        "stage": stage,
        "division": division,
        "keywords": keyword,
    }
    send(session, "/results", body, "published result")


@app.command
def withdraw(result: ResultId, reason: str = "", *, session: Session = HERE) -> None:
    """Take a result of this station off offer."""
    send(session, f"/results/{result}/withdraw", {"reason": reason}, "withdrawn by entry")
