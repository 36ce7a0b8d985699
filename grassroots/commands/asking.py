"""``yizhan asking``: what enterprises say of outcomes, by a one-time link or a code."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, send, show_list
from node.calendar import moment_of
from node.cli.session import HERE, Session

app = App(name="asking", help="Ask enterprises without account; enter and use their answers.")

AskingId = Annotated[str, an_id("the asking's id", "ASKING")]


@app.command
def make(
    about: Annotated[
        Literal["confirm", "impact", "progress"],
        Parameter(help="what came of a referral, its impact later, or how a need stands"),
    ],
    subject: Annotated[str, an_id("the referral's id; for progress the need's", "SUBJECT")],
    *,
    months: Annotated[int | None, Parameter(help="months after the outcome, for impact")] = None,
    session: Session = HERE,
) -> None:
    """Make a link that works once, and a code; both are told only now."""
    body = {"about": about, "subject": subject, "months": months}
    given = {name: value for name, value in body.items() if value is not None}
    with session.client() as client:
        made = client.post("/askings", given)
    if session.json:
        session.show(made)
        return
    session.tell(f"made asking {made['id']}")
    session.tell(f"link  {made['link'] or made['path']}")
    session.tell(f"code  {made['code']}  (for phone, paper, WeChat)")
    session.tell(f"until {moment_of(made['expires_ms'])}")


@app.command(name="list")
def list_(
    *,
    subject: Annotated[str, an_id("only about this referral or need")] = "",
    session: Session = HERE,
) -> None:
    """List what enterprises were asked."""
    columns = ("id", "about", "subject", "state", "months")
    show_list(session, "/askings", columns, subject=subject)


@app.command
def answers(
    *,
    subject: Annotated[str, an_id("only about this referral")] = "",
    session: Session = HERE,
) -> None:
    """List what enterprises said, and what to do with it."""
    columns = ("asking", "about", "way", "satisfied", "agrees", "consent", "advice", "remark")
    show_list(session, "/answers", columns, subject=subject)


@app.command
def due(*, session: Session = HERE) -> None:
    """List the outcomes whose impact is to be asked for."""
    show_list(session, "/surveys/due", ("due", "title", "referral", "confirmed_on", "months"))


@app.command
def revoke(asking: AskingId, *, session: Session = HERE) -> None:
    """Make a link and its code worthless."""
    send(session, f"/askings/{asking}/revoke", {}, "revoked")


@app.command
def enter(
    asking: AskingId,
    *,
    code: Annotated[str, Parameter(help="the eight digits that were given out")],
    way: Annotated[
        Literal["phone", "paper", "wechat", "visit"], Parameter(help="how the answer came")
    ],
    satisfied: Annotated[int | None, Parameter(help="1 to 5")] = None,
    agrees: Annotated[bool | None, Parameter(help="whether what was concluded is right")] = None,
    consent: Annotated[bool, Parameter(help="the amount or the figures may be published")] = False,
    consent_by: Annotated[str, Parameter(help="the role of who consents, not the name")] = "",
    remark: str = "",
    revenue_yuan: Annotated[int | None, Parameter(help="more revenue since, in 元")] = None,
    saved_yuan: Annotated[int | None, Parameter(help="money saved since, in 元")] = None,
    jobs: Annotated[int | None, Parameter(help="new jobs")] = None,
    energy_kgce: Annotated[int | None, Parameter(help="standard coal saved a year, kg")] = None,
    recommend: Annotated[int | None, Parameter(help="would recommend the station, 0 to 10")] = None,
    session: Session = HERE,
) -> None:
    """Enter an answer that came otherwise than by the link."""
    body: dict[str, object] = {
        "code": code,
        "way": way,
        "satisfied": satisfied,
        "agrees": agrees,
        "consent": consent,
        "consent_by": consent_by,
        "remark": remark,
        "revenue_fen": None if revenue_yuan is None else revenue_yuan * 100,
        "saved_fen": None if saved_yuan is None else saved_yuan * 100,
        "jobs": jobs,
        "energy_kgce": energy_kgce,
        "recommend": recommend,
    }
    given = {name: value for name, value in body.items() if value is not None}
    with session.client() as client:
        taken = client.post(f"/askings/{asking}/answer", given)
    if session.json:
        session.show(taken)
    else:
        session.tell(f"entered; next: {taken['advice'] or 'nothing'}")


@app.command
def confirm(asking: AskingId, *, session: Session = HERE) -> None:
    """Confirm the referral with the mark and the consent of the answer."""
    send(session, f"/askings/{asking}/confirm", {}, "confirmed:")


@app.command
def publish(asking: AskingId, *, session: Session = HERE) -> None:
    """Publish a survey's figures, or without consent only that it was made."""
    send(session, f"/askings/{asking}/publish", {}, "published")
