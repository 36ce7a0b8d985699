"""What enterprises answer: by themselves through the link, or by way of the broker with the code.

An answer is kept here; what of it counts is published by the station's word: the mark and the
consent when it confirms the referral, the figures of a survey with consent (R7, M3).
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import select, update

from grassroots.asking.askings import (
    AskingView,
    check_open,
    digest_code,
    find_by_secret,
    get_asking,
)
from grassroots.engagements.rows import get_row, list_rows
from grassroots.referrals import ConfirmInput, confirm_referral
from node.calendar import day_of, moment_of
from node.drafting import IdPath, Published, draft, publish
from node.errors import ConflictError, InvalidError, LockedOutError, NotFoundError
from node.model import Model
from node.notices import settle, tell
from node.people import lockout
from node.people.actor import Actor
from node.readmodels.rows import equal
from node.store import table_of
from node.store.services import Asking, EnterpriseAnswer
from protocol.records.fields import Count, Fen
from protocol.records.performance import ImpactSurveyed

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

Way = Literal["phone", "paper", "wechat", "visit"]
LINK = "link"
"""The way of an answer the enterprise gave itself."""
FIGURES = ("revenue_fen", "saved_fen", "jobs", "energy_kgce", "recommend")
_NO_ADDRESS = ""

_ANSWER = table_of(EnterpriseAnswer)
_ASKING = table_of(Asking)


class AnswerInput(Model):
    """What an enterprise says.

    Of a conclusion: satisfied 1..5, and whether what is said to have come of it is right. Of its
    impact: more revenue and money saved since, in fen, new jobs, energy saved in kilograms of
    standard coal a year, and whether it would recommend the station, 0..10. ``consent`` allows to
    publish the amount or the figures; ``consent_by`` is the role of who gave it, never a name.
    """

    model_config = ConfigDict(extra="forbid")

    satisfied: Annotated[int, Field(ge=1, le=5)] | None = None
    agrees: bool | None = None
    consent: bool = False
    consent_by: Annotated[str, Field(max_length=40)] = ""
    remark: Annotated[str, Field(max_length=2_000)] = ""
    revenue_fen: Fen | None = None
    saved_fen: Fen | None = None
    jobs: Count | None = None
    energy_kgce: Count | None = None
    recommend: Annotated[int, Field(ge=0, le=10)] | None = None


class EnterInput(AnswerInput):
    """An answer that reached the station otherwise, with the code that was given out."""

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    way: Way


class AnswerView(Model):
    """An answer as it is kept; ``way`` is how it came, ``person`` who entered it, if somebody did.

    ``advice`` is what to do with it: confirm, dispute, publish, or nothing more.
    """

    model_config = ConfigDict(frozen=True)

    asking: str
    about: str
    subject: str
    way: str
    person: str
    at_ms: int
    satisfied: int | None
    agrees: bool | None
    consent: bool
    consent_by: str
    consent_on: str
    remark: str
    revenue_fen: int | None
    saved_fen: int | None
    jobs: int | None
    energy_kgce: int | None
    recommend: int | None
    entry: str | None
    advice: str


class AnswerQuery(Model):
    """Which answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: Annotated[str, Field(pattern=r"^(|confirm|impact)$")] = ""
    subject: Annotated[str, Field(max_length=64)] = ""


class AnswerList(Model):
    """Answers, newest first."""

    items: list[AnswerView]


def _view(row: object) -> AnswerView:
    fields = {name: getattr(row, name) for name in AnswerView.model_fields if name != "advice"}
    advice = ""
    if fields["entry"] is None:
        if fields["about"] == "impact":
            advice = "publish"
        else:
            advice = "dispute" if fields["agrees"] is False else "confirm"
    return AnswerView(**fields, advice=advice)


