"""``yizhan consent``: the register of what enterprises agreed to be disclosed (D11)."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import (
    FILE_S,
    Output,
    an_id,
    check_file,
    save_file,
    send_file,
    show_list,
    show_one,
    tell_made,
)
from node.cli.client import Client
from node.cli.session import HERE, Session
from node.errors import ConfigError, NodeError

consent = App(name="consent", help="What enterprises agreed to be disclosed, and withdrew.")

ConsentId = Annotated[str, an_id("the consent's id", "ID")]
FileId = Annotated[str, an_id("the file's id, as show tells it", "FILE")]
Note = Annotated[str, Parameter(help="what it is")]


@consent.command(name="list")
def list_consents(
    *,
    enterprise: Annotated[str, an_id("only of this card")] = "",
    referral: Annotated[str, an_id("only in this referral")] = "",
    session: Session = HERE,
) -> None:
    """List the register, newest first."""
    columns = ("id", "on", "by", "receiver_name", "purpose", "kinds", "state")
    show_list(session, "/consents", columns, enterprise=enterprise, referral=referral)


@consent.command
def show(id_: ConsentId, *, session: Session = HERE) -> None:
    """Show one consent; of a withdrawn one, who has confirmed the erasure."""
    show_one(session, f"/consents/{id_}")


@consent.command
def record(
    referral: Annotated[str, an_id("the referral's id", "REFERRAL")],
    *,
    on: Annotated[str, Parameter(help="the day of the consent, YYYY-MM-DD")],
    by: Annotated[str, Parameter(help="the role of who gave it, not the name")],
    purpose: Annotated[
        Literal["assess", "work", "contract"], Parameter(help="what the data are for")
    ] = "work",
    kind: Annotated[list[str] | None, Parameter(help="kinds of data it covers; else all")] = None,
    contact: Annotated[str, Parameter(help="the receiver's contact the enterprise was told")] = "",
    evidence: Annotated[str, Parameter(help="where the signed paper or recording is")] = "",
    evidence_hash: Annotated[str, Parameter(help="its SHA-256, in hex")] = "",
    withdrawal: Annotated[str, Parameter(help="how it was told it may withdraw")] = "",
    to: Annotated[str, an_id("another party than the receiver: its id")] = "",
    file: Annotated[Path | None, Parameter(help="the signed paper: a scan or a photo")] = None,
    session: Session = HERE,
) -> None:
    """Record a consent; disclose by it with: yizhan referral disclose REFERRAL --consent ID."""
    told = {
        "on": on, "by": by, "purpose": purpose, "kinds": kind, "receiver_contact": contact,
        "evidence": evidence, "evidence_hash": evidence_hash, "withdrawal": withdrawal,
    }  # fmt: skip
    body = {"consent": {name: value for name, value in told.items() if value}}
    more = {"to": to} if to else {}
    if file is not None:
        check_file(file)
    with session.client(FILE_S if file else 60) as client:
        made = client.post(f"/referrals/{referral}/consents", {**body, **more})
        if file is not None:
            made = {**made, "files": [_keep_paper(client, made["id"], file)]}
    tell_made(session, made, "consent")


def _keep_paper(client: Client, consent_id: str, file: Path) -> dict[str, object]:
    """Send the signed paper of a consent that was just recorded.

    Raises:
        ConfigError: the node did not take it; says what is recorded and how to go on.
    """
    try:
        kept: dict[str, object] = client.upload(
            f"/consents/{consent_id}/files", file, name=file.name
        )
    except NodeError as error:
        raise ConfigError(
            f"The consent is recorded as {consent_id}, but not its paper: {error.message}",
            f"Add the paper with: yizhan consent keep {consent_id} FILE",
        ) from error
    return kept


@consent.command
def withdraw(
    id_: ConsentId,
    *,
    note: Annotated[str, Parameter(help="how the enterprise let it be known")] = "",
    session: Session = HERE,
) -> None:
    """Withdraw a consent: what it allowed is erased at every node."""
    session.publish(f"/consents/{id_}/withdraw", {"note": note}, "withdrawn consent")


@consent.command
def keep(id_: ConsentId, file: Path, *, note: Note = "", session: Session = HERE) -> None:
    """Keep the signed paper with a consent: a scan or a photo; it stays at the station."""
    query = {"name": file.name, "note": note}
    tell_made(session, send_file(session, f"/consents/{id_}/files", file, query), "kept as")


@consent.command
def get(file: FileId, *, output: Output, session: Session = HERE) -> None:
    """Fetch the signed paper of a consent."""
    save_file(session, f"/consent-files/{file}", output)


@consent.command
def delete(file: FileId, *, session: Session = HERE) -> None:
    """Delete a file of a consent; the consent stays in the register."""
    session.publish(f"/consent-files/{file}/delete", {}, "deleted")
