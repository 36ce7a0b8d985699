"""``yizhan referral``: hand a need to another station and see it through."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import After, Limit, OfStation, an_id, send, show_list, show_one
from node.cli.session import HERE, Session

app = App(name="referral", help="Referrals: hand a need to another station, see it through.")

ReferralId = Annotated[str, an_id("the referral's id")]
Note = Annotated[str, Parameter(help="a remark for the other station; it is public")]


@app.command(name="list")
def list_(
    *,
    station: OfStation = "",
    state: Annotated[str, Parameter(help="requested, accepted, started, concluded, …")] = "",
    need: Annotated[str, an_id("only of this need")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List referrals, newest first."""
    columns = ("id", "need", "sender", "receiver", "state", "updated")
    query = {"station": station, "state": state, "need": need, "after": after}
    show_list(session, "/referrals", columns, limit=limit, **query)


@app.command
def show(referral: ReferralId, *, session: Session = HERE) -> None:
    """Show one referral, its history, and what this station may do next."""
    show_one(session, f"/referrals/{referral}")


@app.command
def request(
    need: Annotated[str, an_id("the need's id")],
    to: Annotated[str, an_id("the station's id")],
    *,
    result: Annotated[str, an_id("the result that may meet it")] = "",
    note: Note = "",
    transfer: Annotated[
        bool, Parameter(help="the need itself goes over, not only the work")
    ] = False,
    session: Session = HERE,
) -> None:
    """Hand a need to another station."""
    manner = "transfer" if transfer else "referral"
    body = {"need": need, "to": to, "result": result, "note": note, "manner": manner}
    send(session, "/referrals", body, "requested referral")


@app.command
def accept(
    referral: ReferralId,
    *,
    note: Note = "",
    office: Annotated[str, Parameter(help="the office that answers, never a person")] = "",
    phone: Annotated[str, Parameter(help="the office's telephone")] = "",
    email: Annotated[str, Parameter(help="the office's e-mail")] = "",
    session: Session = HERE,
) -> None:
    """Take the need on."""
    contact = {"name": office, "phone": phone or None, "email": email or None} if office else None
    send(session, f"/referrals/{referral}/accept", {"note": note, "contact": contact}, "accepted:")


@app.command
def decline(
    referral: ReferralId,
    reason: Literal["capacity", "field", "duplicate", "incomplete", "other"],
    *,
    note: Note = "",
    session: Session = HERE,
) -> None:
    """Do not take the need on."""
    send(session, f"/referrals/{referral}/decline", {"reason": reason, "note": note}, "declined:")


@app.command
def revoke(referral: ReferralId, reason: str = "", *, session: Session = HERE) -> None:
    """Take the request back before it is accepted."""
    send(session, f"/referrals/{referral}/revoke", {"reason": reason}, "revoked:")


@app.command
def disclose(
    referral: ReferralId,
    *,
    consent_on: Annotated[str, Parameter(help="the day of the consent, YYYY-MM-DD")] = "",
    consent_by: Annotated[str, Parameter(help="the role of who gave it, not the name")] = "",
    purpose: Annotated[
        Literal["assess", "work", "contract"], Parameter(help="what the data are for")
    ] = "work",
    kind: Annotated[list[str] | None, Parameter(help="kinds of data it covers; else all")] = None,
    evidence: Annotated[str, Parameter(help="where the signed paper or recording is")] = "",
    consent: Annotated[str, an_id("a consent of the register, instead of these")] = "",
    to: Annotated[str, an_id("a helper; the receiver if empty")] = "",
    enterprise: Annotated[str, an_id("id of the card; the need's own if empty")] = "",
    session: Session = HERE,
) -> None:
    """Disclose the enterprise to one party, sealed, by a consent recorded now or before."""
    told = {"on": consent_on, "by": consent_by, "purpose": purpose, "kinds": kind}
    given = {name: value for name, value in {**told, "evidence": evidence}.items() if value}
    body = {"consent_id": consent} if consent else {"consent": given}
    more = {"enterprise": enterprise, "to": to}
    send(session, f"/referrals/{referral}/disclose", {**body, **more}, "disclosed by entry")


@app.command
def contact(referral: ReferralId, *, session: Session = HERE) -> None:
    """Show what was disclosed to this station."""
    show_list(session, f"/referrals/{referral}/contact", ("kind", "station", "contact"))


@app.command
def start(referral: ReferralId, *, note: Note = "", session: Session = HERE) -> None:
    """Begin the work."""
    send(session, f"/referrals/{referral}/start", {"note": note}, "started:")


@app.command
def conclude(
    referral: ReferralId,
    outcome: Literal["contract", "advice", "no-result"],
    *,
    contract_type: Annotated[
        str, Parameter(help="development, transfer, licence, consulting or service")
    ] = "",
    amount_yuan: Annotated[int | None, Parameter(help="contract amount in 元")] = None,
    technology_yuan: Annotated[int | None, Parameter(help="technology part of it in 元")] = None,
    signed: Annotated[str, Parameter(help="day of signing, YYYY-MM-DD")] = "",
    registration: Annotated[str, Parameter(help="registration number of the contract")] = "",
    note: Note = "",
    session: Session = HERE,
) -> None:
    """Report what came of it."""
    contract = None
    if outcome == "contract":
        contract = {
            "type": contract_type,
            "amount_fen": None if amount_yuan is None else amount_yuan * 100,
            "technology_fen": None if technology_yuan is None else technology_yuan * 100,
            "signed": signed,
            "registration": registration or None,
        }
    body = {"outcome": outcome, "contract": contract, "note": note}
    send(session, f"/referrals/{referral}/conclude", body, "concluded:")


@app.command
def confirm(
    referral: ReferralId,
    *,
    satisfied: Annotated[int | None, Parameter(help="the enterprise's mark, 1 to 5")] = None,
    consent: Annotated[bool, Parameter(help="the amount may be published")] = False,
    session: Session = HERE,
) -> None:
    """Agree with the conclusion; what counts is published."""
    body = {"satisfied": satisfied, "consent": consent}
    send(session, f"/referrals/{referral}/confirm", body, "confirmed:")


@app.command
def dispute(referral: ReferralId, reason: str, *, session: Session = HERE) -> None:
    """Disagree with how the referral stands."""
    send(session, f"/referrals/{referral}/dispute", {"reason": reason}, "disputed:")
