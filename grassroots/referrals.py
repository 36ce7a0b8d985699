"""Referrals: a need handed to another station, step by step to its outcome (A7, D3, D9)."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from node.capability import Capability, Route
from node.deadlines import answer_day
from node.drafting import (
    IdPath,
    ListQuery,
    Published,
    answer,
    draft,
    new_salt,
    own_station,
    publish,
)
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.people.permissions import Act
from node.readmodels import cases, needs, referrals, results
from node.readmodels.referrals import ReferralView
from protocol.cases import Case, allowed_acts
from protocol.records import Record
from protocol.records.fields import Day
from protocol.records.needs import NeedSolved
from protocol.records.performance import OutcomeConfirmed
from protocol.records.referrals import (
    ReferralAccepted,
    ReferralAct,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralRequested,
    ReferralRevoked,
    ReferralStarted,
)

if TYPE_CHECKING:
    from node.app import Node

Note = Annotated[str, Field(max_length=2_000)]
Fen = Annotated[int, Field(ge=0)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RequestInput(_Input):
    """Which need goes to which station, perhaps with the result that may meet it.

    Without ``answer_by`` the day is told by the service level of this station (D9).
    """

    need: str
    to: str
    result: str | None = None
    answer_by: Day | None = None
    note: Note = ""


class OfficeInput(_Input):
    """The office to speak to; never a person."""

    name: str
    phone: str | None = None
    email: str | None = None


class AcceptInput(_Input):
    """What the sender should know, and which office answers."""

    note: Note = ""
    contact: OfficeInput | None = None


class DeclineInput(_Input):
    """Why the need is not taken on."""

    reason: Literal["capacity", "field", "duplicate", "incomplete", "other"]
    note: Note = ""


class ReasonInput(_Input):
    """Why."""

    reason: Note = ""


class NoteInput(_Input):
    """A remark for the other station."""

    note: Note = ""


class ContractInput(_Input):
    """A technology contract; money in fen, the technology amount within the whole (E14)."""

    type: Literal["development", "transfer", "licence", "consulting", "service"]
    amount_fen: Fen | None = None
    technology_fen: Fen | None = None
    signed: str
    registration: str | None = None


class ConcludeInput(_Input):
    """What came of it."""

    outcome: Literal["contract", "advice", "no-result"]
    contract: ContractInput | None = None
    note: Note = ""


class ShareInput(_Input):
    """A station's part in the outcome, in percent."""

    station: str
    percent: Annotated[int, Field(ge=1, le=100)]


class ConfirmInput(_Input):
    """The enterprise's mark 1..5, its consent to publish the amount, and who shares how (R6).

    Without ``shares`` sender and receiver share alike.
    """

    satisfied: Annotated[int, Field(ge=1, le=5)] | None = None
    consent: bool = False
    shares: list[ShareInput] | None = None


class ReferralQuery(ListQuery):
    """Which referrals."""

    state: Annotated[str, Field(max_length=20)] = ""
    need: Annotated[str, Field(max_length=64)] = ""


class ReferralList(BaseModel):
    """A page of referrals."""

    items: list[ReferralView]


class ReferralDetail(BaseModel):
    """A referral, and the kinds of act this station may do next in it."""

    referral: ReferralView
    allowed: list[str]


async def list_referrals(node: "Node", query: ReferralQuery) -> ReferralList:
    """Referrals, newest first."""
    found = await node.store.aread(lambda reading: referrals.find(reading, **query.model_dump()))
    return ReferralList(items=list(found))


async def get_referral(node: "Node", path: IdPath) -> ReferralDetail:
    """One referral with its history."""
    me = node.me
    view = await node.store.aread(lambda reading: referrals.get(reading, path.id))
    case = await node.store.aread(lambda reading: cases.get_case(reading, path.id))
    return ReferralDetail(referral=view, allowed=list(allowed_acts(case, me.id)) if me else [])


async def request_referral(node: "Node", body: RequestInput) -> Published:
    """Hand a need to another station."""
    me = own_station(node)
    receiver = node.roster.get(body.to)
    if receiver is None:
        raise NotFoundError(f"no station {body.to} in the roster held here")
    if receiver.ended is not None or receiver.id == me.id:
        raise InvalidError("That station cannot take a referral from here.", "Choose another.")
    need = await node.store.aread(lambda reading: needs.get(reading, body.need))
    if need.state != "open":
        raise ConflictError(f"that need is {need.state} already")
    if body.result is not None:
        result = body.result
        await node.store.aread(lambda reading: results.get(reading, result))
    answer_by = body.answer_by or answer_day(node.config.service, node.clock.now_ms())
    fields = {
        **body.model_dump(exclude_none=True),
        "answer_by": answer_by,
        "salt": new_salt(node),
    }
    return await publish(node, draft(ReferralRequested, fields))