def check_answer(about: str, given: AnswerInput) -> None:
    """That an answer answers what was asked.

    Raises:
        InvalidError: naming what is missing or was not asked.
        ConflictError: nothing was asked.
    """
    if about == "progress":
        raise ConflictError("Nothing was asked by that link.", "It only shows how the need stands.")
    reasons = {}
    if about == "confirm":
        if given.satisfied is None:
            reasons["satisfied"] = "say 1 to 5"
        if given.agrees is None:
            reasons["agrees"] = "say whether it is right"
        if any(getattr(given, name) is not None for name in FIGURES):
            reasons["figures"] = "were not asked"
    elif given.satisfied is not None or given.agrees is not None:
        reasons["satisfied"] = "was not asked"
    if given.consent and not given.consent_by.strip():
        reasons["consent_by"] = "say the role of who consents, for example 总经理"
    if reasons:
        told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise InvalidError(told, "Complete the answer.", reasons)


def _take(
    tx: "Writing", asking: AskingView, given: AnswerInput, way: str, person: str, now_ms: int
) -> None:
    """Keep an answer and use the asking up, in one transaction."""
    open_ = check_open(tx, asking.id, now_ms)
    used = update(_ASKING).where(_ASKING.c.id == open_.id).values(used_ms=now_ms)
    tx.connection.execute(used)
    row = {
        **given.model_dump(include=set(AnswerInput.model_fields)),
        "asking": open_.id,
        "about": open_.about,
        "subject": open_.subject,
        "way": way,
        "person": person,
        "at_ms": now_ms,
        "consent_on": day_of(now_ms) if given.consent else "",
        "consent_by": given.consent_by if given.consent else "",
        "entry": None,
    }
    tx.insert(EnterpriseAnswer, [row])
    settle(tx, now_ms, ("survey.due",), open_.subject)
    kind = "answer.disagrees" if given.agrees is False else "answer.given"
    tell(tx, now_ms, kind, open_.subject, key=open_.id)


async def find_link(node: "Node", secret: str, address: str) -> AskingView:
    """The asking behind a link; a link there is not counts as a guess of that address.

    A right secret is heard in any case: 256 bits are not guessed, and who shares an address with
    somebody who tries must not be shut out.

    Raises:
        NotFoundError: there is no such link.
        LockedOutError: and too many such were tried from there.
    """
    now_ms = node.clock.now_ms()
    found = await node.store.aread(lambda reading: find_by_secret(reading, secret, now_ms))
    if found is None:
        await _count_guess(node, f"link {address}", address, "links")
        raise NotFoundError(
            "There is no such link.", "Ask the station that gave it to you for a new one."
        )
    return found


async def _count_guess(node: "Node", name: str, address: str, what: str) -> None:
    """Count a guess as wrong before it is looked at.

    Raises:
        LockedOutError: too many were wrong; the message says until when to wait.
    """
    now_ms = node.clock.now_ms()
    try:
        await node.store.awrite(lambda tx: lockout.begin_guess(tx, name, address, now_ms))
    except LockedOutError as error:
        raise LockedOutError(
            f"Too many wrong {what}; the next is heard from {moment_of(error.until_ms)} on.",
            "Wait until then, or have the station make a new one.",
            error.until_ms,
        ) from None


async def answer_by_link(node: "Node", secret: str, given: AnswerInput, address: str) -> AskingView:
    """Take the answer the enterprise gives itself; the link works this once.

    Raises:
        NotFoundError: there is no such link.
        InvalidError: the answer is not whole; the link stays open.
        ConflictError: it was used, revoked, or its time is over.
    """
    asking = await find_link(node, secret, address)
    check_answer(asking.about, given)
    now_ms = node.clock.now_ms()
    await node.store.awrite(lambda tx: _take(tx, asking, given, LINK, "", now_ms))
    return await node.store.aread(lambda reading: get_asking(reading, asking.id, now_ms))


