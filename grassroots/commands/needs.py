"""``yizhan need``: needs from the first draft to the day they are met."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

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

app = App(
    name="need",
    help="Needs of enterprises: draft, similar, submit, review, return, publish, amend, renew, "
    "withdraw, solve; list, show, drafts, summary.",
)

NeedId = Annotated[str, an_id("the need's id")]
DraftId = Annotated[str, an_id("the draft's id")]
Words = Annotated[list[str] | None, Parameter(help="repeatable")]
Title = Annotated[str, Parameter(help="one line, without the enterprise's name")]
Text = Annotated[str, Parameter(help="what is needed, without the enterprise's name")]
Note = Annotated[str, Parameter(help="what to note beside it")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Facts:
    """What a need says besides its title and text.

    Attributes:
        unclassified: declare that it holds no state or work secret.
    """

    unclassified: Annotated[
        bool, Parameter(negative="", help="declare that it holds no state or work secret")
    ] = False
    anyway: Annotated[str, Parameter(help="why to publish it although one like it is open")] = ""
    kind: Annotated[
        str,
        Parameter(
            help="strategy, information, upgrade, joint-rd, introduction, talent, other, or a "
            "code of your own"
        ),
    ] = ""
    sub_kind: Annotated[str, Parameter(help="facility, process, material or product")] = ""
    scope: Annotated[
        Literal["enterprise", "common", "regional"] | None, Parameter(help="whose need it is")
    ] = None
    stage: Annotated[str, Parameter(help="stage of the innovation chain")] = ""
    field: Annotated[str, Parameter(help="technical field")] = ""
    field_list: Annotated[str, Parameter(help="the list it is of: 2014, 2017 or contract")] = ""
    industry: Annotated[str, Parameter(help="GB/T 4754 code")] = ""
    division: Annotated[str, Parameter(help="division code, six digits")] = ""
    size: Annotated[str, Parameter(help="micro, small, medium or large")] = ""
    budget_yuan: Annotated[int | None, Parameter(help="budget in 元")] = None
    due: Annotated[str, Parameter(help="when it is needed, YYYY-MM-DD")] = ""
    expires: Annotated[str, Parameter(help="its last day, YYYY-MM-DD")] = ""
    keyword: Words = None
    indicator: Words = None
    tag: Annotated[list[str] | None, Parameter(help="programme or strategy region; repeatable")] = (
        None
    )
    gathers: Annotated[
        list[str] | None, an_id("id of a need it is made of; repeatable", "--gathers")
    ] = None
    enterprise: Annotated[str, an_id("id of its card, kept at this station only")] = ""

    def body(self, title: str, text: str) -> dict[str, object]:
        """The fields as the API takes them."""
        return {
            "title": title,
            "text": text,
            "unclassified": self.unclassified or None,
            "anyway": self.anyway,
            "kind": self.kind,
            "sub_kind": self.sub_kind,
            "scope": self.scope,
            "stage": self.stage,
            "field": self.field,
            "field_list": self.field_list,
            "industry": self.industry,
            "division": self.division,
            "size": self.size,
            "budget_fen": None if self.budget_yuan is None else self.budget_yuan * 100,
            "due": self.due,
            "expires": self.expires,
            "keywords": self.keyword,
            "indicators": self.indicator,
            "tags": self.tag,
            "gathers": self.gathers,
            "enterprise": self.enterprise,
        }


NO_FACTS = Facts()


@app.command(name="list")
def list_(
    *,
    q: Q = "",
    station: OfStation = "",
    field: Field = "",
    state: Annotated[
        str, Parameter(help="all, open, expiring, expired, solved, withdrawn or archived")
    ] = "",
    scope: Annotated[str, Parameter(help="enterprise, common or regional")] = "",
    tag: Annotated[str, Parameter(help="only with this tag")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List needs, newest first; archived ones only by words or by state."""
    columns = ("id", "title", "field", "standing", "expires", "time")
    query = {"q": q, "station": station, "field": field, "state": state, "after": after}
    show_list(session, "/needs", columns, limit=limit, scope=scope, tag=tag, **query)


@app.command
def show(need: NeedId, *, session: Session = HERE) -> None:
    """Show one need."""
    show_one(session, f"/needs/{need}")


@app.command
def similar(title: Title, text: Text = "", *, session: Session = HERE) -> None:
    """Show open needs and drafts that say something alike; ask before a need is drafted."""
    with session.client() as client:
        items = client.post("/needs-alike", {"title": title, "text": text})["items"]
    _show_similar(session, items)


