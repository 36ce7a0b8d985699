"""Who at this station works on a case or a need: private, in the audit trail (must-have 7)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import func, select

from grassroots.cases import Input
from node.capability import Capability, Route
from node.deadlines import WAITS, Deadline, find_deadlines
from node.errors import InvalidError, NotFoundError
from node.lifecycle import Term, term_of
from node.model import Model
from node.people import Actor, accounts
from node.people.permissions import Act
from node.readmodels import approaches, cases, needs, referrals
from node.store import table_of
from node.store.work import Assignment
from protocol.cases import Case

if TYPE_CHECKING:
    from node.app import Node
    from node.deadlines import CaseView
    from node.store import Reading, Writing

_CLOSED = ("solved", "withdrawn", "archived")
_ASSIGNMENT = table_of(Assignment)


class AssignInput(Input):
    """What is given to whom; without an account it is taken from whoever has it."""

    subject: Annotated[str, Field(max_length=64, description="a case's or a need's id")]
    account: Annotated[str, Field(max_length=64)] = ""
    note: Annotated[str, Field(max_length=400)] = ""


class Assigned(Model):
    """Who works on something, since when (Unix ms), by whom given, and with what remark."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    account: str
    note: str
    given_by: str
    at_ms: int


class Work(Model):
    """Something that is given to somebody, or waits here for somebody to take it."""

    id: str
    type: str
    state: str
    title: str
    account: str
    note: str
    due: Deadline | None


class WorkList(Model):
    """What is to be done, the most urgent first."""

    items: list[Work]


class WorkQuery(Model):
    """Whose work."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[
        str, Field(max_length=64, description="an account's id; 'me', or 'nobody'; empty: all")
    ] = ""


async def assign(node: "Node", actor: Actor, body: AssignInput) -> Assigned:
    """Give a case or a need to somebody, or to somebody else.

    Raises:
        NotFoundError: no such case or need is held here, or no such account.
        InvalidError: the account is disabled, or the case is between other stations.
    """
    me = node.me.id if node.me is not None else ""

    def look(reading: "Reading") -> None:
        _check_subject(reading, body.subject, me)
        if body.account:
            account = next((a for a in accounts.find(reading) if a.id == body.account), None)
            if account is None:
                raise NotFoundError("There is no such account.", "Choose one of the list.")
            if account.disabled_ms is not None:
                raise InvalidError("That account is disabled.", "Choose another.")

    await node.store.aread(look)

    def give(tx: "Writing") -> Assigned:
        last = find_last(tx, body.subject)
        at_ms = max(node.clock.now_ms(), last + 1)
        given = Assigned(
            id=body.subject, account=body.account, note=body.note, given_by=actor.id, at_ms=at_ms
        )
        tx.insert(Assignment, [given.model_dump()])
        return given

    return await node.store.awrite(give)


def find_last(reading: "Reading", subject: str) -> int:
    """When something was last given to somebody, 0 where it never was."""
    query = select(func.max(_ASSIGNMENT.c.at_ms)).where(_ASSIGNMENT.c.id == subject)
    return int(reading.connection.execute(query).scalar() or 0)


def is_ours(case: Case, station: str) -> bool:
    """Whether a station has something to do or to know in a case."""
    return station in case.parties.everyone


def _check_subject(reading: "Reading", id_: str, me: str) -> None:
    if not needs.find_many(reading, [id_]) and not is_ours(cases.get_case(reading, id_), me):
        raise InvalidError(
            "That case is between other stations.", "Assign those in which this station has a part."
        )


def find_assigned(reading: "Reading") -> dict[str, Assigned]:
    """Who works on what now, by what."""
    query = select(_ASSIGNMENT).order_by(_ASSIGNMENT.c.at_ms)
    latest = {row.id: Assigned.model_validate(row) for row in reading.connection.execute(query)}
    return {id_: each for id_, each in latest.items() if each.account}


async def list_work(node: "Node", actor: Actor, query: WorkQuery) -> WorkList:
    """What is given to somebody, and what waits here for somebody to take it (N8).

    What has come to its end is nobody's work any more: a need that was solved, withdrawn or
    archived, a case no act leads on from.
    """
    account = actor.id if query.account == "me" else query.account
    me = node.me.id if node.me is not None else ""
    service, now_ms = node.config.service, node.clock.now_ms()
    term = term_of(node.config.needs, now_ms)

    def look(reading: "Reading") -> list[Work]:
        given = find_assigned(reading)
        waiting: list[CaseView] = [
            *referrals.find_waiting(reading, WAITS),
            *approaches.find_waiting(reading, WAITS),
        ]
        due = {each.referral: each for each in find_deadlines(waiting, service, now_ms)}
        mine = {id_ for id_, each in due.items() if each.station == me}
        wanted = "" if account == "nobody" else account
        listed = {
            id_: given.get(id_, _nobody(id_))
            for id_ in mine | set(given)
            if not account or (given[id_].account if id_ in given else "") == wanted
        }
        found = _tell_work(reading, listed, due, term)
        return sorted(found, key=lambda each: (each.due.due if each.due else "9999", each.id))

    return WorkList(items=await node.store.aread(look))


def _nobody(id_: str) -> Assigned:
    return Assigned(id=id_, account="", note="", given_by="", at_ms=0)


def _tell_work(
    reading: "Reading", listed: Mapping[str, Assigned], due: Mapping[str, Deadline], term: Term
) -> list[Work]:
    """What each thing is and how it stands; a case that waits for nobody is a case all the same."""
    found = needs.find_many(reading, listed, term)
    held = {id_: _find_case(reading, id_) for id_ in listed if id_ not in found}
    behind = needs.find_many(reading, [case.need for case in held.values() if case is not None])
    told = []
    for id_, given in listed.items():
        case, need = held.get(id_), found.get(id_)
        if _is_over(case, need):
            continue
        about = behind.get(case.need) if case is not None else need
        told.append(
            Work(
                id=id_,
                type=case.type.name if case is not None else ("need" if need else "case"),
                state=str(case.state) if case is not None else (need.state if need else ""),
                title=about.title if about is not None else "",
                account=given.account,
                note=given.note,
                due=due.get(id_),
            )
        )
    return told


def _is_over(case: Case | None, need: needs.NeedView | None) -> bool:
    if case is not None:
        return case.state in case.type.ends
    return need is not None and need.standing in _CLOSED


def _find_case(reading: "Reading", id_: str) -> Case | None:
    try:
        return cases.get_case(reading, id_)
    except NotFoundError:
        return None


CAPABILITY = Capability(
    name="assigning",
    title="任务分派",
    serves=("N8",),
    channels=("needs", "referrals"),
    routes=(
        Route("GET", "/work", list_work, "What is to be done here", ("N8",), act=Act.READ_CARDS),
        Route("POST", "/work", assign, "Give it to somebody", ("N8",), 201, act=Act.REFER),
    ),
)
