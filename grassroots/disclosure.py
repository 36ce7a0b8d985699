"""Staged disclosure: the enterprise's name and contact, sealed to one station (D11, DESIGN 1.9)."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from grassroots.cases import draft_act, open_case
from grassroots.enterprises import get_enterprise, tell_enterprise
from grassroots.needs import find_origin
from node.capability import Capability, Route
from node.drafting import IdPath, Published, own_station, publish
from node.errors import ConflictError, InvalidError, NotFoundError
from node.people.permissions import Act
from node.readmodels import cases
from node.readmodels.cases import SealedPart
from protocol.errors import Refused
from protocol.records import KINDS
from protocol.records.referrals import ContactDisclosed, ReferralRequested, Sealed
from protocol.sealing import SealContext, seal, unseal
from protocol.transitions import REFERRAL

if TYPE_CHECKING:
    from node.app import Node

KEY_BYTES = 32
NONCE_BYTES = 12


class ConsentInput(BaseModel):
    """The enterprise's consent: the day, the role of who gave it, what it covers (PIPL 23)."""

    model_config = ConfigDict(extra="forbid")

    on: str
    by: Annotated[str, Field(min_length=1, max_length=40)]
    scope: Annotated[str, Field(min_length=1, max_length=200)]


class DiscloseInput(BaseModel):
    """Whom to disclose: an enterprise's card kept here, or the fields themselves.

    Without either, the card of the enterprise behind the need. ``to`` is the receiver unless a
    helper is named: each disclosure has a consent of its own (D11).
    """

    model_config = ConfigDict(extra="forbid")

    consent: ConsentInput
    to: Annotated[str, Field(max_length=64)] | None = None
    enterprise: Annotated[str, Field(max_length=40)] | None = None
    contact: dict[str, Annotated[str, Field(max_length=4_000)]] | None = None


class Disclosed(BaseModel):
    """What one sealed part of a referral says, opened here."""

    entry: str
    kind: str
    station: str
    contact: dict[str, str]


class DisclosedList(BaseModel):
    """Every sealed part of a referral that this station can open."""

    items: list[Disclosed]


async def disclose_contact(node: "Node", path: IdPath, body: DiscloseInput) -> Published:
    """Disclose the enterprise to the receiver or a helper, sealed to it alone."""
    me = own_station(node)
    case = await open_case(node, path.id, ContactDisclosed, REFERRAL)
    to = body.to or case.receiver
    if to not in (case.receiver, *case.parties.helpers):
        raise ConflictError(
            "That station does not work on the referral.",
            "Disclose to the receiver, or to a station that has joined as a helper.",
        )
    contact = await _contact(node, body, case.need)
    log = await node.publisher.aopen_log(ContactDisclosed.CHANNEL)
    context = SealContext(
        node.network.id, log.author, log.channel, log.epoch, case.id, ContactDisclosed.KIND
    )
    sealed = _seal(node, contact, context, (me.id, to))
    record = draft_act(
        node,
        case,
        ContactDisclosed,
        {
            "sealed": sealed.model_dump(mode="json"),
            "consent": body.consent.model_dump(),
        },
    )
    return await publish(node, record, case.id)


async def _contact(node: "Node", body: DiscloseInput, need: str) -> dict[str, str]:
    if body.contact:
        return body.contact
    id_ = body.enterprise or await find_origin(node, need)
    if id_ is None:
        raise InvalidError(
            "No enterprise is named.", "Give the enterprise's card, or the contact's fields."
        )
    card = await node.store.aread(lambda reading: get_enterprise(reading, id_))
    return tell_enterprise(card)


def _seal(
    node: "Node", contact: Mapping[str, str], context: SealContext, stations: tuple[str, ...]
) -> Sealed:
    recipients = []
    for id_ in stations:
        station = node.roster.get(id_)
        if station is None:
            raise NotFoundError(f"no station {id_} in the roster held here")
        recipients.append((station.id, station.sealing))
    text = json.dumps(contact, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return seal(text, context, recipients, node.random(KEY_BYTES), node.random(NONCE_BYTES))


async def read_contact(node: "Node", path: IdPath) -> DisclosedList:
    """What was disclosed in a referral, as far as it is sealed to this station."""
    me = own_station(node)
    parts = await node.store.aread(lambda reading: cases.find_sealed(reading, path.id))
    opened = [_open(node, me.id, part) for part in parts]
    return DisclosedList(items=[each for each in opened if each is not None])


def _open(node: "Node", station: str, part: SealedPart) -> Disclosed | None:
    record = KINDS[part.kind].model_validate_json(part.body)
    assert isinstance(record, ContactDisclosed | ReferralRequested)
    if record.sealed is None:
        return None
    context = SealContext(
        node.network.id, part.author, part.channel, part.epoch, part.subject, part.kind
    )
    for seed in node.keyring.sealing_seeds:
        try:
            contact = json.loads(unseal(record.sealed, context, station, seed))
        except (Refused, ValueError):
            continue
        if isinstance(contact, dict):
            fields = {str(name): str(value) for name, value in contact.items()}
            return Disclosed(entry=part.entry, kind=part.kind, station=part.station, contact=fields)
    return None


CAPABILITY = Capability(
    name="disclosure",
    title="信息披露",
    serves=("D11",),
    channels=("needs", "referrals"),
    routes=(
        Route(
            "POST",
            "/referrals/{id}/disclose",
            disclose_contact,
            "Disclose it",
            ("D11",),
            201,
            act=Act.DISCLOSE,
        ),
        Route(
            "GET",
            "/referrals/{id}/contact",
            read_contact,
            "What was disclosed",
            ("D11",),
            act=Act.DISCLOSE,
        ),
    ),
)
