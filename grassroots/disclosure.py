"""Staged disclosure: the enterprise's name and contact, sealed to one station (D11, DESIGN 1.9)."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import ConfigDict, Field, model_validator

from grassroots.cases import draft_act, open_case
from grassroots.consents import (
    ConsentInput,
    ConsentView,
    catch_up,
    change,
    check_covers,
    draft_consent,
    get_consent,
    view_of,
)
from grassroots.enterprises import get_enterprise, tell_enterprise
from grassroots.needs import find_origin
from node.capability import Capability, Route
from node.drafting import IdPath, Published, answer, new_salt, own_station
from node.errors import ConflictError, InvalidError, NotFoundError
from node.files.private import Paper, Row, take_private
from node.model import Model
from node.people.permissions import Act
from node.readmodels import cases
from node.readmodels.cases import SealedPart
from node.store import ConsentRow, PrivateFile
from protocol.cases import Case
from protocol.errors import Refused
from protocol.keys import digest
from protocol.records import KINDS
from protocol.records.referrals import (
    ContactDisclosed,
    ContactSealed,
    DataKind,
    ReferralRequested,
    Sealed,
)
from protocol.sealing import SealContext, seal, unseal
from protocol.transitions import REFERRAL

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Writing

KEY_BYTES = 32
NONCE_BYTES = 12

Fields = Mapping[DataKind, str]


class DiscloseInput(Model):
    """By which consent, and what: an enterprise's card kept here, or the fields themselves.

    The consent is one of the register, or is recorded now. Without ``enterprise`` or ``contact``,
    the card of the enterprise behind the need is told, as far as the consent covers it. ``to`` is
    the receiver unless another party is named: each disclosure has a consent of its own (D11).
    """

    model_config = ConfigDict(extra="forbid")

    consent: ConsentInput | None = None
    consent_id: Annotated[str, Field(max_length=40)] | None = None
    to: Annotated[str, Field(max_length=64)] | None = None
    enterprise: Annotated[str, Field(max_length=40)] | None = None
    contact: dict[DataKind, Annotated[str, Field(max_length=4_000)]] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.consent is None) == (self.consent_id is None):
            raise ValueError("no disclosure without a consent: give consent, or consent_id")
        return self


class RecordInput(Model):
    """A consent that is recorded now and used later."""

    model_config = ConfigDict(extra="forbid")

    consent: ConsentInput
    to: Annotated[str, Field(max_length=64)] | None = None
    enterprise: Annotated[str, Field(max_length=40)] | None = None


class Disclosed(Model):
    """What one sealed part of a referral says, opened here."""

    entry: str
    kind: str
    station: str
    contact: dict[str, str]


class DisclosedList(Model):
    """Every sealed part of a referral that this station can open."""

    items: list[Disclosed]


class Plan(NamedTuple):
    """Whom to tell what of which enterprise, in which case."""

    case: Case
    to: str
    enterprise: str
    fields: dict[str, str]


async def _plan(
    node: "Node", referral: str, to: str | None, enterprise: str | None, contact: Fields | None
) -> Plan:
    case = await open_case(node, referral, ContactDisclosed, REFERRAL)
    receiver = to or case.receiver
    if receiver not in parties_of(case):
        raise ConflictError(
            "That station does not work on the referral.",
            "Disclose to the receiver, or to a station that has joined it.",
        )
    if contact:
        return Plan(case, receiver, enterprise or "", {str(k): v for k, v in contact.items()})
    id_ = enterprise or await find_origin(node, case.need)
    if id_ is None:
        raise InvalidError(
            "No enterprise is named.", "Give the enterprise's card, or the contact's fields."
        )
    card = await node.store.aread(lambda reading: get_enterprise(reading, id_))
    return Plan(case, receiver, id_, tell_enterprise(card))


def parties_of(case: Case) -> tuple[str, ...]:
    """The stations a sender may disclose an enterprise to."""
    return (case.receiver, *case.parties.helpers)


async def record_consent(
    node: "Node", path: IdPath, body: RecordInput, *, paper: Paper | None = None
) -> ConsentView:
    """Record what the enterprise agreed to, with its signed paper, before anything is disclosed.

    Raises:
        InvalidError: the paper is empty, or none of the kinds that are taken; nothing is recorded.
    """
    own_station(node)
    plan = await _plan(node, path.id, body.to, body.enterprise, None)
    row = _draft(node, plan, body.consent)
    files = await _take(node, paper, str(row["id"]))

    def keep(tx: "Writing") -> None:
        tx.insert(ConsentRow, [row])
        tx.insert(PrivateFile, files)

    await node.store.awrite(keep)
    return await node.store.aread(lambda reading: get_consent(reading, str(row["id"])))


async def _take(node: "Node", paper: Paper | None, consent: str) -> list[Row]:
    """The row of a consent's signed paper, to be written with the consent."""
    if paper is None:
        return []
    return [await take_private(node, paper.upload, paper.note, "consent", consent)]


