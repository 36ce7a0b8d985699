"""Interest in a need of another station, and introductions answered: what leads to a referral."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from grassroots.cases import Asked, Input, Note, WhyInput, act, draft_act, get_case, open_case
from grassroots.referrals import AnswerInput, QueryInput, ReasonInput
from grassroots.requesting import RequestInput, draft_request, next_answer_day
from node.capability import Capability, Route
from node.console.plain import tell_state
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
from node.errors import ConflictError, InvalidError
from node.model import Model
from node.people.permissions import Act
from node.readmodels import approaches, needs, results
from node.readmodels.approaches import ApproachView
from protocol.cases import allowed_acts
from protocol.records import (
    CaseAct,
    InterestAnswered,
    InterestDeclined,
    InterestExpressed,
    InterestMatched,
    InterestQueried,
    InterestWithdrawn,
    IntroductionDeclined,
    IntroductionFollowed,
)
from protocol.records.fields import Day
from protocol.transitions import INTEREST, INTRODUCTION, CaseType

if TYPE_CHECKING:
    from node.app import Node


class ExpressInput(Input):
    """For which need this station offers what, perhaps a result."""

    need: str
    note: Asked
    result: str | None = None
    answer_by: Day | None = None


class TurnDownInput(Input):
    """Why an offer is not taken up."""

    reason: Literal["unfit", "price", "capacity", "taken", "incomplete", "other"]
    note: Note = ""


class TakeUpInput(Input):
    """A remark, and whether the need itself goes over."""

    note: Note = ""
    manner: Literal["referral", "transfer"] = "referral"


class ApproachQuery(ListQuery):
    """Which interests or introductions."""

    state: Annotated[str, Field(max_length=20)] = ""
    need: Annotated[str, Field(max_length=64)] = ""


class ApproachList(Model):
    """A page of interests or introductions."""

    items: list[ApproachView]


class ApproachDetail(Model):
    """One of them, what this station may do next in it, and what an enterprise is told."""

    approach: ApproachView
    allowed: list[str]
    plain: dict[str, str]


async def _list(node: "Node", of: CaseType, query: ApproachQuery) -> ApproachList:
    found = await node.store.aread(
        lambda reading: approaches.find(reading, type_=of.name, **query.model_dump())
    )
    return ApproachList(items=list(found))


async def _get(node: "Node", of: CaseType, id_: str) -> ApproachDetail:
    me = node.me
    view = await node.store.aread(lambda reading: approaches.get(reading, id_, of.name))
    case = await get_case(node, id_, of)
    allowed = list(allowed_acts(case, me.id)) if me else []
    return ApproachDetail(approach=view, allowed=allowed, plain=tell_state(of.name, view.state))


async def list_interests(node: "Node", query: ApproachQuery) -> ApproachList:
    """Interests, newest first."""
    return await _list(node, INTEREST, query)


async def get_interest(node: "Node", path: IdPath) -> ApproachDetail:
    """One interest with its history."""
    return await _get(node, INTEREST, path.id)


async def list_introductions(node: "Node", query: ApproachQuery) -> ApproachList:
    """Introductions, newest first."""
    return await _list(node, INTRODUCTION, query)


async def get_introduction(node: "Node", path: IdPath) -> ApproachDetail:
    """One introduction with its history."""
    return await _get(node, INTRODUCTION, path.id)


async def express_interest(node: "Node", body: ExpressInput) -> Published:
    """Offer help with a need of another station.

    Raises:
        InvalidError: the need is this station's own.
        ConflictError: it is closed.
    """
    me = own_station(node)
    need = await node.store.aread(lambda reading: needs.get(reading, body.need))
    if need.owner == me.id:
        raise InvalidError("That need is this station's own.", "Refer it to another instead.")
    if need.state != "open":
        raise ConflictError(f"that need is {need.state} already")
    if body.result is not None:
        result = body.result
        await node.store.aread(lambda reading: results.get(reading, result))
    fields = {
        **body.model_dump(),
        "to": need.owner,
        "answer_by": body.answer_by or next_answer_day(node),
        "salt": new_salt(node),
    }
    return await publish(node, draft(InterestExpressed, fields))


async def _follow(
    node: "Node", id_: str, of: CaseType, kind: type[CaseAct], body: TakeUpInput
) -> Published:
    """Say yes, and open the referral that names what it comes of: both or neither."""
    case = await open_case(node, id_, kind, of)
    request = RequestInput(
        need=case.need,
        to=case.parties.partner or case.sender,
        result=case.result,
        manner=body.manner,
        note=body.note,
    )
    introducer = case.sender if of is INTRODUCTION else ""
    opening = await draft_request(node, request, case.id, introducer)
    yes = draft_act(node, case, kind, {"note": body.note})
    entries = await node.publisher.apublish_many([(yes, case.id), (opening, "-")])
    return answer(entries[1])


async def match_interest(node: "Node", path: IdPath, body: TakeUpInput) -> Published:
    """Take an offer up: the referral to the station that made it goes out."""
    return await _follow(node, path.id, INTEREST, InterestMatched, body)


async def decline_interest(node: "Node", path: IdPath, body: TurnDownInput) -> Published:
    """Do not take an offer up."""
    return await act(node, path.id, InterestDeclined, INTEREST, body.model_dump())


async def withdraw_interest(node: "Node", path: IdPath, body: ReasonInput) -> Published:
    """Take one's offer back."""
    return await act(node, path.id, InterestWithdrawn, INTEREST, body.model_dump())


