"""``yizhan file``: attach, list, fetch and take back files (A17, P8)."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import Output, an_id, save_file, send_file, tell_made
from node.cli.session import HERE, Session

app = App(name="file", help="Files of needs, results, reports and referrals, and of visits.")

_COLUMNS = ("id", "name", "size", "note", "is_sealed", "is_here")
Id = Annotated[str, an_id("an id")]
Note = Annotated[str, Parameter(help="what it is")]


@app.command
def attach(
    file: Path,
    *,
    to: Annotated[str, Parameter(allow_leading_hyphen=True, help="need, result, report, referral")],
    note: Note = "",
    session: Session = HERE,
) -> None:
    """Attach a file to an entry; in a referral it is sealed to the two stations."""
    query = {"subject": to, "name": file.name, "note": note}
    answer = send_file(session, "/files", file, query)
    tell_made(session, answer, "attached by")


@app.command(name="keep")
def keep(
    file: Path,
    *,
    visit: Annotated[str, Parameter(allow_leading_hyphen=True, help="the visit's id")],
    note: Note = "",
    session: Session = HERE,
) -> None:
    """Keep a file with a visit; it stays at the station."""
    query = {"name": file.name, "note": note}
    answer = send_file(session, f"/visits/{visit}/files", file, query)
    tell_made(session, answer, "kept as")


@app.command(name="list")
def list_(subject: Id, *, visit: bool = False, session: Session = HERE) -> None:
    """The files of an entry; names of sealed ones where this station can open them.

    Args:
        subject: id of the need, result, report or referral; of the visit with --visit.
        visit: it is a visit's id.
    """
    with session.client() as client:
        if visit:
            session.show(client.get(f"/visits/{subject}/files")["items"], _COLUMNS[:4])
            return
        found = client.get("/files", subject=subject)["items"]
        if any(each["is_sealed"] for each in found):
            opened = client.get(f"/referrals/{subject}/files")["items"]
            told = {each["id"]: each for each in opened}
            found = [{**each, **told.get(each["id"], {})} for each in found]
    session.show(found, _COLUMNS)


@app.command
def get(
    file: Id,
    *,
    output: Output,
    sealed: bool = False,
    visit: bool = False,
    session: Session = HERE,
) -> None:
    """Fetch a file, from other stations if this one lacks it.

    Args:
        file: its id.
        sealed: it is one of a referral; this station is a party.
        visit: it is one of a visit.
    """
    path = f"/visit-files/{file}" if visit else f"/files/{file}" + "/opened" * sealed
    save_file(session, path, output)


@app.command
def detach(file: Id, *, session: Session = HERE) -> None:
    """Take a file back: every node that hears of it drops it."""
    session.publish(f"/files/{file}/detach", {}, "taken back by")


@app.command
def share(file: Id, *, session: Session = HERE) -> None:
    """Seal a file of a case anew, to the helpers that have joined it, too."""
    session.publish(f"/files/{file}/share", {}, "shared by")


@app.command
def delete(file: Id, *, session: Session = HERE) -> None:
    """Delete a visit's file."""
    session.publish(f"/visit-files/{file}/delete", {}, "deleted")
