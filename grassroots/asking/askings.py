"""Asking an enterprise without account: a link that works once, or a code the broker enters (R7).

Of the link's secret and the code only SHA-256 digests are kept; both are told once, when they are
made. A new asking of the same thing takes the place of the one before.
"""

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import select, update

from grassroots.engagements.rows import change_row, get_row, list_rows
from node.drafting import IdPath, own_station
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.ids import new_id
from node.model import Model
from node.people.actor import Actor
from node.readmodels import needs, outcomes, referrals
from node.readmodels.rows import equal
from node.store import table_of
from node.store.services import Asking
from protocol.keys import encode_b64

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

About = Literal["confirm", "impact", "progress"]
SECRET_BYTES = 32
CODE_DIGITS = 8
PATH = "/ask/"
DAY_MS = 24 * 3_600_000

_ASKING = table_of(Asking)

Id = Annotated[str, Field(max_length=64)]


class AskInput(Model):
    """What to ask about: a referral's conclusion, its impact later, or nothing but to show a need.

    ``subject`` is the referral, for progress the need; ``months`` for impact alone, the station's
    setting where it is not given.
    """

    model_config = ConfigDict(extra="forbid")

    about: About
    subject: Id
    months: Annotated[int, Field(ge=1, le=60)] | None = None


class AskingView(Model):
    """An asking as it is kept; ``state`` is open, answered, seen, expired or revoked."""

    model_config = ConfigDict(frozen=True)

    id: str
    about: str
    subject: str
    months: int
    person: str
    created_ms: int
    expires_ms: int
    used_ms: int | None
    revoked_ms: int | None
    state: str


class Asked(Model):
    """What to hand to the enterprise, told this once: the link, and the code beside it.

    ``link`` is a whole address where the station has one that can be dialled, else empty;
    ``path`` is the address at this node.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    about: str
    subject: str
    path: str
    link: str
    code: str
    expires_ms: int


class AskingQuery(Model):
    """Which askings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: Annotated[str, Field(pattern=r"^(|confirm|impact|progress)$")] = ""
    subject: Id = ""


class AskingList(Model):
    """Askings, newest first."""

    items: list[AskingView]


