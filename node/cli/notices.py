"""``yizhan inbox``: what there is to know and to do at this station."""

from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from node.calendar import moment_of
from node.cli.session import HERE, Session

inbox = App(name="inbox", help="What there is to know and to do at this station.")

Id = Annotated[str, Parameter(help="the notice's id", allow_leading_hyphen=True)]


@inbox.command(name="list")
def list_notices(
    *,
    unread: Annotated[bool, Parameter(negative="", help="only what is unread")] = False,
    open_: Annotated[
        bool, Parameter(name="--open", negative="", help="only what nobody has dealt with")
    ] = False,
    kind: Annotated[str, Parameter(help="only of this kind")] = "",
    before: Annotated[int, Parameter(help="only what was told before this number")] = 0,
    limit: Annotated[int, Parameter(help="rows at most, 1 to 500")] = 50,
    lang: Annotated[Literal["zh", "en"], Parameter(help="language of the texts")] = "zh",
    session: Session = HERE,
) -> None:
    """List notices, newest first; with the node's token, those of every role and account."""
    asked = {"unread": str(unread).lower(), "open": str(open_).lower(), "kind": kind}
    with session.client() as client:
        found = client.get("/inbox", **asked, before=before, limit=limit, lang=lang)
    if session.json:
        session.show(found)
        return
    shown = [
        {**each, "at": moment_of(each["at_ms"]), "state": _state(each)} for each in found["items"]
    ]
    session.show(shown, ("seq", "at", "state", "kind", "text", "link", "id"))


def _state(each: dict[str, Any]) -> str:
    return "done" if each["done_ms"] else "read" if each["read_ms"] else "unread"


@inbox.command
def read(id_: Annotated[str, Id], *, session: Session = HERE) -> None:
    """Note a notice as read."""
    session.publish(f"/inbox/{id_}/read", {}, "read notice")


@inbox.command
def done(id_: Annotated[str, Id], *, session: Session = HERE) -> None:
    """Note a notice as dealt with, for everybody it is for."""
    session.publish(f"/inbox/{id_}/done", {}, "done notice")
