"""Screening programme results against what regions need, and publishing the list (A2, C1, D12)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from grassroots.forms import read_number, read_text, read_texts
from node.calendar import day_of
from node.capability import Capability, Desk, Done, Route, Visit
from node.drafting import Published, draft, fill, new_salt, own_station, publish
from node.errors import InvalidError, NotAllowedError
from node.model import Model
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import needs, results, screenings
from node.readmodels.needs import NeedView
from node.readmodels.results import ResultView
from node.readmodels.screenings import ScreeningView
from node.search import Asked, Match, find_matches, has_reason, question_of
from protocol.records.fields import EntryId, Line, Many, Note, Title
from protocol.records.programmes import (
    ANSWERED_MAX,
    SCREENED_MAX,
    ResultsScreened,
    ScreenedResult,
    Year,
)
from protocol.records.record import NATIONAL

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

CANDIDATES = 30
NEEDS_EACH = 4


class ScreeningInput(Model):
    """A list as the national station writes it: results, each with the needs it may answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Title
    year: Year
    programme: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    text: Note = ""
    items: Annotated[Many[ScreenedResult], Field(min_length=1, max_length=SCREENED_MAX)]
    replaces: EntryId | None = None


class CandidateQuery(Model):
    """Which results to screen: by programme, field and words, a page of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: Annotated[str, Field(max_length=200, description="words to find")] = ""
    field: Annotated[str, Field(max_length=40, description="only this technical field")] = ""
    programme: Annotated[
        Literal["", "national", "local"], Field(description="programme level; empty: all results")
    ] = "national"
    limit: Annotated[int, Field(ge=1, le=50, description="rows at most")] = CANDIDATES
    after: Annotated[str, Field(max_length=64, description="id of the last row before")] = ""


class Candidate(Model):
    """A result, and the open needs it may answer, with the reasons."""

    result: ResultView
    needs: list[Match]


class CandidateList(Model):
    """Results to screen, newest first."""

    items: list[Candidate]


def _check_able(node: "Node") -> None:
    node.scope.check("programmes", "lists of screened results stand there")
    tier = node.roster.tier(own_station(node).id)
    if tier not in NATIONAL:
        raise NotAllowedError(
            f"This station was admitted as {tier}; only a national station does this."
        )


async def publish_screening(node: "Node", body: ScreeningInput) -> Published:
    """Publish a list of results screened against needs (A2).

    Raises:
        InvalidError: it names a result or need that is not held here, or is not open.
        NotFoundError: it replaces a list that is not held here.
        NotAllowedError: it replaces another station's list, or this is no national station.
    """
    _check_able(node)
    me = own_station(node)
    faults = await node.store.aread(lambda reading: _faults(reading, body))
    if faults:
        raise InvalidError(
            "; ".join(f"{place}: {fault}" for place, fault in list(faults.items())[:5]),
            "Take these off the list, or wait for sync.",
            faults,
        )
    if body.replaces is not None:
        replaced = body.replaces
        before = await node.store.aread(lambda reading: screenings.get(reading, replaced))
        if before.station != me.id:
            raise NotAllowedError("That list is another station's.", "Publish one beside it.")
    fields = {**body.model_dump(mode="json", exclude_none=True), "salt": new_salt(node)}
    return await publish(node, draft(ResultsScreened, fields))


def _faults(reading: "Reading", body: ScreeningInput) -> dict[str, str]:
    """What on a list is not held here or no longer open, by its place."""
    held = results.find_many(reading, [each.result for each in body.items])
    asked = needs.find_many(reading, [id_ for each in body.items for id_ in each.needs])
    faults = {}
    for number, each in enumerate(body.items):
        result = held.get(each.result)
        if result is None or result.state != "open":
            state = "not held here" if result is None else result.state
            faults[f"items.{number}.result"] = f"the result {each.result} is {state}"
        for id_ in each.needs:
            need = asked.get(id_)
            if need is None or need.state != "open":
                state = "not held here" if need is None else need.state
                faults[f"items.{number}.needs"] = f"the need {id_} is {state}"
    return faults


async def list_candidates(node: "Node", query: CandidateQuery) -> CandidateList:
    """Open results of programmes, with the needs that each may answer."""
    found = await node.store.aread(
        lambda reading: results.find(reading, state="open", **query.model_dump())
    )
    return CandidateList(
        items=[Candidate(result=each, needs=await _needs_for(node, each)) for each in found]
    )


async def _needs_for(node: "Node", result: ResultView) -> list[Match]:
    if node.search is None:
        return []
    asked = Asked(question_of(result), result)
    found = await find_matches(node.store, node.search, "needs", asked, NEEDS_EACH)
    return [match for match in found if has_reason(match)]


async def build_screening(node: "Node", visit: Visit) -> Mapping[str, object]:
    """Results of programmes to choose from, each beside the needs it may answer.

    Where a list is to be replaced, what stands on it comes first, and is ticked.
    """
    query = fill(
        CandidateQuery,
        {name: visit.query[name] for name in ("q", "field", "programme") if name in visit.query},
    )
    fields = await node.store.aread(lambda reading: results.count_by(reading, "field"))
    found = (await list_candidates(node, query.model_copy(update={"limit": CANDIDATES + 1}))).items
    listed = found[:CANDIDATES]
    shown: dict[str, object] = {
        "candidates": listed,
        "has_more": len(found) > len(listed),
        "query": query.model_dump(),
        "fields": [name for name in fields if name],
        "given": {"year": day_of(node.clock.now_ms())[:4]},
        "before": None,
        "asked": {},
        "ticked": {},
    }
    if visit.query.get("replaces"):
        shown |= await _before(node, visit.query["replaces"][:64], listed)
    return shown


async def _before(node: "Node", id_: str, found: Sequence[Candidate]) -> dict[str, object]:
    """What the form shows of the list that is to be replaced, then the other candidates."""

    def look(reading: "Reading") -> tuple[ScreeningView, list[ResultView], dict[str, NeedView]]:
        before = screenings.get(reading, id_)
        held = results.find_many(reading, [each.result for each in before.items])
        listed = [held[each.result] for each in before.items if each.result in held]
        asked = needs.find_many(reading, [need for each in before.items for need in each.needs])
        still = {key: need for key, need in asked.items() if need.state == "open"}
        return before, [each for each in listed if each.state == "open"], still

    before, listed, asked = await node.store.aread(look)
    named = {each.result: each for each in before.items}
    first = [Candidate(result=each, needs=await _needs_for(node, each)) for each in listed]
    offered = {each.result.id: {need.id for need in each.needs} for each in first}
    ticked = {f"result:{each.id}": "1" for each in listed}
    ticked |= {f"note:{each.id}": named[each.id].note for each in listed}
    ticked |= {f"need:{each.id}:{need}": "1" for each in listed for need in named[each.id].needs}
    return {
        "candidates": [*first, *(each for each in found if each.result.id not in named)],
        "given": before.model_dump(include={"title", "year", "programme", "text"}),
        "before": before,
        "asked": {
            each.id: [
                asked[need]
                for need in named[each.id].needs
                if need in asked and need not in offered[each.id]
            ]
            for each in listed
        },
        "ticked": ticked,
    }


async def submit_screening(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Publish the results that were ticked, each with its needs that were ticked."""
    body = fill(
        ScreeningInput,
        {
            **read_texts(form, "title", "programme", "replaces"),
            "text": read_text(form, "text") or "",
            "year": read_number(form, "year"),
            "items": _ticked(form),
        },
    )
    made = await record(
        node, visit.known, "publish_screening", "", lambda: publish_screening(node, body)
    )
    return Done(f"/screenings/{made.id}")


