"""Needs: published without the enterprise's name, amended, withdrawn, solved (B1-B7)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import select

from grassroots.enterprises import get_enterprise, secrets_of
from node.capability import Capability, Route
from node.drafting import IdPath, ListQuery, Published, draft, new_salt, own_station, publish
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.people.permissions import Act
from node.readmodels import needs, referrals
from node.readmodels.needs import NeedView
from node.store import NeedOrigin, table_of
from protocol.records.fields import Salt
from protocol.records.needs import (
    NeedAmended,
    NeedContent,
    NeedPublished,
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
    """Which needs."""

    state: Annotated[str, Field(pattern=r"^(|open|solved|withdrawn)$")] = ""


class NeedList(BaseModel):
    """A page of needs."""

    items: list[NeedView]


class WithdrawInput(BaseModel):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=2_000)] = ""


class SolveInput(BaseModel):
    """The referral that met the need, if one did."""

    model_config = ConfigDict(extra="forbid")

    by: str | None = None


async def list_needs(node: "Node", query: NeedQuery) -> NeedList:
    """Published needs, newest first."""
    found = await node.store.aread(lambda reading: needs.find(reading, **query.model_dump()))
    return NeedList(items=list(found))


async def get_need(node: "Node", path: IdPath) -> NeedView:
    """One need."""
    return await node.store.aread(lambda reading: needs.get(reading, path.id))


async def _check_unnamed(node: "Node", body: NeedInput) -> None:
    """Refuse a text that names the enterprise it is about (DESIGN 1.9)."""
    if body.enterprise is None:
        return
    id_ = body.enterprise
    card = await node.store.aread(lambda reading: get_enterprise(reading, id_))
    texts = {"title": body.title, "text": body.text, "keywords": " ".join(body.keywords)}
    secrets = secrets_of(card)
    reasons = {
        field: "names the enterprise; describe it by size, industry and place instead"
        for field, text in texts.items()
        if any(secret in text for secret in secrets)
    }
    if reasons:
        raise InvalidError(
            f"The enterprise is named in: {', '.join(reasons)}.",
            "A need is public; the name is disclosed to one station, on acceptance.",
            reasons,
        )


def _content(node: "Node", body: NeedInput) -> dict[str, object]:
    fields = body.model_dump(mode="json", exclude={"enterprise"}, exclude_none=True)
    fields["salt"] = new_salt(node)
    return fields


async def publish_need(node: "Node", body: NeedInput) -> Published:
    """Publish a need (B3)."""
    own_station(node)
    await _check_unnamed(node, body)
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
    """Give a need a whole new content."""
    need = await own_need(node, path.id)
    await _check_unnamed(node, body)
    fields = {**_content(node, body), "after": need.revision}
    return await publish(node, draft(NeedAmended, fields), need.id)


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
    serves=("B1", "B3", "B4", "B5", "B6", "B7"),
    channels=("needs",),
    routes=(
        Route("GET", "/needs", list_needs, "Published needs", ("B3",)),
        Route("POST", "/needs", publish_need, "Publish a need", ("B3",), 201, act=Act.PUBLISH),
        Route("GET", "/needs/{id}", get_need, "One need", ("B3",)),
        Route(
            "POST", "/needs/{id}/amend", amend_need, "Amend a need", ("B3",), 201, act=Act.PUBLISH
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
    commands={"need": "grassroots.commands.needs:app"},
)
