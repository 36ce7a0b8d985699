"""``yizhan interest`` and ``introduction``: what may come before a referral."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import After, Limit, OfStation, an_id, send, show_list, show_one
from node.cli.session import HERE, Session

interest = App(name="interest", help="Interests: offer help with a need, answer such offers.")
introduction = App(name="introduction", help="Introductions by a station above, and their answers.")
introduce = App(name="introduce", help="Bring a need's station and another together.")

InterestId = Annotated[str, an_id("the interest's id")]
IntroductionId = Annotated[str, an_id("the introduction's id")]
NeedId = Annotated[str, an_id("the need's id")]
State = Annotated[str, Parameter(help="only in this state of the case")]
Note = Annotated[str, Parameter(help="for the other station; it is public")]
ResultId = Annotated[str, an_id("the result that may meet it")]
Transfer = Annotated[bool, Parameter(help="the need itself goes over, not only the work")]
_COLUMNS = ("id", "need", "sender", "receiver", "state", "updated")


@interest.command(name="list")
def list_interests(
    *,
    station: OfStation = "",
    state: State = "",
    need: Annotated[str, an_id("only about this need")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List interests, newest first."""
    query = {"station": station, "state": state, "need": need, "after": after}
    show_list(session, "/interests", _COLUMNS, limit=limit, **query)


@interest.command(name="show")
def show_interest(interest_id: InterestId, *, session: Session = HERE) -> None:
    """Show one interest, its history, and what this station may do next."""
    show_one(session, f"/interests/{interest_id}")


@interest.command
def express(need: NeedId, note: Note, *, result: ResultId = "", session: Session = HERE) -> None:
    """Offer help with a need of another station."""
    body = {"need": need, "note": note, "result": result}
    send(session, "/interests", body, "expressed interest")


@interest.command
def match(
    interest_id: InterestId,
    *,
    note: Note = "",
    transfer: Transfer = False,
    session: Session = HERE,
) -> None:
    """Take an offer up: the referral goes out."""
    body = {"note": note, "manner": "transfer" if transfer else "referral"}
    send(session, f"/interests/{interest_id}/match", body, "requested referral")


@interest.command(name="decline")
def decline_interest(
    interest_id: InterestId,
    reason: Literal["unfit", "price", "capacity", "taken", "incomplete", "other"],
    *,
    note: Note = "",
    session: Session = HERE,
) -> None:
    """Do not take an offer up."""
    send(
        session, f"/interests/{interest_id}/decline", {"reason": reason, "note": note}, "declined:"
    )


@interest.command
def withdraw(interest_id: InterestId, reason: str = "", *, session: Session = HERE) -> None:
    """Take one's offer back."""
    send(session, f"/interests/{interest_id}/withdraw", {"reason": reason}, "withdrawn:")


@interest.command
def query(interest_id: InterestId, note: Note, *, session: Session = HERE) -> None:
    """Ask for more about an offer."""
    send(session, f"/interests/{interest_id}/query", {"note": note}, "asked:")


@interest.command
def answer(interest_id: InterestId, note: Note, *, session: Session = HERE) -> None:
    """Say what was asked about one's offer."""
    send(session, f"/interests/{interest_id}/answer", {"note": note}, "answered:")


@introduction.command(name="list")
def list_introductions(
    *,
    station: OfStation = "",
    state: State = "",
    need: Annotated[str, an_id("only about this need")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List introductions, newest first."""
    query = {"station": station, "state": state, "need": need, "after": after}
    show_list(session, "/introductions", (*_COLUMNS, "partner"), limit=limit, **query)


@introduction.command(name="show")
def show_introduction(introduction_id: IntroductionId, *, session: Session = HERE) -> None:
    """Show one introduction, its history, and what this station may do next."""
    show_one(session, f"/introductions/{introduction_id}")


@introduction.command
def follow(
    introduction_id: IntroductionId,
    *,
    note: Note = "",
    transfer: Transfer = False,
    session: Session = HERE,
) -> None:
    """Follow an introduction: the referral goes out."""
    body = {"note": note, "manner": "transfer" if transfer else "referral"}
    send(session, f"/introductions/{introduction_id}/follow", body, "requested referral")


@introduction.command(name="decline")
def decline_introduction(
    introduction_id: IntroductionId, reason: str, *, session: Session = HERE
) -> None:
    """Do not follow an introduction, or do not want to be introduced."""
    send(session, f"/introductions/{introduction_id}/decline", {"reason": reason}, "declined:")


@introduce.command
def propose(
    need: NeedId,
    partner: Annotated[str, an_id("the station the need's station should turn to")],
    note: Note,
    *,
    result: ResultId = "",
    session: Session = HERE,
) -> None:
    """Bring a need's station and another together."""
    body = {"need": need, "partner": partner, "note": note, "result": result}
    send(session, "/introductions", body, "proposed introduction")


@introduce.command(name="withdraw")
def withdraw_introduction(
    introduction_id: IntroductionId, reason: str = "", *, session: Session = HERE
) -> None:
    """Take an introduction back before it is answered."""
    send(session, f"/introductions/{introduction_id}/withdraw", {"reason": reason}, "withdrawn:")