async def enter_answer(node: "Node", actor: Actor, path: IdPath, body: EnterInput) -> AnswerView:
    """Enter an answer that came by phone, on paper, by WeChat or on a visit, with its code (P8).

    Raises:
        InvalidError: the code is wrong, which is counted, or the answer is not whole.
        LockedOutError: too many wrong codes; the message says until when.
        ConflictError: it was answered, revoked, or its time is over.
    """
    now_ms = node.clock.now_ms()
    asking = await node.store.aread(lambda reading: check_open(reading, path.id, now_ms))
    check_answer(asking.about, body)
    key = f"code {path.id}"
    await _count_guess(node, key, _NO_ADDRESS, "codes")
    row = await node.store.aread(lambda reading: get_row(reading, Asking, path.id, "asking"))
    if row.code != digest_code(path.id, body.code):
        raise InvalidError(
            "That is not the code that was given out.",
            "Compare it with the sheet; a new one can be made.",
            {"code": "wrong"},
        )

    def write(tx: "Writing") -> None:
        lockout.forgive_guess(tx, key, _NO_ADDRESS)
        _take(tx, asking, body, body.way, actor.id, now_ms)

    await node.store.awrite(write)
    return await node.store.aread(lambda reading: get_answer(reading, path.id))


def get_answer(reading: "Reading", asking: str) -> AnswerView:
    """The answer to an asking.

    Raises:
        NotFoundError: there is none yet.
    """
    row = reading.connection.execute(select(_ANSWER).where(_ANSWER.c.asking == asking)).first()
    if row is None:
        raise NotFoundError(
            "that asking has no answer yet", "Wait for it, or enter it by its code."
        )
    return _view(row)


def find(reading: "Reading", query: AnswerQuery) -> list[AnswerView]:
    """Answers, newest first, 500 at most."""
    conditions = equal((_ANSWER.c.about, query.about), (_ANSWER.c.subject, query.subject))
    order = (_ANSWER.c.at_ms.desc(), _ANSWER.c.asking)
    return [_view(row) for row in list_rows(reading, EnterpriseAnswer, *conditions, order=order)]


async def list_answers(node: "Node", query: AnswerQuery) -> AnswerList:
    """What enterprises said, newest first."""
    return AnswerList(items=await node.store.aread(lambda reading: find(reading, query)))


async def confirm_by_answer(node: "Node", path: IdPath) -> Published:
    """Confirm the referral with the enterprise's mark and consent, as it gave them.

    Raises:
        ConflictError: the enterprise disagrees, the answer was used, or the referral does not wait
            for that.
    """
    answer = await node.store.aread(lambda reading: get_answer(reading, path.id))
    if answer.about != "confirm" or answer.entry is not None:
        raise ConflictError(
            "That answer is not one to confirm with.", "Look at the list of answers."
        )
    if answer.agrees is False:
        raise ConflictError(
            "The enterprise says that the outcome is not right.",
            "Speak with it, then dispute the referral (yizhan referral dispute).",
        )
    body = ConfirmInput(satisfied=answer.satisfied, consent=answer.consent)
    published = await confirm_referral(node, IdPath(id=answer.subject), body)
    await node.store.awrite(lambda tx: _use(tx, answer, published.id, node.clock.now_ms()))
    return published


async def publish_impact(node: "Node", path: IdPath) -> Published:
    """Publish what an enterprise said of the impact: figures with consent, else that it was asked.

    Raises:
        ConflictError: it is no answer of a survey, or published already.
    """
    answer, asking = await node.store.aread(
        lambda reading: (
            get_answer(reading, path.id),
            get_asking(reading, path.id, node.clock.now_ms()),
        )
    )
    if answer.about != "impact" or answer.entry is not None:
        raise ConflictError("That answer is not one to publish.", "Look at the list of answers.")
    figures = {name: getattr(answer, name) for name in FIGURES} if answer.consent else {}
    record = draft(
        ImpactSurveyed,
        {
            "case": answer.subject,
            "on": day_of(answer.at_ms),
            "months": asking.months,
            "consent": answer.consent,
            **figures,
        },
    )
    published = await publish(node, record, answer.subject)
    await node.store.awrite(lambda tx: _use(tx, answer, published.id, node.clock.now_ms()))
    return published


def _use(tx: "Writing", answer: AnswerView, entry: str, now_ms: int) -> None:
    values = update(_ANSWER).where(_ANSWER.c.asking == answer.asking).values(entry=entry)
    tx.connection.execute(values)
    settle(tx, now_ms, ("answer.given", "answer.disagrees"), answer.subject)
