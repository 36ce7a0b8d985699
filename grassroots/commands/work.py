"""``yizhan work``: who at this station works on which case or need."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, send, show_list
from node.cli.session import HERE, Session

app = App(name="work", help="Work: who here works on which case or need.")


@app.command(name="list")
def list_(
    *,
    account: Annotated[str, an_id("an account's id, me, or nobody", "--account")] = "",
    session: Session = HERE,
) -> None:
    """List what is to be done here, the most urgent first."""
    columns = ("id", "type", "state", "title", "account", "note")
    show_list(session, "/work", columns, account=account)


@app.command
def give(
    subject: Annotated[str, an_id("the case's or need's id")],
    account: Annotated[str, an_id("the account's id; nobody if left out")] = "",
    *,
    note: Annotated[str, Parameter(help="a remark; it stays at this station")] = "",
    session: Session = HERE,
) -> None:
    """Give a case or a need to somebody, or take it from whoever has it."""
    send(session, "/work", {"subject": subject, "account": account, "note": note}, "given:")