async def query_interest(node: "Node", path: IdPath, body: QueryInput) -> Published:
    """Ask for more about an offer."""
    return await act(node, path.id, InterestQueried, INTEREST, body.model_dump())


async def answer_interest(node: "Node", path: IdPath, body: AnswerInput) -> Published:
    """Say what was asked about one's offer."""
    body.answer_by = body.answer_by or next_answer_day(node)
    return await act(node, path.id, InterestAnswered, INTEREST, body.model_dump())


async def follow_introduction(node: "Node", path: IdPath, body: TakeUpInput) -> Published:
    """Follow an introduction: the referral to the station it names goes out."""
    return await _follow(node, path.id, INTRODUCTION, IntroductionFollowed, body)


async def decline_introduction(node: "Node", path: IdPath, body: WhyInput) -> Published:
    """Do not follow an introduction, or do not want to be introduced."""
    return await act(node, path.id, IntroductionDeclined, INTRODUCTION, body.model_dump())


_ACTS = (
    ("interests", "match", match_interest, "Take an offer up"),
    ("interests", "decline", decline_interest, "Do not take an offer up"),
    ("interests", "withdraw", withdraw_interest, "Take one's offer back"),
    ("interests", "query", query_interest, "Ask for more about an offer"),
    ("interests", "answer", answer_interest, "Say what was asked about one's offer"),
    ("introductions", "follow", follow_introduction, "Follow an introduction"),
    ("introductions", "decline", decline_introduction, "Do not follow an introduction"),
)

CAPABILITY = Capability(
    name="approaches",
    title="合作意向与推荐",
    serves=("D5", "D6"),
    channels=("needs", "referrals"),
    routes=(
        Route("GET", "/interests", list_interests, "Interests in needs", ("D5",)),
        Route("POST", "/interests", express_interest, "Offer help", ("D5",), 201, act=Act.REFER),
        Route("GET", "/interests/{id}", get_interest, "One interest", ("D5",)),
        Route("GET", "/introductions", list_introductions, "Introductions", ("D6",)),
        Route("GET", "/introductions/{id}", get_introduction, "One introduction", ("D6",)),
        *(
            Route("POST", f"/{of}/{{id}}/{name}", handler, told, ("D5", "D6"), 201, act=Act.REFER)
            for of, name, handler, told in _ACTS
        ),
    ),
)
