"""Needs as this station signs them: never naming the enterprise, nor what is secret (B1-B7).

How a need comes to be published, by whose hands, is in :mod:`grassroots.drafts`.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import select

from grassroots.enterprises import get_enterprise, secrets_of
from grassroots.secrecy import check_open, find_marks
from node.calendar import day_of
from node.capability import Capability, Route
from node.drafting import (
    IdPath,
    ListQuery,
    Published,
    check_codes,
    draft,
    new_salt,
    own_station,
    publish,
)
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.lifecycle import term_of
from node.model import Model
from node.people.permissions import Act
from node.readmodels import needs, referrals
from node.readmodels.needs import NeedView
from node.store import NeedOrigin, table_of
from protocol.records.fields import Day, Salt
from protocol.records.needs import (
    NeedAmended,
    NeedContent,
    NeedPublished,
    NeedRenewed,
    NeedSolved,
    NeedWithdrawn,
)

if TYPE_CHECKING:
    from node.app import Node

_ORIGIN = table_of(NeedOrigin)


class NeedInput(NeedContent):
    """A need as a clerk writes it; ``enterprise`` is the card it came from, kept here only."""

    salt: SkipJsonSchema[Salt] = "A" * 22
    """Drawn anew when it is published."""
    enterprise: Annotated[str, Field(max_length=40)] | None = None


class NeedQuery(ListQuery):
    """Which needs; without words and state those that are not archived."""

    state: Annotated[
        str,
        Field(
            pattern=r"^(|all|open|expiring|expired|solved|withdrawn|archived)$",
            description="all, open, expiring, expired, solved, withdrawn or archived",
        ),
    ] = ""
    scope: Annotated[str, Field(pattern=r"^(|enterprise|common|regional)$")] = ""
    tag: Annotated[str, Field(max_length=60, description="only with this tag")] = ""


class NeedList(Model):
    """A page of needs."""

    items: list[NeedView]


class WithdrawInput(Model):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=2_000)] = ""


class RenewInput(Model):
    """Until which day it stands from now on."""

    model_config = ConfigDict(extra="forbid")

    expires: Day


class SolveInput(Model):
    """The referral that met the need, if one did."""

    model_config = ConfigDict(extra="forbid")

    by: str | None = None


async def list_needs(node: "Node", query: NeedQuery) -> NeedList:
    """Published needs, newest first."""
    term = term_of(node.config.needs, node.clock.now_ms())
    found = await node.store.aread(
        lambda reading: needs.find(reading, **query.model_dump(), term=term)
    )
    return NeedList(items=list(found))


async def get_need(node: "Node", path: IdPath) -> NeedView:
    """One need."""
    term = term_of(node.config.needs, node.clock.now_ms())
    return await node.store.aread(lambda reading: needs.get(reading, path.id, term))


async def list_gatherers(node: "Node", path: IdPath) -> NeedList:
    """The common and regional needs that gather this one (B10)."""
    found = await node.store.aread(lambda reading: needs.find_gatherers(reading, path.id))
    return NeedList(items=found)


def texts_of(body: NeedContent) -> dict[str, str]:
    """Every text of a need that others will read, by its field."""
    return {
        "title": body.title,
        "text": body.text,
        "keywords": " ".join(body.keywords),
        "indicators": "\n".join(body.indicators),
        "field": body.field or "",
        "stage": body.stage or "",
        "tags": " ".join(body.tags),
    }


async def check_need(node: "Node", body: NeedInput) -> None:
    """Refuse what may not be public: the enterprise's name, state secrets, codes in no list.

    Raises:
        InvalidError: with the reason for each field.
        NotFoundError: the card, or a need that is gathered, is not held here.
    """
    check_open(find_marks(texts_of(body).values()))
    check_codes({"division": body.division, "industry": body.industry})
    await _check_unnamed(node, body)
    if body.gathers:
        held = await node.store.aread(lambda reading: needs.find_many(reading, body.gathers))
        missing = [each for each in body.gathers if each not in held]
        if missing:
            reason = f"no need {missing[0]} is held here"
            raise InvalidError(reason, "Gather needs that are in the list.", {"gathers": reason})


async def _check_unnamed(node: "Node", body: NeedInput) -> None:
    """Refuse a text that names the enterprise it is about (DESIGN 1.9)."""
    if body.enterprise is None:
        return
    id_ = body.enterprise
    card = await node.store.aread(lambda reading: get_enterprise(reading, id_))
    secrets = secrets_of(card)
    reasons = {
        field: "names the enterprise; describe it by size, industry and place instead"
        for field, text in texts_of(body).items()
        if any(secret in text for secret in secrets)
    }
    if reasons:
        raise InvalidError(
            f"The enterprise is named in: {', '.join(reasons)}.",
            "A need is public; the name is disclosed to one station, on acceptance.",
            reasons,
            "need-named",
        )


def _content(node: "Node", body: NeedInput) -> dict[str, object]:
    fields = body.model_dump(mode="json", include=set(NeedContent.model_fields), exclude_none=True)
    last = date.fromisoformat(day_of(node.clock.now_ms())) + timedelta(node.config.needs.valid_days)
    fields.setdefault("expires", last.isoformat())
    fields["salt"] = new_salt(node)
    return fields


async def publish_need(node: "Node", body: NeedInput) -> Published:
    """Sign a need (B3).

    Raises:
        InvalidError: it names the enterprise, or what may not be public.
    """
    own_station(node)
    await check_need(node, body)
    published = await publish(node, draft(NeedPublished, _content(node, body)))
    if body.enterprise is not None:
        origin = {"need": published.id, "enterprise": body.enterprise}
        await node.store.awrite(lambda tx: tx.insert(NeedOrigin, [origin]))
    return published


async def own_need(node: "Node", id_: str) -> NeedView:
    """A need of this station that is not closed.

    Raises:
        NotAllowedError: another station's.
        ConflictError: closed already, or on its way to another station.
    """
    me = own_station(node)
    need = await node.store.aread(lambda reading: needs.get(reading, id_))
    if need.owner != me.id:
        raise NotAllowedError("That need is another station's.", "Ask the station whose it is.")
    if need.state != "open":
        raise ConflictError(f"that need is {need.state} already")
    await check_unmoved(node, need.id)
    return need


async def check_unmoved(node: "Node", need: str) -> None:
    """Check that a need is not offered to another station for good: its answer decides first.

    Raises:
        ConflictError: a transfer of it waits for an answer.
    """
    open_ones = await node.store.aread(lambda reading: referrals.find_transfers(reading, need))
    if open_ones:
        raise ConflictError(
            "A transfer of that need waits for an answer.",
            f"Wait for it, or revoke referral {open_ones[0].id} first.",
        )


async def amend_need(node: "Node", path: IdPath, body: NeedInput) -> Published:
    """Give a need a whole new content; the enterprise behind it stays the one it was."""
    need = await own_need(node, path.id)
    behind = body.enterprise or await find_origin(node, need.id)
    body = body.model_copy(update={"enterprise": behind})
    await check_need(node, body)
    if need.id in body.gathers:
        reason = "a need cannot gather itself"
        raise InvalidError(reason, "Take it out.", {"gathers": reason})
    fields = {**_content(node, body), "after": need.revision}
    return await publish(node, draft(NeedAmended, fields), need.id)


async def renew_need(node: "Node", path: IdPath, body: RenewInput) -> Published:
    """Let a need stand until a later day; one that has expired is open again.

    Raises:
        InvalidError: the day is past, or no later than the one it has.
    """
    need = await own_need(node, path.id)
    today = day_of(node.clock.now_ms())
    if body.expires <= max(today, need.expires):
        reason = f"must be after {max(today, need.expires)}"
        raise InvalidError(f"expires: {reason}", "Give a later day.", {"expires": reason})
    return await publish(node, draft(NeedRenewed, {"expires": body.expires}), need.id)


async def withdraw_need(node: "Node", path: IdPath, body: WithdrawInput) -> Published:
    """Take a need back."""
    need = await own_need(node, path.id)
    return await publish(node, draft(NeedWithdrawn, {"reason": body.reason}), need.id)


async def solve_need(node: "Node", path: IdPath, body: SolveInput) -> Published:
    """Mark a need as met."""
    need = await own_need(node, path.id)
    return await publish(node, draft(NeedSolved, {"by": body.by}), need.id)


async def find_origin(node: "Node", need: str) -> str | None:
    """The card of the enterprise behind a need this station published, if one was named."""
    query = select(_ORIGIN.c.enterprise).where(_ORIGIN.c.need == need)
    return await node.store.aread(lambda reading: reading.connection.execute(query).scalar())


CAPABILITY = Capability(
    name="needs",
    title="需求",
    serves=("B1", "B3", "B4", "B5", "B6", "B7", "B10"),
    channels=("needs",),
    routes=(
        Route("GET", "/needs", list_needs, "Published needs", ("B3",)),
        Route("GET", "/needs/{id}", get_need, "One need", ("B3",)),
        Route(
            "GET", "/needs/{id}/gathered-by", list_gatherers, "What gathers a need", ("B9", "B10")
        ),
        Route(
            "POST",
            "/needs/{id}/renew",
            renew_need,
            "Let a need stand longer",
            ("B3",),
            201,
            act=Act.PUBLISH,
        ),
        Route(
            "POST",
            "/needs/{id}/withdraw",
            withdraw_need,
            "Withdraw a need",
            ("B3",),
            201,
            act=Act.PUBLISH,
        ),
        Route(
            "POST",
            "/needs/{id}/solve",
            solve_need,
            "Mark a need as met",
            ("D9",),
            201,
            act=Act.PUBLISH,
        ),
    ),
)
