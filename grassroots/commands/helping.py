"""What a referral's parties do together: helpers, the split, disputes, from the command line."""

from typing import Annotated

from cyclopts import Parameter

from grassroots.commands.calls import an_id, send
from grassroots.commands.referrals import Note, ReferralId, app
from node.cli.session import HERE, Session
from node.errors import InvalidError

StationId = Annotated[str, an_id("the station's id")]
Reason = Annotated[str, Parameter(help="why; the other stations read it")]


@app.command
def query(referral: ReferralId, note: Note, *, session: Session = HERE) -> None:
    """Ask for more before answering."""
    send(session, f"/referrals/{referral}/query", {"note": note}, "asked:")


@app.command
def answer(referral: ReferralId, note: Note, *, session: Session = HERE) -> None:
    """Say what was asked for."""
    send(session, f"/referrals/{referral}/answer", {"note": note}, "answered:")


@app.command
def resume(referral: ReferralId, *, note: Note = "", session: Session = HERE) -> None:
    """Take one's dispute back; the work goes on."""
    send(session, f"/referrals/{referral}/resume", {"note": note}, "resumed:")


@app.command
def close(referral: ReferralId, reason: Reason, *, session: Session = HERE) -> None:
    """End without a result what one disputed."""
    send(session, f"/referrals/{referral}/close", {"reason": reason}, "closed:")


@app.command
def reopen(referral: ReferralId, reason: Reason, *, session: Session = HERE) -> None:
    """Take up again what ended without a result."""
    send(session, f"/referrals/{referral}/reopen", {"reason": reason}, "reopened:")


@app.command
def invite(
    referral: ReferralId, station: StationId, *, note: Note = "", session: Session = HERE
) -> None:
    """Ask a further station to help."""
    body = {"station": station, "note": note}
    send(session, f"/referrals/{referral}/invite", body, "invited:")


@app.command
def join(referral: ReferralId, *, note: Note = "", session: Session = HERE) -> None:
    """Take part as a helper."""
    send(session, f"/referrals/{referral}/join", {"note": note}, "joined:")


@app.command
def leave(referral: ReferralId, reason: Reason, *, session: Session = HERE) -> None:
    """Decline to help, or help no more."""
    send(session, f"/referrals/{referral}/leave", {"reason": reason}, "left:")


@app.command
def release(
    referral: ReferralId, station: StationId, reason: Reason, *, session: Session = HERE
) -> None:
    """Go on without a helper."""
    body = {"station": station, "reason": reason}
    send(session, f"/referrals/{referral}/release", body, "released:")


@app.command
def split(
    referral: ReferralId,
    share: Annotated[list[str], an_id("STATION=PERCENT, once for each party", "--share")],
    *,
    note: Note = "",
    session: Session = HERE,
) -> None:
    """Propose who shares how in the outcome."""
    body = {"shares": [_read_share(each) for each in share], "note": note}
    send(session, f"/referrals/{referral}/split", body, "proposed split")


def _read_share(text: str) -> dict[str, object]:
    station, _, percent = text.partition("=")
    if not percent.isdecimal():
        raise InvalidError(f"{text} is no share.", "Write STATION=PERCENT.")
    return {"station": station, "percent": int(percent)}


@app.command
def agree(
    referral: ReferralId,
    proposal: Annotated[str, an_id("the proposal's id")],
    *,
    session: Session = HERE,
) -> None:
    """Agree to the proposed split."""
    send(session, f"/referrals/{referral}/agree", {"proposal": proposal}, "agreed:")


@app.command
def reject(
    referral: ReferralId,
    proposal: Annotated[str, an_id("the proposal's id")],
    reason: Reason,
    *,
    session: Session = HERE,
) -> None:
    """Do not agree to the proposed split, or take one's own back."""
    body = {"proposal": proposal, "reason": reason}
    send(session, f"/referrals/{referral}/reject", body, "rejected:")


__all__ = ["app"]
