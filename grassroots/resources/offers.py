"""Experts, brokers, societies, institutions, services: made known, amended, withdrawn (F1-F5, C13).

A person is named in public only with the person's own consent. Who stands behind an entry that
describes without naming is kept here, in a private table.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import delete, select

from grassroots.needs import WithdrawInput
from node.calendar import day_of
from node.capability import Route
from node.drafting import (
    IdPath,
    ListQuery,
    Published,
    answer,
    draft,
    new_salt,
    own_station,
    publish,
)
from node.erased import draft_erasure
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.model import Model
from node.people.permissions import Act
from node.readmodels import entries, resources
from node.readmodels.publications import find_acts
from node.readmodels.resources import ResourceView
from node.readmodels.rows import batched
from node.store import ResourcePerson, table_of
from protocol.erasing import is_erasable
from protocol.errors import Reason
from protocol.records import BodyErased
from protocol.records.erasure import ERASED_MAX
from protocol.records.fields import Salt
from protocol.records.resources import (
    ResourceAmended,
    ResourceContent,
    ResourceOffered,
    ResourceWithdrawn,
)

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

_PERSON = table_of(ResourcePerson)
TYPES = r"^(|expert|broker|society|institution|service|information)$"


class Behind(Model):
    """Who an expert or broker is and how to be reached; this never leaves the station."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=40)]
    contact: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=2_000)] = ""


class BehindView(Model):
    """Who stands behind a resource of this station; empty where nothing was noted."""

    name: str = ""
    contact: str = ""
    note: str = ""


class ResourceInput(ResourceContent):
    """A resource as a clerk writes it; ``behind`` is kept here only."""

    salt: SkipJsonSchema[Salt] = "A" * 22
    """Drawn anew when it is published."""
    behind: Behind | None = None


class ResourceQuery(ListQuery):
    """Which resources."""

    state: Annotated[
        str,
        Field(pattern=r"^(|open|over|withdrawn)$", description="over: contract or offer has ended"),
    ] = ""
    type: Annotated[str, Field(pattern=TYPES, description="experts, brokers, …")] = ""
    kind: Annotated[str, Field(max_length=40, description="pool, level or sort")] = ""
    division: Annotated[
        str, Field(pattern=r"^([0-9]{6})?$", description="in this division or below it")
    ] = ""


class ResourceList(Model):
    """A page of resources."""

    items: list[ResourceView]


class TeamView(Model):
    """How many a station has on a day, by type and by kind (F1, F2)."""

    station: str
    day: str
    types: dict[str, dict[str, int]]


class Forgotten(Model):
    """A resource that was taken back: its id, and the entries whose bodies were erased."""

    id: str
    erased: list[str]


async def list_resources(node: "Node", query: ResourceQuery) -> ResourceList:
    """Resources, newest first."""
    today = day_of(node.clock.now_ms())
    found = await node.store.aread(
        lambda reading: resources.find(reading, **query.model_dump(), day=today)
    )
    return ResourceList(items=list(found))


async def get_resource(node: "Node", path: IdPath) -> ResourceView:
    """One resource."""
    return await node.store.aread(lambda reading: resources.get(reading, path.id))


async def get_team(node: "Node", path: IdPath) -> TeamView:
    """How many experts, brokers and others a station has today."""
    day = day_of(node.clock.now_ms())
    team = await node.store.aread(lambda reading: resources.count_team(reading, path.id, day))
    return TeamView(station=path.id, day=day, types=team)


def _check_unnamed(body: ResourceInput) -> None:
    """Refuse a text that names a person who has not agreed to be named."""
    name = body.behind.name if body.behind else ""
    if not name or (body.person is not None and body.person.name == name):
        return
    texts = {
        "title": body.title,
        "text": body.text,
        "keywords": " ".join(body.keywords),
        "person": body.person.name if body.person else "",
    }
    reasons = {
        field: "names the person; describe what the person can do instead"
        for field, text in texts.items()
        if name in text
    }
    if reasons:
        raise InvalidError(
            f"The person is named in: {', '.join(reasons)}.",
            "Record the person's consent (day and scope), or leave the name out.",
            reasons,
        )


def _content(node: "Node", body: ResourceInput) -> dict[str, object]:
    fields = body.model_dump(mode="json", exclude={"behind"}, exclude_none=True)
    fields["salt"] = new_salt(node)
    return fields


def _behind_row(node: "Node", id_: str, behind: Behind) -> dict[str, object]:
    return {"resource": id_, **behind.model_dump(), "changed_ms": node.clock.now_ms()}


async def _keep_behind(node: "Node", rows: Sequence[dict[str, object]]) -> None:
    if rows:
        await node.store.awrite(lambda tx: tx.upsert(ResourcePerson, rows))


def draft_offer(node: "Node", body: ResourceInput) -> ResourceOffered:
    """The public record of a resource; nobody is named in it who has not agreed.

    Raises:
        InvalidError: it names such a person, or a field breaks its rule.
    """
    _check_unnamed(body)
    return draft(ResourceOffered, _content(node, body))


async def offer_resources(node: "Node", bodies: Sequence[ResourceInput]) -> list[Published]:
    """Make several resources known, all or none (F1, F2, C13, A17)."""
    own_station(node)
    drafts = [(draft_offer(node, body), "-") for body in bodies]
    published = [answer(entry) for entry in await node.publisher.apublish_many(drafts)]
    rows = [
        _behind_row(node, made.id, body.behind)
        for made, body in zip(published, bodies, strict=True)
        if body.behind is not None
    ]
    await _keep_behind(node, rows)
    return published


