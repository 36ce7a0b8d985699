"""``yizhan enterprise``: cards of enterprises, kept at this station only."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import Q, an_id, show_list, show_one
from node.cli.session import HERE, Session
from node.errors import ConfigError

app = App(name="enterprise", help="Cards of enterprises, kept at this station only.")

CardId = Annotated[str, an_id("the card's id")]
CreditCode = Annotated[str, Parameter(help="unified social credit code, 18 characters")]
IndustryCode = Annotated[str, Parameter(help="GB/T 4754 code")]
DivisionCode = Annotated[str, Parameter(help="division code, six digits")]
Size = Annotated[Literal["micro", "small", "medium", "large"] | None, Parameter(help="size class")]
Park = Annotated[str, Parameter(help="the park it lies in")]
ParkKind = Annotated[
    Literal["high-tech", "economic", "industrial", "incubator", "university", "other"] | None,
    Parameter(help="what kind of park that is"),
]
TechSme = Annotated[bool | None, Parameter(help="on the list of technology SMEs or not")]


@app.command
def add(
    name: Annotated[str, Parameter(help="the enterprise's name")],
    *,
    credit_code: CreditCode = "",
    industry: IndustryCode = "",
    division: DivisionCode = "",
    size: Size = None,
    park: Park = "",
    park_kind: ParkKind = None,
    tech_sme: TechSme = None,
    contact: str = "",
    phone: str = "",
    email: str = "",
    note: str = "",
    session: Session = HERE,
) -> None:
    """Keep an enterprise's card; it never leaves the station unsealed."""
    body = {
        "name": name,
        "credit_code": credit_code,
        "industry": industry,
        "division": division,
        "size": size,
        "park": park,
        "park_kind": park_kind,
        "tech_sme": tech_sme,
        "contact": contact,
        "phone": phone,
        "email": email,
        "note": note,
    }
    given = {field: value for field, value in body.items() if value not in ("", None)}
    session.publish("/enterprises", given, "kept card")


@app.command
def edit(
    card: CardId,
    *,
    name: Annotated[str | None, Parameter(help="the enterprise's name")] = None,
    credit_code: CreditCode | None = None,
    industry: IndustryCode | None = None,
    division: DivisionCode | None = None,
    size: Size = None,
    park: Park | None = None,
    park_kind: ParkKind = None,
    tech_sme: TechSme = None,
    contact: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    note: str | None = None,
    session: Session = HERE,
) -> None:
    """Change fields of a card; what is not given stays, an empty text takes a field away."""
    changes = {
        "name": name,
        "credit_code": credit_code,
        "industry": industry,
        "division": division,
        "size": size,
        "park": park,
        "park_kind": park_kind,
        "tech_sme": tech_sme,
        "contact": contact,
        "phone": phone,
        "email": email,
        "note": note,
    }
    with session.client() as client:
        kept = client.get(f"/enterprises/{card}")["card"]
        now = {field: kept.get(field) for field in changes}
        now |= {field: value for field, value in changes.items() if value is not None}
        given = {field: value for field, value in now.items() if value not in ("", None)}
        changed = client.post(f"/enterprises/{card}/edit", given)
    session.show(changed) if session.json else session.tell(f"changed card {changed['id']}")


@app.command(name="list")
def list_(
    *,
    q: Q = "",
    division: Annotated[str, Parameter(help="how its division code begins")] = "",
    industry: Annotated[str, Parameter(help="how its industry code begins")] = "",
    session: Session = HERE,
) -> None:
    """List the cards kept here, newest first."""
    columns = ("id", "name", "industry", "division", "size", "park")
    show_list(session, "/enterprises", columns, q=q, division=division, industry=industry)


@app.command
def show(card: CardId, *, session: Session = HERE) -> None:
    """Show a card with its visits, needs, referrals, and whom it was disclosed to."""
    show_one(session, f"/enterprises/{card}")


@app.command
def copy(
    card: CardId,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="the file to write")],
    session: Session = HERE,
) -> None:
    """Write all that is kept of an enterprise into a file, for handing to it."""
    from node.folder import replace_file

    if output.exists():
        raise ConfigError(f"{output} is there already", "Choose another name.")
    with session.client() as client:
        replace_file(output, client.fetch(f"/enterprises/{card}/copy", {}), 0o600)
    session.tell(f"wrote {output}, {output.stat().st_size:,} bytes")


@app.command
def remove(card: CardId, *, session: Session = HERE) -> None:
    """Delete what is kept of an enterprise, as far as the law lets it."""
    with session.client() as client:
        told = client.post(f"/enterprises/{card}/remove", {})
    if session.json:
        session.show(told)
        return
    session.tell("deleted the card" if told["is_gone"] else "deleted what may be deleted")
    for name, count in told["kept"].items():
        session.tell(f"kept {count} {name}: a station has to be able to prove them")
