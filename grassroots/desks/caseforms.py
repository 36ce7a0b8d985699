"""The forms of a case's page: one for each act this station may do next, as data (D9, R6)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from grassroots import approaches, helping, introducing, referrals
from grassroots.cases import WhyInput
from grassroots.forms import build, read_form, unknown_form
from node.drafting import IdPath
from node.errors import InvalidError
from node.people.permissions import Act
from protocol.cases import Case

if TYPE_CHECKING:
    from node.app import Node

DECLINES = ("capacity", "field", "duplicate", "incomplete", "other")
TURNED_DOWN = ("unfit", "price", "capacity", "taken", "incomplete", "other")
OUTCOMES = ("contract", "advice", "no-result")
CONTRACTS = ("development", "transfer", "licence", "consulting", "service")
MANNERS = ("referral", "transfer")


class Blank(NamedTuple):
    """One field of a form: how it is filled in, by which words, and whether it has to be."""

    name: str
    look: str = "area"
    must: bool = False
    codes: tuple[str, ...] = ()
    table: str = ""


class ActForm(NamedTuple):
    """How an act is done from a page: the handler, what it takes, and the fields asked for."""

    handler: Callable[..., Awaitable[Any]]
    takes: type[BaseModel]
    blanks: tuple[Blank, ...]
    act: Act = Act.REFER
    wan: Mapping[str, str] = {}


_NOTE = (Blank("note"),)
_SAY = (Blank("note", must=True),)
_WHY = (Blank("reason", must=True),)
_MANNER = (Blank("manner", "choice", codes=MANNERS, table="referral-manner"), *_NOTE)

FORMS: Mapping[str, ActForm] = {
    "referral.accepted/1": ActForm(referrals.accept_referral, referrals.AcceptInput, _NOTE),
    "referral.declined/1": ActForm(
        referrals.decline_referral,
        referrals.DeclineInput,
        (Blank("reason", "choice", True, DECLINES, "decline"), *_NOTE),
    ),
    "referral.revoked/1": ActForm(
        referrals.revoke_referral, referrals.ReasonInput, (Blank("reason"),)
    ),
    "referral.queried/1": ActForm(referrals.query_referral, referrals.QueryInput, _SAY),
    "referral.answered/1": ActForm(referrals.answer_referral, referrals.AnswerInput, _SAY),
    "referral.started/1": ActForm(referrals.start_referral, referrals.NoteInput, _NOTE),
    "helper.invited/1": ActForm(
        helping.invite_helper, helping.InviteInput, (Blank("station", "station", True), *_NOTE)
    ),
    "helper.joined/1": ActForm(helping.join_referral, referrals.NoteInput, _NOTE),
    "helper.left/1": ActForm(helping.leave_referral, WhyInput, _WHY),
    "helper.released/1": ActForm(
        helping.release_helper, helping.ReleaseInput, (Blank("station", "guest", True), *_WHY)
    ),
    "split.proposed/1": ActForm(
        helping.propose_split, helping.SplitInput, (Blank("shares", "shares"), *_NOTE)
    ),
    "split.agreed/1": ActForm(
        helping.agree_split, helping.AgreeInput, (Blank("proposal", "proposal"),)
    ),
    "split.rejected/1": ActForm(
        helping.reject_split, helping.RejectInput, (Blank("proposal", "proposal"), *_WHY)
    ),
    "referral.concluded/1": ActForm(
        referrals.conclude_referral,
        referrals.ConcludeInput,
        (
            Blank("outcome", "choice", True, OUTCOMES, "outcome"),
            Blank("contract_type", "choice", False, CONTRACTS, "contract-type"),
            Blank("amount_wan", "text"),
            Blank("technology_wan", "text"),
            Blank("signed", "day"),
            Blank("registration", "text"),
            *_NOTE,
        ),
    ),
    "referral.confirmed/1": ActForm(
        referrals.confirm_referral,
        referrals.ConfirmInput,
        (Blank("satisfied", "grade"), Blank("consent", "tick")),
    ),
    "referral.disputed/1": ActForm(referrals.dispute_referral, WhyInput, _WHY),
    "referral.resumed/1": ActForm(referrals.resume_referral, referrals.NoteInput, _NOTE),
    "referral.closed/1": ActForm(referrals.close_referral, WhyInput, _WHY),
    "referral.reopened/1": ActForm(referrals.reopen_referral, referrals.ReopenInput, _WHY),
    "interest.matched/1": ActForm(approaches.match_interest, approaches.TakeUpInput, _MANNER),
    "interest.declined/1": ActForm(
        approaches.decline_interest,
        approaches.TurnDownInput,
        (Blank("reason", "choice", True, TURNED_DOWN, "interest-decline"), *_NOTE),
    ),
    "interest.withdrawn/1": ActForm(
        approaches.withdraw_interest, referrals.ReasonInput, (Blank("reason"),)
    ),
    "interest.queried/1": ActForm(approaches.query_interest, referrals.QueryInput, _SAY),
    "interest.answered/1": ActForm(approaches.answer_interest, referrals.AnswerInput, _SAY),
    "introduction.followed/1": ActForm(
        approaches.follow_introduction, approaches.TakeUpInput, _MANNER
    ),
    "introduction.declined/1": ActForm(approaches.decline_introduction, WhyInput, _WHY),
    "introduction.withdrawn/1": ActForm(
        introducing.withdraw_introduction, referrals.ReasonInput, (Blank("reason"),)
    ),
}
"""Every act of every table but the disclosure, which has a page of its own."""


async def do_act(node: "Node", case: Case, kind: str, form: Mapping[str, str]) -> Any:
    """Do the act a form asks for.

    Raises:
        InvalidError: the page has no such form, or a field breaks its rule.
    """
    found = FORMS.get(kind)
    if found is None:
        raise unknown_form()
    body = _read(node, case, found, form)
    return await found.handler(node, IdPath(id=case.id), body)


def _read(node: "Node", case: Case, of: ActForm, form: Mapping[str, str]) -> BaseModel:
    if of.takes is helping.SplitInput:
        return build(helping.SplitInput, {"shares": _shares(case, form), "note": _said(form)})
    if of.takes is referrals.ConcludeInput:
        return _read_conclusion(form)
    if of.takes is referrals.ConfirmInput:
        grade = form.get("satisfied", "")
        given: dict[str, object] = {"consent": bool(form.get("consent"))}
        return build(of.takes, given | ({"satisfied": int(grade)} if grade.isdecimal() else {}))
    if of.takes is helping.InviteInput:
        found = find_station(node, form.get("station", ""))
        return build(of.takes, {"station": found, "note": _said(form)})
    return read_form(of.takes, form)


def _said(form: Mapping[str, str]) -> str:
    return form.get("note", "").strip()


def _shares(case: Case, form: Mapping[str, str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for station in case.parties.members:
        text = form.get(f"share-{station}", "").strip()
        if not text.isdecimal() and text:
            raise InvalidError(f"{text[:20]} is no percent.", "Write digits.", word="form-fields")
        if text and int(text):
            found.append({"station": station, "percent": int(text)})
    return found


def _read_conclusion(form: Mapping[str, str]) -> BaseModel:
    given: dict[str, object] = {"outcome": form.get("outcome", ""), "note": _said(form)}
    if given["outcome"] == "contract":
        money = {"amount_wan": "amount_fen", "technology_wan": "technology_fen"}
        told = {**form, "type": form.get("contract_type", "")}
        given["contract"] = read_form(referrals.ContractInput, told, wan=money)
    return build(referrals.ConcludeInput, given)


def find_station(node: "Node", text: str) -> str:
    """The id of a station a person names by its id or by its name.

    Raises:
        InvalidError: no station is called so, or several are.
    """
    text = text.strip()
    if node.roster.get(text) is not None:
        return text
    found = [each.id for each in node.roster.stations.values() if each.name == text]
    if len(found) != 1:
        what = "Several stations are" if found else "No station is"
        raise InvalidError(f"{what} called {text[:80]}.", "Choose one of the list.")
    return found[0]


def station_names(node: "Node") -> Sequence[str]:
    """The names of the stations that can be asked, for a list to choose from."""
    mine = node.me.id if node.me is not None else ""
    stations = node.roster.stations.values()
    return sorted({each.name for each in stations if each.ended is None and each.id != mine})[:500]