def digest_secret(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def digest_code(asking: str, code: str) -> str:
    """What is kept of a code: bound to its asking, so that equal codes do not look alike."""
    return hashlib.sha256(f"{asking} {code}".encode()).hexdigest()


def view_of(row: object, now_ms: int) -> AskingView:
    """A row as it is shown at a moment."""
    fields = {name: getattr(row, name) for name in AskingView.model_fields if name != "state"}
    state = "open"
    if fields["used_ms"] is not None:
        state = "answered"
    elif fields["revoked_ms"] is not None:
        state = "revoked"
    elif fields["expires_ms"] <= now_ms:
        state = "expired"
    return AskingView(**fields, state=state)


async def ask_enterprise(node: "Node", actor: Actor, body: AskInput) -> Asked:
    """Make a link and a code for an enterprise; earlier ones for the same thing end.

    Raises:
        NotFoundError: no such referral or need is held here.
        NotAllowedError: the enterprise is not this station's to ask.
        ConflictError: there is nothing to be asked yet.
    """
    months = 0
    if body.about == "impact":
        months = body.months or node.config.service.survey_months
    elif body.months is not None:
        raise InvalidError(
            "Months are for impact alone.", "Leave them out.", {"months": "for impact alone"}
        )
    await _check_askable(node, body)
    id_, now_ms = new_id(node.random), node.clock.now_ms()
    secret = encode_b64(node.random(SECRET_BYTES))
    code = f"{int.from_bytes(node.random(8), 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
    expires_ms = now_ms + node.config.service.link_days * DAY_MS
    row = {
        "id": id_,
        "about": body.about,
        "subject": body.subject,
        "months": months,
        "digest": digest_secret(secret),
        "code": digest_code(id_, code),
        "person": actor.id,
        "created_ms": now_ms,
        "expires_ms": expires_ms,
        "used_ms": None,
        "revoked_ms": None,
    }

    def write(tx: "Writing") -> None:
        _end_earlier(tx, body, now_ms)
        tx.insert(Asking, [row])

    await node.store.awrite(write)
    path = PATH + secret
    return Asked(
        id=id_,
        about=body.about,
        subject=body.subject,
        path=path,
        link=_address(node) + path if _address(node) else "",
        code=code,
        expires_ms=expires_ms,
    )


def _address(node: "Node") -> str:
    """The station's first endpoint; a station that only dials out has none (P8)."""
    endpoints = own_station(node).endpoints
    return endpoints[0].rstrip("/") if endpoints else ""


def _end_earlier(tx: "Writing", body: AskInput, now_ms: int) -> None:
    earlier = (
        _ASKING.c.about == body.about,
        _ASKING.c.subject == body.subject,
        _ASKING.c.used_ms.is_(None),
        _ASKING.c.revoked_ms.is_(None),
    )
    tx.connection.execute(update(_ASKING).where(*earlier).values(revoked_ms=now_ms))


async def _check_askable(node: "Node", body: AskInput) -> None:
    me = own_station(node)
    if body.about == "progress":
        need = await node.store.aread(lambda reading: needs.get(reading, body.subject))
        if need.owner != me.id:
            raise NotAllowedError("That need is another station's.", "Its own station tells of it.")
        return
    case = await node.store.aread(lambda reading: referrals.get(reading, body.subject))
    if case.sender != me.id:
        raise NotAllowedError(
            "The enterprise is another station's to ask.",
            "The station that sent the referral asks its enterprise.",
        )
    if body.about == "confirm" and case.state != "concluded":
        raise ConflictError(
            f"The referral is {case.state}; an enterprise confirms what was concluded.",
            "Wait until the other station has concluded it.",
        )
    if body.about == "impact":
        found = await node.store.aread(
            lambda reading: outcomes.find_outcomes(reading, me.id, body.subject)
        )
        if not found:
            raise ConflictError(
                "The referral has no confirmed outcome.",
                "Confirm it first; then its impact is asked.",
            )


async def revoke_asking(node: "Node", path: IdPath) -> AskingView:
    """Make a link and its code worthless.

    Raises:
        ConflictError: it is not open any more.
    """
    now_ms = node.clock.now_ms()

    def write(tx: "Writing") -> None:
        check_open(tx, path.id, now_ms)
        change_row(tx, Asking, path.id, revoked_ms=now_ms)

    await node.store.awrite(write)
    return await node.store.aread(lambda reading: get_asking(reading, path.id, now_ms))


def get_asking(reading: "Reading", id_: str, now_ms: int) -> AskingView:
    """The asking with this id.

    Raises:
        NotFoundError: there is none.
    """
    return view_of(get_row(reading, Asking, id_, "asking"), now_ms)


def check_open(reading: "Reading", id_: str, now_ms: int) -> AskingView:
    """An asking that waits for its answer.

    Raises:
        ConflictError: it was answered, revoked, or its time is over.
    """
    view = get_asking(reading, id_, now_ms)
    if view.state != "open":
        raise ConflictError(
            f"That link and code are {view.state}.", "Make a new one if it is still to be asked."
        )
    return view


def find_by_secret(reading: "Reading", secret: str, now_ms: int) -> AskingView | None:
    """The asking of a link's secret, whatever became of it; None where there is none."""
    query = select(_ASKING).where(_ASKING.c.digest == digest_secret(secret))
    row = reading.connection.execute(query).first()
    return None if row is None else view_of(row, now_ms)


def find(reading: "Reading", query: AskingQuery, now_ms: int) -> list[AskingView]:
    """Askings, newest first, 500 at most."""
    conditions = equal((_ASKING.c.about, query.about), (_ASKING.c.subject, query.subject))
    order = (_ASKING.c.created_ms.desc(), _ASKING.c.id)
    return [view_of(row, now_ms) for row in list_rows(reading, Asking, *conditions, order=order)]


async def list_askings(node: "Node", query: AskingQuery) -> AskingList:
    """What enterprises were asked, newest first."""
    now_ms = node.clock.now_ms()
    return AskingList(items=await node.store.aread(lambda reading: find(reading, query, now_ms)))
