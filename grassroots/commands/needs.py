"""``yizhan need``: list, show, publish, withdraw."""

from typing import Annotated, Literal

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

app = App(name="need", help="Needs of enterprises: list, show, publish, withdraw.")

NeedId = Annotated[str, an_id("the need's id")]
Words = Annotated[list[str] | None, Parameter(help="repeatable")]


@app.command(name="list")
def list_(
    *,
    q: Q = "",
    station: OfStation = "",
    field: Field = "",
    state: Annotated[str, Parameter(help="open, solved or withdrawn")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List needs, newest first."""
    columns = ("id", "title", "field", "state", "time")
    query = {"q": q, "station": station, "field": field, "state": state, "after": after}
    show_list(session, "/needs", columns, limit=limit, **query)


@app.command
def show(need: NeedId, *, session: Session = HERE) -> None:
    """Show one need."""
    show_one(session, f"/needs/{need}")


@app.command
def publish(
    title: Annotated[str, Parameter(help="one line, without the enterprise's name")],
    text: Annotated[str, Parameter(help="what is needed, without the enterprise's name")],
    *,
    kind: Literal[
        "strategy", "information", "upgrade", "joint-rd", "introduction", "talent", "other"
    ] = "other",
    scope: Literal["enterprise", "common", "regional"] = "enterprise",
    field: Annotated[str, Parameter(help="technical field")] = "",
    industry: Annotated[str, Parameter(help="GB/T 4754 code")] = "",
    division: Annotated[str, Parameter(help="division code, six digits")] = "",
    size: Annotated[str, Parameter(help="micro, small, medium or large")] = "",
    budget_yuan: Annotated[int | None, Parameter(help="budget in 元")] = None,
    due: Annotated[str, Parameter(help="when it is needed, YYYY-MM-DD")] = "",
    keyword: Words = None,
    indicator: Words = None,
    enterprise: Annotated[str, an_id("id of its card, kept at this station only")] = "",
    session: Session = HERE,
) -> None:
    """Publish a need; the enterprise stays unnamed."""
    body = {
        "title": title,
        "text": text,
        "kind": kind,
        "scope": scope,
        "field": field,
        "industry": industry,
        "division": division,
        "size": size,
        "budget_fen": None if budget_yuan is None else budget_yuan * 100,
        "due": due,
        "keywords": keyword,
        "indicators": indicator,
        "enterprise": enterprise,
    }
    send(session, "/needs", body, "published need")


@app.command
def withdraw(need: NeedId, reason: str = "", *, session: Session = HERE) -> None:
    """Take a need of this station back."""
    send(session, f"/needs/{need}/withdraw", {"reason": reason}, "withdrawn by entry")


@app.command
def solve(
    need: NeedId,
    *,
    by: Annotated[str, an_id("id of the referral that met it")] = "",
    session: Session = HERE,
) -> None:
    """Mark a need of this station as met."""
    send(session, f"/needs/{need}/solve", {"by": by}, "solved by entry")
