"""Referrals: a need handed to another station, step by step to its outcome (A7, D3, D9)."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field

from grassroots.cases import Asked, Input, Note, WhyInput, act, draft_act, get_case, open_case
from grassroots.requesting import RequestInput, draft_request, next_answer_day
from node.capability import Capability, Route
from node.console.plain import tell_state
from node.drafting import (
    IdPath,
    ListQuery,
    Published,
    answer,
    draft,
    own_station,
    publish,
)
from node.errors import ConflictError
from node.model import Model
from node.people.permissions import Act
from node.readmodels import needs, referrals
from node.readmodels.referrals import ReferralView
from protocol.cases import Case, allowed_acts
from protocol.records import CaseAct, Record
from protocol.records.fields import Day
from protocol.records.needs import NeedSolved
from protocol.records.performance import OutcomeConfirmed
from protocol.records.referrals import (
    ReferralAccepted,
    ReferralAnswered,
    ReferralClosed,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralQueried,
    ReferralReopened,
    ReferralResumed,
    ReferralRevoked,
    ReferralStarted,
)
from protocol.transitions import REFERRAL

if TYPE_CHECKING:
    from node.app import Node

Fen = Annotated[int, Field(ge=0)]


class OfficeInput(Input):
    """The office to speak to; never a person."""

    name: str
    phone: str | None = None
    email: str | None = None


class AcceptInput(Input):
    """What the sender should know, and which office answers."""

    note: Note = ""
    contact: OfficeInput | None = None


class DeclineInput(Input):
    """Why the need is not taken on."""

    reason: Literal["capacity", "field", "duplicate", "incomplete", "other"]
    note: Note = ""


class ReasonInput(Input):
    """Why."""

    reason: Note = ""


class NoteInput(Input):
    """A remark for the other station."""

    note: Note = ""


class ContractInput(Input):
    """A technology contract; money in fen, the technology amount within the whole (E14)."""

    type: Literal["development", "transfer", "licence", "consulting", "service"]
    amount_fen: Fen | None = None
    technology_fen: Fen | None = None
    signed: str
    registration: str | None = None


class ConcludeInput(Input):
    """What came of it."""

    outcome: Literal["contract", "advice", "no-result"]
    contract: ContractInput | None = None
    note: Note = ""


class ConfirmInput(Input):
    """The enterprise's mark 1..5, and its consent to publish the amount.

    Who shares how is what the parties agreed on; sender and receiver alone share alike (R6).
    """

    satisfied: Annotated[int, Field(ge=1, le=5)] | None = None
    consent: bool = False


class AnswerInput(Input):
    """What was asked for, and by when the answer is expected now."""

    note: Asked
    answer_by: Day | None = None


class ReopenInput(Input):
    """Why, and by when the receiver is to answer again."""

    reason: Asked
    answer_by: Day | None = None


class QueryInput(Input):
    """What is to be told before an answer can be given."""

    note: Asked


class ReferralQuery(ListQuery):
    """Which referrals."""

    state: Annotated[str, Field(max_length=20)] = ""
    need: Annotated[str, Field(max_length=64)] = ""


class ReferralList(Model):
    """A page of referrals."""

    items: list[ReferralView]


class ReferralDetail(Model):
    """A referral, the kinds of act this station may do next in it, and what an enterprise is told.

    ``plain`` is one sentence in each language, by its code.
    """

    referral: ReferralView
    allowed: list[str]
    plain: dict[str, str]


async def list_referrals(node: "Node", query: ReferralQuery) -> ReferralList:
    """Referrals, newest first."""
    found = await node.store.aread(lambda reading: referrals.find(reading, **query.model_dump()))
    return ReferralList(items=list(found))


async def get_referral(node: "Node", path: IdPath) -> ReferralDetail:
    """One referral with its history."""
    me = node.me
    view = await node.store.aread(lambda reading: referrals.get(reading, path.id))
    case = await get_case(node, path.id, REFERRAL)
    return ReferralDetail(
        referral=view,
        allowed=list(allowed_acts(case, me.id)) if me else [],
        plain=tell_state(REFERRAL.name, view.state),
    )


async def request_referral(node: "Node", body: RequestInput) -> Published:
    """Hand a need to another station."""
    record = await draft_request(node, body)
    return await publish(node, record)


async def _act(node: "Node", id_: str, kind: type[CaseAct], body: BaseModel) -> Published:
    return await act(node, id_, kind, REFERRAL, body.model_dump(exclude_none=True))


async def accept_referral(node: "Node", path: IdPath, body: AcceptInput) -> Published:
    """Take the need on."""
    return await _act(node, path.id, ReferralAccepted, body)


async def decline_referral(node: "Node", path: IdPath, body: DeclineInput) -> Published:
    """Do not take the need on."""
    return await _act(node, path.id, ReferralDeclined, body)


async def revoke_referral(node: "Node", path: IdPath, body: ReasonInput) -> Published:
    """Take the request back before it is accepted."""
    return await _act(node, path.id, ReferralRevoked, body)


async def query_referral(node: "Node", path: IdPath, body: QueryInput) -> Published:
    """Ask for more before answering."""
    return await _act(node, path.id, ReferralQueried, body)


async def answer_referral(node: "Node", path: IdPath, body: AnswerInput) -> Published:
    """Say what was asked for; the time to answer begins anew."""
    body.answer_by = body.answer_by or next_answer_day(node)
    return await _act(node, path.id, ReferralAnswered, body)


async def start_referral(node: "Node", path: IdPath, body: NoteInput) -> Published:
    """Begin the work."""
    return await _act(node, path.id, ReferralStarted, body)


async def conclude_referral(node: "Node", path: IdPath, body: ConcludeInput) -> Published:
    """Report what came of it."""
    return await _act(node, path.id, ReferralConcluded, body)


async def dispute_referral(node: "Node", path: IdPath, body: WhyInput) -> Published:
    """Disagree with how the referral stands."""
    return await _act(node, path.id, ReferralDisputed, body)


async def resume_referral(node: "Node", path: IdPath, body: NoteInput) -> Published:
    """Take one's dispute back; the work goes on."""
    return await _act(node, path.id, ReferralResumed, body)


