"""The register of consents: one for each disclosure, told of before, withdrawn at any time (D11).

A consent says what Article 23 of the Personal Information Protection Law asks the enterprise's
contact to be told: who receives, for what, in which way, which data; who agreed, when, and what
shows it. It stays at the station. The signed record of the disclosure carries the day, the role,
the purpose and the kinds of data, and nothing about a person.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field
from sqlalchemy import select, update

from node.calendar import day_of
from node.durability import HeldBy
from node.errors import ConflictError, InvalidError, NotFoundError
from node.files.private import KeptFile, Row, find_private
from node.ids import new_id
from node.model import Model
from node.readmodels.cases import ACTS
from node.readmodels.rows import rows_in
from node.store import ConsentRow, table_of
from protocol.keys import digest
from protocol.records.fields import Day
from protocol.records.referrals import ContactDisclosed, ContactSealed, DataKind, Purpose

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

ROWS_MAX = 500
DATA_KINDS: tuple[DataKind, ...] = get_args(DataKind)
WAY = "sealed"
"""The only way there is: encrypted to the receiving station, over the network."""

_CONSENT = table_of(ConsentRow)

State = Literal["given", "disclosed", "withdrawn", "erased"]
Text = Annotated[str, Field(max_length=200)]


class ConsentInput(Model):
    """The enterprise's consent to one disclosure: on which day, by whom, for what, to what.

    Without ``kinds`` it covers all that the card holds. ``receiver_contact`` is the contact of the
    receiving station that the enterprise was told; ``evidence`` says where the signed paper or
    the recording is, ``evidence_hash`` is its SHA-256; ``withdrawal`` is how it was told that it
    may withdraw.
    """

    model_config = ConfigDict(extra="forbid")

    on: Day
    by: Annotated[str, Field(min_length=1, max_length=40, description="a role, not a name")]
    purpose: Purpose = "work"
    kinds: Annotated[list[DataKind], Field(max_length=16)] | None = None
    receiver_contact: Text = ""
    evidence: Text = ""
    evidence_hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    withdrawal: Text = ""


class EvidenceFile(KeptFile):
    """The signed paper of a consent, scanned or photographed; it stays at the station."""

    consent: str


class ConsentView(Model):
    """A consent as it is kept; times in Unix ms.

    ``disclosed`` and ``sealed`` are the signed entries of the disclosure, ``erased`` the one that
    took the sealed part back; ``held_by`` says who has confirmed that, where it was asked for.
    ``files`` are the signed paper, as far as it was kept here.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    enterprise: str
    referral: str
    receiver: str
    receiver_name: str
    receiver_contact: str
    purpose: str
    kinds: list[str]
    way: str
    on: str
    by: str
    evidence: str
    evidence_hash: str
    withdrawal: str
    part: str
    created_ms: int
    disclosed: str
    sealed: str
    withdrawn_ms: int | None
    withdrawn_note: str
    erased: str
    state: State
    held_by: HeldBy | None = None
    files: tuple[EvidenceFile, ...] = ()