@app.command
def draft(
    title: Title,
    text: Text,
    *,
    amends: Annotated[str, an_id("the published need it is to replace the content of")] = "",
    facts: Facts = NO_FACTS,
    session: Session = HERE,
) -> None:
    """Write a need down at this station; tells what is alike already."""
    body = {**facts.body(title, text), "amends": amends}
    given = {field: value for field, value in body.items() if value not in (None, "", [])}
    with session.client() as client:
        made = client.post("/drafts", given)
        items = client.get(f"/drafts/{made['id']}/similar")["items"]
    if session.json:
        session.show({**made, "similar": items})
        return
    session.tell(f"drafted {made['id']}")
    _show_similar(session, items)


def _show_similar(session: Session, items: list[Mapping[str, Any]]) -> None:
    columns = ("alike", "is_same", "title", "station_name", "terms", "id")
    session.show(items, columns)


@app.command
def drafts(
    *,
    state: Annotated[
        str, Parameter(help="drafted, submitted, returned, approved or published")
    ] = "",
    session: Session = HERE,
) -> None:
    """List needs on their way to publication."""
    columns = ("id", "state", "title", "drafted_by", "amends")
    show_list(session, "/drafts", columns, state=state)


@app.command(name="draft-show")
def show_draft(draft: DraftId, *, session: Session = HERE) -> None:
    """Show a draft, its history, and what stands in its way."""
    show_one(session, f"/drafts/{draft}")


@app.command
def submit(draft: DraftId, *, session: Session = HERE) -> None:
    """Hand a draft in for approval."""
    send(session, f"/drafts/{draft}/submit", {}, "submitted draft")


@app.command
def review(draft: DraftId, *, note: Note = "", session: Session = HERE) -> None:
    """Approve what somebody else drafted; it is published at once."""
    send(session, f"/drafts/{draft}/review", {"note": note}, "approved and published need")


@app.command(name="return")
def return_(
    draft: DraftId,
    reason: Annotated[str, Parameter(help="what is to be done first")],
    *,
    session: Session = HERE,
) -> None:
    """Give a draft back with the reasons."""
    send(session, f"/drafts/{draft}/return", {"reason": reason}, "returned draft")


@app.command
def discard(draft: DraftId, *, session: Session = HERE) -> None:
    """Throw a draft away."""
    send(session, f"/drafts/{draft}/discard", {}, "discarded draft")


@app.command(name="publish-draft")
def publish_draft(draft: DraftId, *, session: Session = HERE) -> None:
    """Publish a draft that needs no second person, or has been approved."""
    send(session, f"/drafts/{draft}/publish", {}, "published need")


@app.command
def publish(title: Title, text: Text, *, facts: Facts = NO_FACTS, session: Session = HERE) -> None:
    """Publish a need at once, where no second person is asked for; the enterprise stays unnamed."""
    send(session, "/needs", facts.body(title, text), "published need")


@app.command
def amend(
    need: NeedId,
    title: Title,
    text: Text,
    *,
    facts: Facts = NO_FACTS,
    session: Session = HERE,
) -> None:
    """Give a need of this station a whole new content; what is not given is taken away."""
    send(session, f"/needs/{need}/amend", facts.body(title, text), "amended by entry")


@app.command
def renew(
    need: NeedId,
    expires: Annotated[str, Parameter(help="its new last day, YYYY-MM-DD")],
    *,
    session: Session = HERE,
) -> None:
    """Let a need of this station stand until a later day."""
    send(session, f"/needs/{need}/renew", {"expires": expires}, "renewed by entry")


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


@app.command
def summary(
    by: Literal[
        "section", "industry", "province", "prefecture", "county", "field", "kind", "station"
    ] = "industry",
    *,
    division: Annotated[str, Parameter(help="how their division code begins")] = "",
    industry: Annotated[str, Parameter(help="how their industry digits begin")] = "",
    station: OfStation = "",
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="write a CSV file instead")
    ] = None,
    session: Session = HERE,
) -> None:
    """Sum needs up by industry, place, field, kind or station."""
    query = {"by": by, "division": division, "industry": industry, "station": station}
    with session.client() as client:
        if output is not None:
            output.write_bytes(client.download("/needs-summary/file", **query))
            session.tell(f"wrote {output}")
            return
        found = client.get("/needs-summary", **query)
    if session.json:
        session.show(found)
        return
    columns = ("code", "name", "needs", "open", "solved", "withdrawn", "common", "budget_fen")
    session.show([*found["items"], {**found["total"], "name": "total"}], columns)
