"""Desks of the register of consents: the list, the form that discloses, one consent (D11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from grassroots.attachments import UploadQuery
from grassroots.consents import (
    DATA_KINDS,
    ConsentInput,
    ConsentQuery,
)
from grassroots.desks.files import limits, sent_file, sent_paper
from grassroots.disclosure import (
    DiscloseInput,
    RecordInput,
    disclose_contact,
    parties_of,
    record_consent,
)
from grassroots.enterprises import get_enterprise, name_enterprises, tell_enterprise
from grassroots.evidence import add_evidence, delete_evidence
from grassroots.forms import build, read_form, unknown_form
from grassroots.needs import find_origin
from grassroots.withdrawals import (
    WithdrawInput,
    list_consents,
    show_consent,
    withdraw_consent,
)
from node.calendar import day_of
from node.capability import Capability, Desk, Done, Visit
from node.drafting import IdPath
from node.errors import InvalidError
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import cases, needs, referrals
from protocol.records.referrals import Purpose

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_LIST = "/consents"
_OPEN = ("accepted", "started")
"""The states of a referral in which an enterprise may be disclosed."""


async def build_list(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The register, and the referrals in which there is something to disclose."""
    query = ConsentQuery(enterprise=visit.query.get("enterprise", "")[:40])
    found = (await list_consents(node, query)).items
    me = node.me.id if node.me else ""

    def look(reading: "Reading") -> dict[str, object]:
        waiting = [e for e in referrals.find_waiting(reading, _OPEN) if e.sender == me]
        titles = needs.find_many(reading, [each.need for each in waiting])
        return {
            "names": name_enterprises(reading),
            "open": waiting,
            "titles": {id_: each.title for id_, each in titles.items()},
        }

    return {"consents": found, **await node.store.aread(look)}


async def build_new(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The form: what is to be disclosed, to whom, and what the enterprise agreed to."""
    id_ = visit.query.get("referral", "")[:64]
    view = await node.store.aread(lambda reading: referrals.get(reading, id_))
    case = await node.store.aread(lambda reading: cases.get_case(reading, id_))
    origin = await find_origin(node, view.need)
    card = None
    if origin is not None:
        card = await node.store.aread(lambda reading: get_enterprise(reading, origin))
    found = await node.store.aread(lambda reading: needs.find_many(reading, [view.need]))
    fields = tell_enterprise(card) if card else {}
    return {
        "referral": view,
        "parties": parties_of(case),
        "card": card,
        "fields": {name: fields[name] for name in DATA_KINDS if name in fields},
        "need_title": found[view.need].title if view.need in found else view.need,
        "purposes": get_args(Purpose),
        "contact": _contact_of(node, view.receiver),
        "today": day_of(node.clock.now_ms()),
        **limits(node),
    }


def _contact_of(node: "Node", station: str) -> str:
    """The contact the station announced, for telling the enterprise."""
    found = node.roster.get(station)
    profile = found.profile if found else None
    parts = [getattr(profile, name, None) for name in ("contact", "phone", "email", "address")]
    return " ".join(str(each) for each in parts if isinstance(each, str))


async def submit_new(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Record the consent with its signed paper, and disclose by it at once if that was asked."""
    path = build(IdPath, {"id": visit.query.get("referral", "")})
    kinds = [name for name in DATA_KINDS if form.get(f"kind_{name}")]
    if not kinds:
        raise InvalidError("Nothing to disclose was chosen.", "Tick at least one.", {
            "kinds": "choose at least one"
        }, "form-fields")  # fmt: skip
    consent = read_form(ConsentInput, form, more={"kinds": kinds})
    more = {"consent": consent, "to": form.get("to") or None}
    paper = sent_paper(visit, form.get("paper_note", ""))
    if form.get("do") == "record":
        wanted = build(RecordInput, more)
        await record(
            node, visit.known, "record_consent", path.id,
            lambda: record_consent(node, path, wanted, paper=paper),
        )  # fmt: skip
        return Done(_LIST)
    body = build(DiscloseInput, more)
    await record(
        node, visit.known, "disclose_contact", path.id,
        lambda: disclose_contact(node, path, body, paper=paper),
    )  # fmt: skip
    return Done(_LIST)


async def build_one(node: "Node", visit: Visit) -> Mapping[str, object]:
    """One consent, what became of it, and who has confirmed an erasure."""
    consent = await show_consent(node, build(IdPath, {"id": visit.path["id"]}))
    names = await node.store.aread(name_enterprises)
    holders = consent.held_by.holders if consent.held_by else []
    return {
        "consent": consent,
        "name": names.get(consent.enterprise, ""),
        "receiver_confirmed": any(each.station == consent.receiver for each in holders),
        **limits(node),
    }


async def submit_one(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Disclose by a consent that was recorded, or withdraw it; keep or delete its signed paper."""
    path, me = build(IdPath, {"id": visit.path["id"]}), visit.known
    me.check_may(Act.DISCLOSE)
    match form.get("do"):
        case "disclose":
            consent = await show_consent(node, path)
            referral = IdPath(id=consent.referral)
            body = DiscloseInput(consent_id=consent.id, to=consent.receiver)
            await record(
                node, me, "disclose_contact", referral.id,
                lambda: disclose_contact(node, referral, body),
            )  # fmt: skip
        case "withdraw":
            told = read_form(WithdrawInput, form)
            await record(
                node, me, "withdraw_consent", path.id, lambda: withdraw_consent(node, path, told)
            )
        case "keep":
            upload = sent_file(visit)
            query = build(UploadQuery, {"name": upload.name, "note": form.get("note", "").strip()})
            await record(
                node, me, "add_evidence", path.id,
                lambda: add_evidence(node, path, query, upload),
            )  # fmt: skip
        case "delete":
            file = build(IdPath, {"id": form.get("file", "")})
            await record(node, me, "delete_evidence", file.id, lambda: delete_evidence(node, file))
        case _:
            raise unknown_form()
    return Done(f"{_LIST}/{path.id}")


CAPABILITY = Capability(
    name="consent-desks",
    title="授权登记",
    serves=("D11",),
    channels=("referrals",),
    desks=(
        Desk(
            _LIST, "consents.html", "授权登记", build_list, Act.READ_CARDS, None, "授权", ("D11",)
        ),
        Desk(
            f"{_LIST}/new", "consent_form.html", "登记企业同意", build_new, Act.DISCLOSE,
            submit_new, "", ("D11",), takes_file=True,
        ),
        Desk(
            f"{_LIST}/{{id}}", "consent.html", "授权登记", build_one, Act.READ_CARDS, submit_one,
            "", ("D11",), takes_file=True,
        ),
    ),
)  # fmt: skip