class ConsentQuery(Model):
    """Which consents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enterprise: Annotated[str, Field(max_length=40, description="only of this card")] = ""
    referral: Annotated[str, Field(max_length=64, description="only in this referral")] = ""


def draft_consent(
    node: "Node", body: ConsentInput, *, enterprise: str, referral: str,
    receiver: str, fields: "dict[str, str]",
) -> dict[str, object]:  # fmt: skip
    """The row of a consent to disclose some fields to one station in one referral.

    Args:
        node: this station's.
        body: what was agreed.
        enterprise: the card's id, empty where there is none.
        referral: the case.
        receiver: the station, by its lasting id.
        fields: what is to be disclosed.

    Raises:
        InvalidError: it is of a day to come, or covers nothing.
        NotFoundError: there is no such station.
    """
    today = day_of(node.clock.now_ms())
    if body.on > today:
        wrong = f"{body.on} is a day to come; today is {today}"
        raise InvalidError(f"consent.on: {wrong}.", "Ask the enterprise first.", {"on": wrong})
    station = node.roster.get(receiver)
    if station is None:
        raise NotFoundError(f"no station {receiver} in the roster held here")
    kinds = [each for each in DATA_KINDS if each in fields and each in (body.kinds or DATA_KINDS)]
    if not kinds:
        raise InvalidError(
            "The consent covers none of what the card holds.",
            f"The card holds: {', '.join(fields) or 'nothing'}.",
        )
    return {
        "id": new_id(node.random), "enterprise": enterprise, "referral": referral,
        "receiver": receiver, "receiver_name": station.name,
        "receiver_contact": body.receiver_contact, "purpose": body.purpose,
        "kinds": json.dumps(kinds), "way": WAY, "given_on": body.on, "given_by": body.by,
        "evidence": body.evidence, "evidence_hash": body.evidence_hash,
        "withdrawal": body.withdrawal, "part": "",
        "created_ms": node.clock.now_ms(), "disclosed": "", "sealed": "",
        "withdrawn_ms": None, "withdrawn_note": "", "erased": "",
    }  # fmt: skip


def view_of(row: Mapping[str, Any], files: Iterable[Row] = ()) -> ConsentView:
    """A consent as it is shown, with the files that belong to it."""
    own = [each for each in files if each["consent"] == row["id"]]
    fields = {**row, "kinds": json.loads(row["kinds"]), "files": own}
    fields["on"], fields["by"] = fields.pop("given_on"), fields.pop("given_by")
    return ConsentView(**fields, state=_state(row))


def _state(row: Mapping[str, Any]) -> State:
    if row["erased"]:
        return "erased"
    if row["withdrawn_ms"] is not None:
        return "withdrawn"
    return "disclosed" if row["sealed"] else "given"


def find_consents(reading: "Reading", query: ConsentQuery) -> list[ConsentView]:
    """Consents, newest first."""
    wanted = select(_CONSENT).order_by(_CONSENT.c.created_ms.desc(), _CONSENT.c.id)
    if query.enterprise:
        wanted = wanted.where(_CONSENT.c.enterprise == query.enterprise)
    if query.referral:
        wanted = wanted.where(_CONSENT.c.referral == query.referral)
    rows = reading.connection.execute(wanted.limit(ROWS_MAX)).mappings().all()
    files = find_private(reading, "consent", [row["id"] for row in rows])
    return [view_of(dict(row), files) for row in rows]


def get_consent(reading: "Reading", id_: str) -> ConsentView:
    """The consent of this id.

    Raises:
        NotFoundError: there is none.
    """
    row = (
        reading.connection.execute(select(_CONSENT).where(_CONSENT.c.id == id_)).mappings().first()
    )
    if row is None:
        raise NotFoundError(f"no consent {id_} is in the register", "List them first.")
    return view_of(dict(row), find_private(reading, "consent", [id_]))


async def catch_up(node: "Node", station: str) -> None:
    """Note the entries of disclosures that were signed just before the node stopped.

    Args:
        node: this station's.
        station: its own lasting id.
    """
    loose = (_CONSENT.c.part != "") & (_CONSENT.c.sealed == "")
    query = select(_CONSENT.c.id, _CONSENT.c.part, _CONSENT.c.referral).where(loose)

    def look(reading: "Reading") -> dict[str, dict[str, str]]:
        rows = reading.connection.execute(query).all()
        return {row.id: _signed(reading, row.referral, row.part, station) for row in rows}

    found = await node.store.aread(look)
    if any(found.values()):

        def note(tx: "Writing") -> None:
            for id_, names in found.items():
                if names:
                    change(tx, id_, **names)

        await node.store.awrite(note)


def _signed(reading: "Reading", referral: str, part: str, station: str) -> dict[str, str]:
    """The entries of a case that disclosed one sealed part."""
    names = {}
    for row in rows_in(reading, ACTS, ACTS.c.referral, [referral]):
        if row.station != station:
            continue
        if row.kind == ContactDisclosed.KIND:
            if ContactDisclosed.model_validate_json(row.body).sealed == part:
                names["disclosed"] = str(row.id)
        elif row.kind == ContactSealed.KIND:
            record = ContactSealed.model_validate_json(row.body)
            if digest(record.sealed.ciphertext.encode()) == part:
                names["sealed"] = str(row.id)
    return names


def change(tx: "Writing", id_: str, **values: object) -> None:
    """Change fields of a consent."""
    tx.connection.execute(update(_CONSENT).where(_CONSENT.c.id == id_).values(**values))


def check_covers(consent: ConsentView, referral: str, receiver: str) -> None:
    """Check that a consent is for this disclosure and no other.

    Raises:
        ConflictError: it was withdrawn or used, or is for another station or referral.
    """
    fault = ""
    if consent.state in ("withdrawn", "erased"):
        fault = "was withdrawn"
    elif consent.state == "disclosed":
        fault = "was for one disclosure, which was made"
    elif consent.receiver != receiver:
        fault = f"is for {consent.receiver_name} only"
    elif consent.referral != referral:
        fault = "is for another referral"
    if fault:
        raise ConflictError(
            f"That consent {fault}.", "Ask the enterprise again, and record what it says."
        )
