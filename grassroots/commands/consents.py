"""``yizhan consent``: the register of what enterprises agreed to be disclosed (D11)."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, show_list, show_one
from node.cli.session import HERE, Session

consent = App(name="consent", help="What enterprises agreed to be disclosed, and withdrew.")

ConsentId = Annotated[str, an_id("the consent's id", "ID")]


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
    session: Session = HERE,
) -> None:
    """Record a consent; disclose by it with: yizhan referral disclose REFERRAL --consent ID."""
    told = {
        "on": on, "by": by, "purpose": purpose, "kinds": kind, "receiver_contact": contact,
        "evidence": evidence, "evidence_hash": evidence_hash, "withdrawal": withdrawal,
    }  # fmt: skip
    body = {"consent": {name: value for name, value in told.items() if value}}
    more = {"to": to} if to else {}
    session.publish(f"/referrals/{referral}/consents", {**body, **more}, "consent")


@consent.command
def withdraw(
    id_: ConsentId,
    *,
    note: Annotated[str, Parameter(help="how the enterprise let it be known")] = "",
    session: Session = HERE,
) -> None:
    """Withdraw a consent: what it allowed is erased at every node."""
    session.publish(f"/consents/{id_}/withdraw", {"note": note}, "withdrawn consent")
