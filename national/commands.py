"""``yizhan report`` and ``yizhan ranking`` at a national station."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands import rankings, reports
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


ranking = _create_ranking()