async def close_referral(node: "Node", path: IdPath, body: WhyInput) -> Published:
    """End without a result what one disputed."""
    return await _act(node, path.id, ReferralClosed, body)


async def reopen_referral(node: "Node", path: IdPath, body: ReopenInput) -> Published:
    """Take up again what ended without a result."""
    body.answer_by = body.answer_by or next_answer_day(node)
    return await _act(node, path.id, ReferralReopened, body)


async def confirm_referral(node: "Node", path: IdPath, body: ConfirmInput) -> Published:
    """Agree with the conclusion, and publish what counts (DESIGN 1.10).

    Raises:
        ConflictError: the parties have not agreed on the split.
    """
    me = own_station(node)
    case = await get_case(node, path.id, REFERRAL)
    is_due = me.id == case.sender and case.state == "concluded"
    if is_due and case.outcome != "no-result" and not case.shares:
        raise ConflictError(
            "The parties have not agreed on the split.",
            "Propose one that every party takes part in, and wait until all agree.",
        )
    case = await open_case(node, path.id, ReferralConfirmed, REFERRAL)
    confirmed = draft_act(node, case, ReferralConfirmed, {"satisfied": body.satisfied})
    drafts: list[tuple[Record, str]] = [(confirmed, case.id)]
    if case.outcome != "no-result":
        drafts.append((_outcome(case, body), case.id))
        need = await node.store.aread(lambda reading: needs.find_many(reading, [case.need]))
        if any(each.owner == me.id and each.state == "open" for each in need.values()):
            drafts.append((draft(NeedSolved, {"by": case.id}), case.need))
    entries = await node.publisher.apublish_many(drafts)
    return answer(entries[0])


def _outcome(case: Case, body: ConfirmInput) -> OutcomeConfirmed:
    shares = [{"station": station, "percent": percent} for station, percent in case.shares]
    fields: dict[str, object] = {"case": case.id, "consent": body.consent, "shares": shares}
    if body.consent:
        fields["contract_fen"] = case.amounts.contract_fen
        fields["technology_fen"] = case.amounts.technology_fen
    return draft(OutcomeConfirmed, fields)


_ACTS = (
    ("accept", accept_referral, "Take the need on"),
    ("decline", decline_referral, "Do not take the need on"),
    ("revoke", revoke_referral, "Take the request back"),
    ("query", query_referral, "Ask for more"),
    ("answer", answer_referral, "Say what was asked for"),
    ("start", start_referral, "Begin the work"),
    ("conclude", conclude_referral, "Report what came of it"),
    ("confirm", confirm_referral, "Agree with the conclusion"),
    ("dispute", dispute_referral, "Disagree with how it stands"),
    ("resume", resume_referral, "Take one's dispute back"),
    ("close", close_referral, "End a disputed referral without a result"),
    ("reopen", reopen_referral, "Take up again what ended without a result"),
)

CAPABILITY = Capability(
    name="referrals",
    title="需求转介",
    serves=("A7", "D3", "D9", "E14", "R6"),
    channels=("needs", "referrals"),
    routes=(
        Route("GET", "/referrals", list_referrals, "Referrals", ("D3",)),
        Route(
            "POST", "/referrals", request_referral, "Hand a need on", ("D3",), 201, act=Act.REFER
        ),
        Route("GET", "/referrals/{id}", get_referral, "One referral", ("D9",)),
        *(
            Route(
                "POST",
                f"/referrals/{{id}}/{name}",
                handler,
                summary,
                ("D3", "D9"),
                201,
                act=Act.REFER,
            )
            for name, handler, summary in _ACTS
        ),
    ),
)
