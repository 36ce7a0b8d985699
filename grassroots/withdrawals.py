"""The register of consents shown, and a consent withdrawn: what it allowed is erased (D11)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from grassroots.consents import (
    ConsentQuery,
    ConsentView,
    catch_up,
    change,
    find_consents,
    get_consent,
)
from node.capability import Capability, Route
from node.drafting import IdPath, own_station
from node.erased import afind_erasure, erase
from node.errors import ConflictError
from node.model import Model
from node.people.permissions import Act
from node.readmodels import entries

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Writing

Text = Annotated[str, Field(max_length=200)]


class ConsentList(Model):
    """Consents, newest first."""

    items: list[ConsentView]


class WithdrawInput(Model):
    """How the enterprise let it be known, for the register."""

    model_config = ConfigDict(extra="forbid")

    note: Text = ""


async def list_consents(node: "Node", query: ConsentQuery) -> ConsentList:
    """The register of consents."""
    if node.me is not None:
        await catch_up(node, node.me.id)
    return ConsentList(items=await node.store.aread(lambda each: find_consents(each, query)))


async def show_consent(node: "Node", path: IdPath) -> ConsentView:
    """One consent, and who has confirmed that what it allowed is erased."""
    return await with_holders(node, await node.store.aread(lambda each: get_consent(each, path.id)))


async def with_holders(node: "Node", consent: ConsentView) -> ConsentView:
    """A consent with the stations that have confirmed the erasure."""
    if not consent.erased:
        return consent
    view = await node.store.aread(lambda each: entries.get(each, consent.sealed))
    found = await afind_erasure(node, view)
    return consent.model_copy(update={"held_by": found.held_by if found else None})


async def withdraw_consent(node: "Node", path: IdPath, body: WithdrawInput) -> ConsentView:
    """The enterprise takes its consent back: the sealed part is erased at every node.

    Said again, it finishes what a refused or interrupted erasure left undone.

    Raises:
        NotFoundError: no such consent.
        ConflictError: it is withdrawn and erased already.
    """
    now_ms = node.clock.now_ms()
    await catch_up(node, own_station(node).id)

    def note(tx: "Writing") -> ConsentView:
        held = get_consent(tx, path.id)
        if held.erased or (held.withdrawn_ms is not None and not held.sealed):
            raise ConflictError("That consent is withdrawn already.")
        if held.withdrawn_ms is None:
            change(tx, held.id, withdrawn_ms=now_ms, withdrawn_note=body.note)
        return get_consent(tx, held.id)

    held = await node.store.awrite(note)
    if held.sealed:
        await _erase(node, held)
    return await show_consent(node, path)


async def _erase(node: "Node", held: ConsentView) -> None:
    view = await node.store.aread(lambda each: entries.get(each, held.sealed))
    erased = await afind_erasure(node, view)
    if erased is None:
        erased = await erase(node, held.sealed, "consent-withdrawn")
    by = erased.entry
    await node.store.awrite(lambda tx: change(tx, held.id, erased=by))


CAPABILITY = Capability(
    name="consents",
    title="授权登记",
    serves=("D11",),
    channels=("referrals",),
    routes=(
        Route(
            "GET", "/consents", list_consents, "The register of consents", ("D11",),
            act=Act.READ_CARDS,
        ),
        Route(
            "GET", "/consents/{id}", show_consent, "One consent, and what became of it", ("D11",),
            act=Act.READ_CARDS,
        ),
        Route(
            "POST", "/consents/{id}/withdraw", withdraw_consent, "Withdraw a consent", ("D11",),
            act=Act.DISCLOSE,
        ),
    ),
)  # fmt: skip