def _draft(node: "Node", plan: Plan, consent: ConsentInput) -> dict[str, object]:
    return draft_consent(
        node, consent, enterprise=plan.enterprise, referral=plan.case.id, receiver=plan.to,
        fields=plan.fields,
    )  # fmt: skip


async def disclose_contact(
    node: "Node", path: IdPath, body: DiscloseInput, *, paper: Paper | None = None
) -> Published:
    """Disclose the enterprise to one party, sealed to it alone, by a recorded consent.

    Args:
        node: this station's.
        path: the referral.
        body: by which consent, and what.
        paper: the signed paper of a consent that is recorded now.

    Raises:
        ConflictError: the case does not stand where it may be; the consent was withdrawn or used,
            or is for another station or referral.
        InvalidError: no enterprise is named, the consent covers none of what is known, or the
            paper is none that is kept; nothing is recorded or disclosed.
    """
    me = own_station(node)
    if body.consent_id is not None:
        await catch_up(node, me.id)
    plan = await _plan(node, path.id, body.to, body.enterprise, body.contact)
    if body.consent is not None:
        row = _draft(node, plan, body.consent)
        consent = view_of(row)
    else:
        id_ = body.consent_id or ""
        consent = await node.store.aread(lambda reading: get_consent(reading, id_))
        check_covers(consent, plan.case.id, plan.to)
    sealed = await _seal_fields(node, plan, consent, me.id)
    part = digest(sealed.ciphertext.encode())
    given = {"on": consent.on, "by": consent.by, "purpose": consent.purpose}
    act = {
        "to": plan.to, "sealed": part,
        "consent": {**given, "kinds": consent.kinds},
    }  # fmt: skip
    disclosed = draft_act(node, plan.case, ContactDisclosed, act)
    hidden = ContactSealed(salt=new_salt(node), sealed=sealed)
    files = await _take(node, paper, consent.id)

    def keep(tx: "Writing") -> None:
        if body.consent is not None:
            tx.insert(ConsentRow, [{**row, "part": part}])
        else:
            change(tx, consent.id, part=part)
        tx.insert(PrivateFile, files)

    await node.store.awrite(keep)
    made = await node.publisher.apublish_many([(disclosed, plan.case.id), (hidden, plan.case.id)])
    names = {"disclosed": made[0].id, "sealed": made[1].id}
    await node.store.awrite(lambda tx: change(tx, consent.id, **names))
    return answer(made[0])


async def _seal_fields(node: "Node", plan: Plan, consent: ConsentView, me: str) -> Sealed:
    """What the consent covers of the fields, sealed to this station and the receiver."""
    told = {name: value for name, value in plan.fields.items() if name in consent.kinds}
    if not told:
        raise InvalidError("The consent covers none of what is known.", "Look at the card.")
    log = await node.publisher.aopen_log(ContactSealed.CHANNEL)
    context = SealContext(
        node.network.id, log.author, log.channel, log.epoch, plan.case.id, ContactSealed.KIND
    )
    return _seal(node, told, context, (me, plan.to))


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
    assert isinstance(record, ContactSealed | ReferralRequested)
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
            "POST",
            "/referrals/{id}/consents",
            record_consent,
            "Record the enterprise's consent to a disclosure",
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
