"""``yizhan ranking``: read a ranking, recompute it, say whether this station agrees."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import Limit, an_id, send, show_list
from node.cli.session import HERE, Session
from node.errors import ConflictError, NotFoundError

RankingId = Annotated[str, an_id("the ranking's id; the newest if empty")]


def create_app() -> App:
    """The commands every station has; the national tier adds its own."""
    app = App(name="ranking", help="The ranking of stations: read it, recompute it.")
    app.command(list_rankings, name="list")
    app.command(show)
    app.command(verify)
    return app


def list_rankings(*, limit: Limit = 20, session: Session = HERE) -> None:
    """List published rankings, newest first."""
    show_list(session, "/rankings", ("id", "name", "period", "digest", "time"), limit=limit)


def show(ranking: RankingId = "", *, session: Session = HERE) -> None:
    """Show a ranking."""
    with session.client() as client:
        value = client.get(f"/rankings/{ranking or _newest(session)}")
        names = {each["id"]: each["name"] for each in client.get("/stations", limit=500)["items"]}
    if session.json:
        session.show(value)
        return
    session.tell(f"{value['name']} · {value['period']} · digest {value['digest']}")
    rows = [
        {
            "rank": place["rank"],
            "station": names.get(place["station"], place["station"]),
            "tier": place["tier"],
            "points": place["points"],
            "missing": place["missing"],
        }
        for place in value["places"]
    ]
    session.show(rows, ("tier", "rank", "station", "points", "missing"))
    agreed = sum(check["agrees"] for check in value["checks"])
    session.tell(f"{agreed} of {len(value['checks'])} stations that recomputed it agree")


def verify(
    ranking: RankingId = "",
    *,
    publish: Annotated[
        bool, Parameter(negative="", help="say publicly whether this station agrees")
    ] = False,
    session: Session = HERE,
) -> None:
    """Recompute a ranking from the signed entries held here, and compare."""
    id_ = ranking or _newest(session)
    with session.client(timeout_s=600) as client:
        recount = client.get(f"/rankings/{id_}/recount")
    if session.json:
        session.show(recount)
    else:
        session.tell(f"published digest  {recount['published_digest']}")
        session.tell(f"computed digest   {recount['computed_digest']}")
    if publish:
        send(session, f"/rankings/{id_}/check", {}, "said so in entry")
    if not recount["agrees"]:
        raise ConflictError(
            f"This node disagrees with the ranking: {len(recount['differences'])} lines differ.",
            "See them with --json.",
        )
    if not session.json:
        session.tell("this node agrees")


def _newest(session: Session) -> str:
    with session.client() as client:
        items = client.get("/rankings", limit=1)["items"]
    if not items:
        raise NotFoundError("no ranking is published yet")
    return str(items[0]["id"])


app = create_app()