def _ticked(form: Mapping[str, str]) -> list[dict[str, object]]:
    """The items of a form: ``result:ID`` is ticked, ``need:ID:ID`` belongs to it, ``note:ID``."""
    chosen = [name.partition(":")[2] for name in form if name.startswith("result:")]
    answers: dict[str, list[str]] = {id_: [] for id_ in chosen}
    for name in form:
        mark, _, rest = name.partition(":")
        result, _, need = rest.partition(":")
        if mark == "need" and result in answers and len(answers[result]) < ANSWERED_MAX:
            answers[result].append(need)
    if not chosen:
        raise InvalidError(
            "No result is ticked.", "Tick the results that go onto the list.", {"items": "empty"}
        )
    return [
        {"result": id_, "needs": answers[id_], "note": form.get(f"note:{id_}", "").strip()}
        for id_ in chosen
    ]


CAPABILITY = Capability(
    name="screening",
    title="成果筛选",
    serves=("A2", "C1", "D12"),
    channels=("programmes", "results", "needs"),
    routes=(
        Route(
            "POST",
            "/screenings",
            publish_screening,
            "Publish a list of screened results",
            ("A2", "D12"),
            201,
            act=Act.PUBLISH,
        ),
        Route(
            "GET",
            "/candidates",
            list_candidates,
            "Programme results beside the needs they may answer",
            ("A2", "C1"),
        ),
    ),
    desks=(
        Desk(
            "/screenings/new",
            "screening_form.html",
            "筛选成果",
            build_screening,
            Act.PUBLISH,
            submit_screening,
        ),
    ),
)
