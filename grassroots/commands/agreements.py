"""``yizhan agreement`` and ``yizhan contract``: from a template to a registered contract."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import (
    Output,
    an_id,
    save_file,
    send,
    send_file,
    show_list,
    tell_made,
)
from node.cli.session import HERE, Session
from node.errors import ConfigError

app = App(name="agreement", help="Agreements made from templates, with every version of the text.")
contract = App(name="contract", help="Technology contracts: turnover and technology amount apart.")

AgreementId = Annotated[str, an_id("the agreement's id", "AGREEMENT")]
FileId = Annotated[str, an_id("the file's id, as show --json tells it", "FILE")]
On = Annotated[str, Parameter(help="the day, YYYY-MM-DD; today if empty")]


@app.command
def templates(*, session: Session = HERE) -> None:
    """List the templates there are."""
    show_list(session, "/agreement-templates", ("code", "version", "title", "title_en"))


@app.command
def draft(
    engagement: Annotated[str, an_id("the engagement it is for", "ENGAGEMENT")],
    template: Annotated[str, Parameter(help="a code of `yizhan agreement templates`")],
    *,
    title: str = "",
    field: Annotated[
        list[str] | None, Parameter(name="--field", help="KEY=TEXT, fills a field; repeatable")
    ] = None,
    session: Session = HERE,
) -> None:
    """Draft an agreement, filled with what the station knows."""
    pairs = [each.partition("=") for each in field or ()]
    if any(not sign for _, sign, _ in pairs):
        raise ConfigError("A field is KEY=TEXT.", "Write for example --field amount=20万元.")
    body = {
        "engagement": engagement,
        "template": template,
        "title": title,
        "fields": {key: text for key, _, text in pairs},
    }
    send(session, "/agreements", body, "drafted agreement")


@app.command(name="list")
def list_(
    *,
    engagement: Annotated[str, an_id("only of this engagement")] = "",
    state: Annotated[str, Parameter(help="drafted, signed or ended")] = "",
    session: Session = HERE,
) -> None:
    """List agreements, newest first."""
    columns = ("id", "title", "state", "version", "signed_on", "ended_on")
    show_list(session, "/agreements", columns, engagement=engagement, state=state)


@app.command
def show(agreement: AgreementId, *, session: Session = HERE) -> None:
    """Print the newest text of an agreement, or all of it as JSON."""
    with session.client() as client:
        found = client.get(f"/agreements/{agreement}")
    if session.json:
        session.show(found)
        return
    newest = found["texts"][0]
    session.tell(newest["text"])
    session.tell(f"version {newest['version']}, SHA-256 {newest['digest']}")


@app.command
def revise(agreement: AgreementId, file: Path, *, session: Session = HERE) -> None:
    """Give a draft the text of a file; the text before is kept."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}", "Give a UTF-8 text file.") from None
    send(session, f"/agreements/{agreement}/revise", {"text": text}, "revised")


@app.command
def sign(agreement: AgreementId, *, on: On = "", session: Session = HERE) -> None:
    """Note that the parties signed it; then keep its scan with: yizhan agreement keep."""
    send(session, f"/agreements/{agreement}/sign", {"on": on}, "signed")


@app.command
def keep(
    agreement: AgreementId,
    file: Path,
    *,
    note: Annotated[str, Parameter(help="what it is")] = "",
    session: Session = HERE,
) -> None:
    """Keep the scan of a signed agreement; it stays at the station."""
    query = {"name": file.name, "note": note}
    tell_made(session, send_file(session, f"/agreements/{agreement}/files", file, query), "kept as")


@app.command
def get(file: FileId, *, output: Output, session: Session = HERE) -> None:
    """Fetch the scan of a signed agreement."""
    save_file(session, f"/agreement-files/{file}", output)


@app.command
def delete(file: FileId, *, session: Session = HERE) -> None:
    """Delete a scan; that the agreement was signed stays noted."""
    session.publish(f"/agreement-files/{file}/delete", {}, "deleted")


@app.command
def end(agreement: AgreementId, *, on: On = "", session: Session = HERE) -> None:
    """Note that it has ended, or that the draft is given up."""
    send(session, f"/agreements/{agreement}/end", {"on": on}, "ended")


@contract.command(name="add")
def add_contract(
    type_: Annotated[
        Literal["development", "transfer", "licence", "consulting", "service"],
        Parameter(name="TYPE"),
    ],
    name: Annotated[str, Parameter(help="what the contract is called")],
    *,
    amount_yuan: Annotated[int, Parameter(help="turnover in 元 (成交额)")],
    technology_yuan: Annotated[int, Parameter(help="technology amount in 元 (技术交易额)")],
    signed: Annotated[str, Parameter(help="day of signing, YYYY-MM-DD")],
    registration: Annotated[str, Parameter(help="registration number")] = "",
    field: Annotated[str, Parameter(help="electronics, aerospace, manufacturing, …")] = "",
    engagement: Annotated[str, an_id("the engagement it belongs to")] = "",
    referral: Annotated[str, an_id("the referral it belongs to")] = "",
    agreement: Annotated[str, an_id("the agreement that is its text")] = "",
    session: Session = HERE,
) -> None:
    """Record a technology contract; its figures are typed here and nowhere else."""
    body = {
        "type": type_,
        "name": name,
        "amount_fen": amount_yuan * 100,
        "technology_fen": technology_yuan * 100,
        "signed": signed,
        "registration": registration,
        "field": field,
        "engagement": engagement,
        "referral": referral,
        "agreement": agreement,
    }
    send(session, "/contracts", body, "recorded contract")


@contract.command(name="list")
def list_contracts(
    *,
    year: Annotated[str, Parameter(help="signed in this year")] = "",
    session: Session = HERE,
) -> None:
    """List technology contracts, the newest signed first; amounts in fen."""
    columns = ("id", "name", "type", "amount_fen", "technology_fen", "signed", "registration")
    show_list(session, "/contracts", columns, year=year)


@contract.command
def totals(*, session: Session = HERE) -> None:
    """Show contracts by year and type; the two amounts are never added."""
    columns = ("year", "type", "contracts", "amount_fen", "technology_fen")
    show_list(session, "/contracts/totals", columns)


@contract.command
def conclude(
    contract: Annotated[str, an_id("the contract's id", "CONTRACT")],
    *,
    note: Annotated[str, Parameter(help="for the other station; it is public")] = "",
    session: Session = HERE,
) -> None:
    """Conclude the contract's referral with the figures recorded."""
    send(session, f"/contracts/{contract}/conclude", {"note": note}, "concluded:")