async def open_case(node: "Node", id_: str, kind: type[ReferralAct]) -> Case:
    """The case, if this station may do an act of that kind in it now.

    Raises:
        NotAllowedError: this station is no party to it, or not the one to do this.
        ConflictError: the case does not stand where the act needs it.
    """
    me = own_station(node)
    case = await node.store.aread(lambda reading: cases.get_case(reading, id_))
    if me.id not in (case.sender, case.receiver):
        raise NotAllowedError("This station is no party to that referral.")
    if kind.KIND not in allowed_acts(case, me.id):
        allowed = [each.partition("/")[0] for each in allowed_acts(case, me.id)]
        act = kind.KIND.partition("/")[0]
        raise ConflictError(
            f"{act} is not possible: the referral is {case.state}.",
            f"This station may now do: {', '.join(allowed) or 'nothing, it waits for the other'}.",
        )
    return case


async def _act(node: "Node", id_: str, kind: type[ReferralAct], body: BaseModel) -> Published:
    case = await open_case(node, id_, kind)
    fields = {**body.model_dump(exclude_none=True), "after": list(case.frontier)}
    return await publish(node, draft(kind, fields), case.id)


async def accept_referral(node: "Node", path: IdPath, body: AcceptInput) -> Published:
    """Take the need on."""
    return await _act(node, path.id, ReferralAccepted, body)


async def decline_referral(node: "Node", path: IdPath, body: DeclineInput) -> Published:
    """Do not take the need on."""
    return await _act(node, path.id, ReferralDeclined, body)


async def revoke_referral(node: "Node", path: IdPath, body: ReasonInput) -> Published:
    """Take the request back before it is accepted."""
    return await _act(node, path.id, ReferralRevoked, body)


async def start_referral(node: "Node", path: IdPath, body: NoteInput) -> Published:
    """Begin the work."""
    return await _act(node, path.id, ReferralStarted, body)


async def conclude_referral(node: "Node", path: IdPath, body: ConcludeInput) -> Published:
    """Report what came of it."""
    return await _act(node, path.id, ReferralConcluded, body)


async def dispute_referral(node: "Node", path: IdPath, body: ReasonInput) -> Published:
    """Disagree with how the referral stands."""
    return await _act(node, path.id, ReferralDisputed, body)


async def confirm_referral(node: "Node", path: IdPath, body: ConfirmInput) -> Published:
    """Agree with the conclusion, and publish what counts (DESIGN 1.10)."""
    me = own_station(node)
    case = await open_case(node, path.id, ReferralConfirmed)
    confirmed = draft(
        ReferralConfirmed, {"after": list(case.frontier), "satisfied": body.satisfied}
    )
    drafts: list[tuple[Record, str]] = [(confirmed, case.id)]
    if case.outcome != "no-result":
        drafts.append((_outcome(case, body), case.id))
        need = await node.store.aread(lambda reading: needs.find_many(reading, [case.need]))
        if any(each.station == me.id and each.state == "open" for each in need.values()):
            drafts.append((draft(NeedSolved, {"by": case.id}), case.need))
    entries = await node.publisher.apublish_many(drafts)
    return answer(entries[0])


def _outcome(case: Case, body: ConfirmInput) -> OutcomeConfirmed:
    shares = [share.model_dump() for share in body.shares or ()] or [
        {"station": case.sender, "percent": 50},
        {"station": case.receiver, "percent": 50},
    ]
    fields: dict[str, object] = {"case": case.id, "consent": body.consent, "shares": shares}
    if body.consent:
        fields["contract_fen"] = case.amounts.contract_fen
        fields["technology_fen"] = case.amounts.technology_fen
    return draft(OutcomeConfirmed, fields)


_ACTS = (
    ("accept", accept_referral, "Take the need on"),
    ("decline", decline_referral, "Do not take the need on"),
    ("revoke", revoke_referral, "Take the request back"),
    ("start", start_referral, "Begin the work"),
    ("conclude", conclude_referral, "Report what came of it"),
    ("confirm", confirm_referral, "Agree with the conclusion"),
    ("dispute", dispute_referral, "Disagree with how it stands"),
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
    commands={"referral": "grassroots.commands.referrals:app"},
)
