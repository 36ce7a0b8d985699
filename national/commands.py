"""``yizhan report``, ``yizhan ranking`` and ``yizhan screening`` at a national station."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands import rankings, reports, screenings
from grassroots.commands.calls import an_id, send
from node.cli.session import HERE, Session
from node.supervision.commands import add_supervision

report = reports.create_app()
add_supervision(report)

Period = Annotated[str, Parameter(help="2026, 2026-Q4 or 2026-11")]


def _create_ranking() -> App:
    app = rankings.create_app()
    app.command(policy)
    app.command(cut)
    app.command(publish)
    return app


def policy(
    name: str,
    period: Period,
    weights: Annotated[list[str], Parameter(help="indicator=percent …, 100 in all")],
    *,
    session: Session = HERE,
) -> None:
    """Publish how stations are scored: for example ``outcomes=60 needs=40``."""
    pairs = dict(each.partition("=")[::2] for each in weights)
    numbers = {key: int(value) if value.isdigit() else value for key, value in pairs.items()}
    body = {"name": name, "period": period, "weights": numbers}
    send(session, "/policies", body, "published policy")


def cut(name: str, period: Period, *, session: Session = HERE) -> None:
    """Name a cut of the network as this node holds it now."""
    with session.client(timeout_s=600) as client:
        answer = client.post("/cuts", {"name": name, "period": period})
    if session.json:
        session.show(answer)
    else:
        session.tell(f"named cut {name} of {answer['heads']} logs")


def publish(
    name: Annotated[str, Parameter(help="the ranking's name")],
    *,
    policy: Annotated[str, an_id("the policy's id")],
    cut: Annotated[str, Parameter(help="the cut's name")],
    session: Session = HERE,
) -> None:
    """Compute the ranking of a cut by a policy, and publish it."""
    send(session, "/rankings", {"name": name, "policy": policy, "cut": cut}, "published ranking")


def _create_screening() -> App:
    app = screenings.create_app()
    app.command(candidates)
    app.command(publish_list, name="publish")
    return app


def candidates(
    *,
    q: Annotated[str, Parameter(name=["--q", "-q"], help="words to find")] = "",
    field: Annotated[str, Parameter(help="only this technical field")] = "",
    programme: Annotated[str, Parameter(help="national or local; empty: all")] = "national",
    limit: Annotated[int, Parameter(help="rows at most, 1 to 50")] = 12,
    session: Session = HERE,
) -> None:
    """Results to screen, each with the open needs it may answer."""
    query = {"q": q, "field": field, "limit": limit}
    with session.client() as client:
        items = client.get("/candidates", programme=programme, **query)["items"]
    if session.json:
        session.show(items)
        return
    for item in items:
        session.tell(f"{item['result']['id']}  {item['result']['title']}")
        for need in item["needs"]:
            session.tell(f"    {need['id']}  {need['title']} ({need['station_name']})")


def publish_list(
    title: Annotated[str, Parameter(help="the list's title")],
    year: Annotated[int, Parameter(help="the year it is for")],
    items: Annotated[
        list[str],
        Parameter(help="RESULT or RESULT=NEED,NEED …, by their ids", allow_leading_hyphen=True),
    ],
    *,
    programme: Annotated[str, Parameter(help="the programme's name")] = "",
    text: Annotated[str, Parameter(help="how it was screened")] = "",
    replaces: Annotated[str, an_id("the list it stands in the place of")] = "",
    session: Session = HERE,
) -> None:
    """Publish a list of results, each with the needs it may answer."""
    listed = [
        {"result": result, "needs": [need for need in rest.split(",") if need]}
        for result, _, rest in (item.partition("=") for item in items)
    ]
    body = {
        "title": title,
        "year": year,
        "items": listed,
        "programme": programme,
        "text": text,
        "replaces": replaces,
    }
    send(session, "/screenings", body, "published list")


ranking = _create_ranking()
screening = _create_screening()
