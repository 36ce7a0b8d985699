"""``yizhan mail``: addresses of those who work here, and how mail to them fares."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from node.calendar import moment_of
from node.cli.session import HERE, Session

mail = App(name="mail", help="Mail to those who work here, and how it fares.")


@mail.command
def status(*, session: Session = HERE) -> None:
    """Show the server, how many mails stand in each state, the newest, and the addresses."""
    with session.client() as client:
        found = client.get("/mail")
    if session.json:
        session.show(found)
        return
    session.show({"server": found["host"] or "none is set", **found["counts"]})
    shown = [{**each, "at": moment_of(each["created_ms"])} for each in found["mails"]]
    session.show(shown, ("at", "state", "address", "subject", "tries", "answer", "id"))
    session.show(found["addresses"], ("name", "address", "way", "hour", "lang", "refused"))


@mail.command(name="test")
def send_test(
    to: Annotated[str, Parameter(help="where to send it")],
    *,
    lang: Annotated[Literal["zh", "en"], Parameter(help="its language")] = "zh",
    session: Session = HERE,
) -> None:
    """Put a test mail into the outbox; see what came of it with: yizhan mail status."""
    session.publish("/mail/test", {"address": to, "lang": lang}, "test mail")


@mail.command
def again(
    id_: Annotated[str, Parameter(help="the mail's id", allow_leading_hyphen=True)],
    *,
    session: Session = HERE,
) -> None:
    """Send a mail again that failed, or of which nobody knows whether it arrived."""
    session.publish(f"/mail/{id_}/again", {}, "waiting mail")


@mail.command
def address(
    name: Annotated[str, Parameter(help="the name the account logs in with")],
    to: Annotated[str, Parameter(help="the mail address; empty with --way none")] = "",
    *,
    way: Annotated[
        Literal["none", "at-once", "daily"], Parameter(help="how often; daily on working days")
    ] = "daily",
    hour: Annotated[int, Parameter(help="of a daily digest, Beijing time, 0 to 23")] = 9,
    lang: Annotated[Literal["zh", "en"], Parameter(help="language of the mails")] = "zh",
    session: Session = HERE,
) -> None:
    """Set where and how often somebody is told of new notices by mail."""
    from urllib.parse import quote

    body = {"address": to, "way": way, "hour": hour, "lang": lang}
    with session.client() as client:
        answer = client.post(f"/accounts/{quote(name, safe='')}/mail", body)
    if session.json:
        session.show(answer)
    else:
        session.tell(f"{answer['name']}: {answer['address'] or '-'} ({answer['way']})")
