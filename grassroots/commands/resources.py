"""``yizhan resource``: experts, brokers, societies, institutions, services."""

from typing import Annotated, Literal

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

app = App(name="resource", help="Experts, brokers, societies, institutions, services.")

ResourceId = Annotated[str, an_id("the resource's id")]
Type = Literal["expert", "broker", "society", "institution", "service", "information"]
Kind = Annotated[
    str,
    Parameter(
        help="expert: business, technical, legal, ip, foreign, review; broker: junior, middle,"
        " senior; society: national, province, city, county; institution: university, institute,"
        " transfer-centre, productivity-centre, technology-market, intermediary, conversion-base,"
        " alliance, authority; service: development, transfer, technical-service, consulting,"
        " evaluation, finance, platform; information: policy, hotspot, frontier, intelligence,"
        " patent"
    ),
]
Text = Annotated[str, Parameter(help="what is offered; never a person's name")]
Person = Annotated[str, Parameter(help="the person's name, only with the person's consent")]
ConsentedOn = Annotated[str, Parameter(help="the day of that consent")]
ConsentScope = Annotated[str, Parameter(help="what that consent covers")]
BehindName = Annotated[str, Parameter(help="who it is; kept at this station, never published")]
BehindContact = Annotated[str, Parameter(help="how to reach them; kept at this station")]
Division = Annotated[str, Parameter(help="division code, six digits")]
Keywords = Annotated[list[str] | None, Parameter(name="--keyword", help="repeatable")]


@app.command(name="list")
def list_(
    *,
    q: Q = "",
    type_: Annotated[Type | None, Parameter(name="--type", help="only these")] = None,
    kind: Annotated[str, Parameter(help="only this pool, level or sort")] = "",
    station: OfStation = "",
    field: Field = "",
    division: Annotated[str, Parameter(help="in this division or below it")] = "",
    state: Annotated[
        Literal["open", "over", "withdrawn"] | None,
        Parameter(help="only these; over: contract or offer has ended"),
    ] = None,
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List resources, newest first."""
    columns = ("id", "type", "kind", "title", "organisation", "field", "state")
    show_list(
        session,
        "/resources",
        columns,
        q=q,
        type=type_ or "",
        kind=kind,
        station=station,
        field=field,
        division=division,
        state=state or "",
        limit=limit,
        after=after,
    )


@app.command
def show(resource: ResourceId, *, session: Session = HERE) -> None:
    """Show one resource."""
    show_one(session, f"/resources/{resource}")


@app.command
def behind(resource: ResourceId, *, session: Session = HERE) -> None:
    """Show who stands behind a resource of this station; this is kept here only."""
    show_one(session, f"/resources/{resource}/behind")


@app.command
def team(station: Annotated[str, an_id("the station's id")], *, session: Session = HERE) -> None:
    """Count a station's experts, brokers and others, by type and kind."""
    show_one(session, f"/stations/{station}/team")


def _body(
    type_: str, kind: str, title: str, text: str, person: list[str], behind: list[str],
    **rest: object,
) -> dict[str, object]:  # fmt: skip
    names = ("name", "consented_on", "scope")
    named = {name: value for name, value in zip(names, person, strict=True) if value}
    known = {name: value for name, value in zip(("name", "contact"), behind, strict=True) if value}
    return {
        "type": type_,
        "kind": kind,
        "title": title,
        "text": text,
        "person": named,
        "behind": known,
        **rest,
    }


@app.command
def offer(
    type_: Annotated[Type, Parameter(name="TYPE")],
    kind: Kind,
    title: Annotated[str, Parameter(help="one line")],
    text: Text,
    *,
    organisation: Annotated[str, Parameter(help="where the person works, or who offers it")] = "",
    rank: Annotated[str, Parameter(help="professional title")] = "",
    field: Annotated[str, Parameter(help="technical field")] = "",
    keyword: Keywords = None,
    division: Division = "",
    since: Annotated[str, Parameter(help="day of the contract, or the first day")] = "",
    until: Annotated[str, Parameter(help="last day")] = "",
    bundle: Annotated[
        str, Parameter(help="matching, engineering, consulting, training, guidance or analysis")
    ] = "",
    price_fen: Annotated[int | None, Parameter(help="what it costs, in fen; 0: nothing")] = None,
    members: Annotated[int | None, Parameter(help="how many people it has")] = None,
    served: Annotated[int | None, Parameter(help="enterprises served so far")] = None,
    url: str = "",
    person: Person = "",
    consented_on: ConsentedOn = "",
    consent_scope: ConsentScope = "",
    behind_name: BehindName = "",
    behind_contact: BehindContact = "",
    session: Session = HERE,
) -> None:
    """Make an expert, a broker, a society, an institution, a service or information known."""
    body = _body(
        type_, kind, title, text, [person, consented_on, consent_scope],
        [behind_name, behind_contact], organisation=organisation, rank=rank, field=field,
        keywords=keyword, division=division, since=since, until=until, bundle=bundle,
        price_fen=price_fen, members=members, served=served, url=url,
    )  # fmt: skip
    send(session, "/resources", body, "made known as")


@app.command
def amend(
    resource: ResourceId,
    *,
    title: str = "",
    text: Text = "",
    kind: Annotated[str, Parameter(help="another pool, level or sort")] = "",
    organisation: str = "",
    rank: str = "",
    field: str = "",
    keyword: Keywords = None,
    division: Division = "",
    since: str = "",
    until: str = "",
    bundle: str = "",
    price_fen: int | None = None,
    members: int | None = None,
    served: int | None = None,
    url: str = "",
    person: Person = "",
    consented_on: ConsentedOn = "",
    consent_scope: ConsentScope = "",
    unname: Annotated[bool, Parameter(negative="", help="leave the person's name out")] = False,
    session: Session = HERE,
) -> None:
    """Change what is given of a resource of this station; what is not given stays."""
    with session.client() as client:
        now = client.get(f"/resources/{resource}")
    given = {
        "kind": kind, "title": title, "text": text, "organisation": organisation, "rank": rank,
        "field": field, "keywords": keyword, "division": division, "since": since, "until": until,
        "bundle": bundle, "price_fen": price_fen, "members": members, "served": served, "url": url,
    }  # fmt: skip
    fields = {name: now[name] if given[name] in ("", None) else given[name] for name in given}
    named = {
        "name": person or now["person"],
        "consented_on": consented_on or now["consented_on"],
        "scope": consent_scope or now["consent_scope"],
    }
    source = {name: now[f"source_{name}"] for name in ("system", "id", "url")}
    body = {
        **fields,
        "type": now["type"],
        "lang": now["lang"],
        "person": {name: value for name, value in named.items() if value and not unname},
        "source": {name: value for name, value in source.items() if value},
    }
    send(session, f"/resources/{resource}/amend", body, "amended by entry")


@app.command
def withdraw(resource: ResourceId, reason: str = "", *, session: Session = HERE) -> None:
    """Say that a resource of this station is no longer available."""
    send(session, f"/resources/{resource}/withdraw", {"reason": reason}, "withdrawn by entry")


@app.command
def forget(resource: ResourceId, *, session: Session = HERE) -> None:
    """Erase all that was said of a resource, at every station: consent was withdrawn."""
    with session.client() as client:
        answer = client.post(f"/resources/{resource}/forget", {})
    if session.json:
        session.show(answer)
    else:
        session.tell(f"erased {len(answer['erased'])} entries; what was noted here is deleted")