async def offer_resource(node: "Node", body: ResourceInput) -> Published:
    """Make an expert, a broker, a society, an institution or a service known (F1, F2, C13)."""
    [published] = await offer_resources(node, [body])
    return published


async def own_resource(node: "Node", id_: str, *, is_open: bool = True) -> ResourceView:
    """A resource this station made known, and has not withdrawn if it has to be open.

    Raises:
        NotAllowedError: another station's.
        ConflictError: withdrawn already.
    """
    me = own_station(node)
    resource = await node.store.aread(lambda reading: resources.get(reading, id_))
    if resource.station != me.id:
        raise NotAllowedError(
            "That resource is another station's.", "Ask the station that made it known."
        )
    if is_open and resource.state != "open":
        raise ConflictError(f"that resource is {resource.state} already")
    return resource


async def amend_resource(node: "Node", path: IdPath, body: ResourceInput) -> Published:
    """Give a resource a whole new description."""
    resource = await own_resource(node, path.id)
    if body.behind is None:
        known = await get_behind(node, path)
        if known.name:
            body = body.model_copy(update={"behind": Behind(**known.model_dump())})
    _check_unnamed(body)
    fields = {**_content(node, body), "after": resource.revision}
    published = await publish(node, draft(ResourceAmended, fields), resource.id)
    if body.behind is not None:
        await _keep_behind(node, [_behind_row(node, resource.id, body.behind)])
    return published


async def withdraw_resource(node: "Node", path: IdPath, body: WithdrawInput) -> Published:
    """Say that a resource is no longer available."""
    resource = await own_resource(node, path.id)
    return await publish(node, draft(ResourceWithdrawn, {"reason": body.reason}), resource.id)


async def get_behind(node: "Node", path: IdPath) -> BehindView:
    """Who stands behind a resource of this station."""
    query = select(_PERSON).where(_PERSON.c.resource == path.id)
    row = await node.store.aread(lambda reading: reading.connection.execute(query).first())
    if row is None:
        return BehindView()
    return BehindView(name=row.name, contact=row.contact, note=row.note)


async def forget_resource(node: "Node", path: IdPath) -> Forgotten:
    """Take back all that was said of a resource, everywhere: consent was withdrawn.

    The bodies of its entries are erased at every node, and what was noted of the person is deleted.
    """
    resource = await own_resource(node, path.id, is_open=False)
    ids = await node.store.aread(lambda reading: _entries_of(reading, resource))
    me, roster = node.me, node.roster
    drafts = await node.store.aread(
        lambda reading: [
            draft_erasure(reading, me, roster, id_, "consent-withdrawn") for id_ in ids
        ]
    )
    # Few of them go in one entry, so that all are taken back at once or none is.
    named = [each for _, record in drafts for each in record.entries]
    records = [
        (BodyErased(entries=tuple(some), reason="consent-withdrawn"), "-")
        for some in batched(named, ERASED_MAX)
    ]
    await node.publisher.apublish_many(records, ResourceOffered.CHANNEL)
    gone = delete(_PERSON).where(_PERSON.c.resource == resource.id)

    def drop(tx: "Writing") -> None:
        tx.connection.execute(gone)

    await node.store.awrite(drop)
    return Forgotten(id=resource.id, erased=ids)


def _entries_of(reading: "Reading", resource: ResourceView) -> list[str]:
    """The entries whose bodies speak of a resource; the opening last, as its acts hang on it."""
    acts: Sequence[dict[str, object]] = find_acts(reading, resource.id)
    own = [str(act["id"]) for act in acts if act["station"] == resource.station]
    views = entries.find_many(reading, [*own, resource.id])
    return [
        id_
        for id_ in (*own, resource.id)
        if id_ in views and is_erasable(views[id_].kind) and views[id_].reason != Reason.ERASED
    ]


ROUTES = (
    Route("GET", "/resources", list_resources, "Experts, brokers, societies, …", ("F1", "C13")),
    Route(
        "POST",
        "/resources",
        offer_resource,
        "Make a resource known",
        ("F1", "F2"),
        201,
        act=Act.PUBLISH,
    ),
    Route("GET", "/resources/{id}", get_resource, "One resource", ("F1", "C13")),
    Route(
        "POST",
        "/resources/{id}/amend",
        amend_resource,
        "Amend a resource",
        ("F1",),
        201,
        act=Act.PUBLISH,
    ),
    Route(
        "POST",
        "/resources/{id}/withdraw",
        withdraw_resource,
        "Withdraw a resource",
        ("F1",),
        201,
        act=Act.PUBLISH,
    ),
    Route(
        "POST",
        "/resources/{id}/forget",
        forget_resource,
        "Erase a resource everywhere: consent was withdrawn",
        ("F1",),
        act=Act.PUBLISH,
    ),
    Route(
        "GET",
        "/resources/{id}/behind",
        get_behind,
        "Who stands behind a resource of this station",
        ("F1",),
        act=Act.READ_CARDS,
    ),
    Route("GET", "/stations/{id}/team", get_team, "A station's experts and brokers", ("F1", "F2")),
)
