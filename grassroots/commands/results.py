"""``yizhan result``: list, show, publish, amend, advance, withdraw."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import (
    After,
    Field,
    Limit,
    OfStation,
    Q,
    an_id,
    send,
    show_list,
    show_one,
)
from node.cli.session import HERE, Session

app = App(name="result", help="Results on offer: list, show, publish, amend, advance, withdraw.")

ResultId = Annotated[str, an_id("the result's id")]
Patents = Annotated[list[str] | None, Parameter(help="a patent's number; repeatable")]
Ipc = Annotated[list[str] | None, Parameter(help="a patent class such as B22D17/20; repeatable")]
ProgrammeName = Annotated[str, Parameter(help="the science programme it comes from")]
ProgrammeLevel = Annotated[str, Parameter(help="national or local")]
ProgrammeNumber = Annotated[str, Parameter(help="the project's number")]
EvaluatedBy = Annotated[str, Parameter(help="who evaluated it")]
EvaluatedOn = Annotated[str, Parameter(help="the day of the evaluation")]
Finding = Annotated[str, Parameter(help="what the evaluation found, one line")]


@app.command(name="list")
def list_(
    *,
    q: Q = "",
    station: OfStation = "",
    field: Field = "",
    stage: Annotated[str, Parameter(help="only at this stage of the maturation chain")] = "",
    programme: Annotated[str, Parameter(help="only of national or local programmes")] = "",
    ipc: Annotated[str, Parameter(help="only of this patent class, or its beginning")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List results, newest first."""
    columns = ("id", "title", "owner", "field", "state", "time")
    query = {
        "q": q, "station": station, "field": field, "stage": stage, "programme": programme,
        "ipc": ipc, "after": after,
    }  # fmt: skip
    show_list(session, "/results", columns, limit=limit, **query)


@app.command
def show(result: ResultId, *, session: Session = HERE) -> None:
    """Show one result."""
    show_one(session, f"/results/{result}")


@app.command
def publish(
    title: Annotated[str, Parameter(help="one line")],
    text: Annotated[str, Parameter(help="what it is and what it does")],
    *,
    owner: Annotated[str, Parameter(help="the organisation whose it is")] = "",
    field: Annotated[str, Parameter(help="technical field")] = "",
    discipline: str = "",
    trl: Annotated[int | None, Parameter(help="maturity 1 to 9, GB/T 22900")] = None,
    ip: Annotated[str, Parameter(help="none, pending, granted, software or standard")] = "",
    stage: Annotated[
        str, Parameter(help="screening, pilot, incubation, integration, market or finance")
    ] = "",
    division: Annotated[str, Parameter(help="division code, six digits")] = "",
    keyword: Annotated[list[str] | None, Parameter(help="repeatable")] = None,
    patent: Patents = None,
    ipc: Ipc = None,
    programme: ProgrammeName = "",
    programme_level: ProgrammeLevel = "",
    programme_number: ProgrammeNumber = "",
    evaluated_by: EvaluatedBy = "",
    evaluated_on: EvaluatedOn = "",
    finding: Finding = "",
    session: Session = HERE,
) -> None:
    """Offer a result to the network."""
    body = {
        "title": title,
        "text": text,
        "owner": owner,
        "field": field,
        "discipline": discipline,
        "trl": trl,
        "ip": ip,
        "stage": stage,
        "division": division,
        "keywords": keyword,
        "patents": patent,
        "ipc": ipc,
        "programme": _part(level=programme_level, name=programme, number=programme_number),
        "evaluation": _part(by=evaluated_by, on=evaluated_on, finding=finding),
    }
    send(session, "/results", body, "published result")


def _part(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value}


@app.command
def amend(
    result: ResultId,
    *,
    title: str = "",
    text: str = "",
    owner: str = "",
    field: str = "",
    discipline: str = "",
    trl: int | None = None,
    ip: str = "",
    stage: str = "",
    division: str = "",
    keyword: Annotated[list[str] | None, Parameter(help="repeatable")] = None,
    patent: Patents = None,
    ipc: Ipc = None,
    programme: ProgrammeName = "",
    programme_level: ProgrammeLevel = "",
    programme_number: ProgrammeNumber = "",
    evaluated_by: EvaluatedBy = "",
    evaluated_on: EvaluatedOn = "",
    finding: Finding = "",
    session: Session = HERE,
) -> None:
    """Change what is given of a result of this station; what is not given stays."""
    with session.client() as client:
        now = client.get(f"/results/{result}")
    given = {
        "title": title, "text": text, "owner": owner, "field": field, "discipline": discipline,
        "category": "", "trl": trl, "ip": ip, "stage": stage, "division": division,
        "keywords": keyword, "patents": patent, "ipc": ipc, "programme_level": programme_level,
        "programme_name": programme, "programme_number": programme_number,
        "evaluation_by": evaluated_by, "evaluation_on": evaluated_on,
        "evaluation_finding": finding, "source_system": "", "source_id": "", "source_url": "",
    }  # fmt: skip
    said = {name: now[name] if value in ("", None) else value for name, value in given.items()}
    body = {name: value for name, value in said.items() if name.partition("_")[0] not in _PARTS}
    for part in _PARTS:
        members = {name: said[name] for name in said if name.startswith(f"{part}_")}
        body[part] = _part(**{name.partition("_")[2]: text for name, text in members.items()})
    body["lang"] = now["lang"]
    send(session, f"/results/{result}/amend", body, "amended by entry")


_PARTS = ("programme", "evaluation", "source")


@app.command
def advance(
    result: ResultId,
    stage: Annotated[
        str, Parameter(help="screening, pilot, incubation, integration, market or finance")
    ],
    on: Annotated[str, Parameter(help="the day it was reached")],
    *,
    trl: Annotated[int | None, Parameter(help="maturity then, 1 to 9")] = None,
    note: Annotated[str, Parameter(help="by what")] = "",
    session: Session = HERE,
) -> None:
    """Say which stage of the maturation chain a result of this station has reached."""
    body = {"stage": stage, "on": on, "trl": trl, "note": note}
    send(session, f"/results/{result}/advance", body, "advanced by entry")


@app.command
def stages(result: ResultId, *, session: Session = HERE) -> None:
    """Show how a result has ripened."""
    show_list(session, f"/results/{result}/stages", ("time", "stage", "trl", "on", "note", "id"))


@app.command
def withdraw(result: ResultId, reason: str = "", *, session: Session = HERE) -> None:
    """Take a result of this station off offer."""
    send(session, f"/results/{result}/withdraw", {"reason": reason}, "withdrawn by entry")
