"""Results on offer: published, amended, advanced along the maturation chain, withdrawn (C1-C7)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from grassroots.needs import WithdrawInput
from node.capability import Route
from node.drafting import IdPath, ListQuery, Published, draft, new_salt, own_station, publish
from node.errors import ConflictError, NotAllowedError
from node.model import Model
from node.people.permissions import Act
from node.readmodels import results
from node.readmodels.results import ResultView, StageStep
from protocol.records.fields import Day, Note, Salt
from protocol.records.results import (
    Maturation,
    Readiness,
    ResultAdvanced,
    ResultAmended,
    ResultContent,
    ResultPublished,
    ResultWithdrawn,
)

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

STAGES = r"^(|screening|pilot|incubation|integration|market|finance)$"


class ResultInput(ResultContent):
    """A result as a clerk writes it."""

    salt: SkipJsonSchema[Salt] = "A" * 22
    """Drawn anew when it is published."""


class AdvanceInput(Model):
    """The stage a result has reached (C6), on which day, its maturity then, and by what."""

    model_config = ConfigDict(extra="forbid", strict=True)

    stage: Maturation
    on: Day
    trl: Readiness | None = None
    note: Note = ""


class ResultQuery(ListQuery):
    """Which results."""

    state: Annotated[str, Field(pattern=r"^(|open|withdrawn)$")] = ""
    stage: Annotated[str, Field(pattern=STAGES, description="at this stage (C6)")] = ""
    programme: Annotated[
        str, Field(pattern=r"^(|national|local)$", description="of programmes of this level")
    ] = ""
    ipc: Annotated[
        str, Field(pattern=r"^[A-Z0-9/]{0,12}$", description="patent class, or its beginning")
    ] = ""


class ResultList(Model):
    """A page of results."""

    items: list[ResultView]


class StageList(Model):
    """How a result has ripened, oldest first."""

    items: list[StageStep]


async def list_results(node: "Node", query: ResultQuery) -> ResultList:
    """Published results, newest first."""
    found = await node.store.aread(lambda reading: results.find(reading, **query.model_dump()))
    return ResultList(items=list(found))


async def get_result(node: "Node", path: IdPath) -> ResultView:
    """One result."""
    return await node.store.aread(lambda reading: results.get(reading, path.id))


async def list_stages(node: "Node", path: IdPath) -> StageList:
    """How a result has ripened, step by step."""

    def look(reading: "Reading") -> list[StageStep]:
        return results.find_stages(reading, results.get(reading, path.id))

    return StageList(items=await node.store.aread(look))


def _content(node: "Node", body: ResultInput) -> dict[str, object]:
    fields = body.model_dump(mode="json", exclude_none=True)
    fields["salt"] = new_salt(node)
    return fields


async def publish_result(node: "Node", body: ResultInput) -> Published:
    """Offer a result to the network (C4)."""
    own_station(node)
    return await publish(node, draft(ResultPublished, _content(node, body)))


async def own_result(node: "Node", id_: str) -> ResultView:
    """A result this station published and has not withdrawn.

    Raises:
        NotAllowedError: another station's.
        ConflictError: withdrawn already.
    """
    me = own_station(node)
    result = await node.store.aread(lambda reading: results.get(reading, id_))
    if result.station != me.id:
        raise NotAllowedError(
            "That result is another station's.", "Ask the station that published it."
        )
    if result.state != "open":
        raise ConflictError(f"that result is {result.state} already")
    return result


async def amend_result(node: "Node", path: IdPath, body: ResultInput) -> Published:
    """Give a result a whole new description."""
    result = await own_result(node, path.id)
    fields = {**_content(node, body), "after": result.revision}
    return await publish(node, draft(ResultAmended, fields), result.id)


async def advance_result(node: "Node", path: IdPath, body: AdvanceInput) -> Published:
    """Say which stage of the maturation chain a result has reached (C6).

    Raises:
        ConflictError: it stands there already, with that maturity.
    """
    result = await own_result(node, path.id)
    if body.stage == result.stage and body.trl in (None, result.trl):
        raise ConflictError(
            f"that result is at {body.stage} already", "Name the stage it has reached since."
        )
    fields = {**body.model_dump(exclude_none=True), "salt": new_salt(node)}
    return await publish(node, draft(ResultAdvanced, fields), result.id)


async def withdraw_result(node: "Node", path: IdPath, body: WithdrawInput) -> Published:
    """Take a result off offer."""
    result = await own_result(node, path.id)
    return await publish(node, draft(ResultWithdrawn, {"reason": body.reason}), result.id)


ROUTES = (
    Route("GET", "/results", list_results, "Published results", ("C4",)),
    Route("POST", "/results", publish_result, "Publish a result", ("C4",), 201, act=Act.PUBLISH),
    Route("GET", "/results/{id}", get_result, "One result", ("C5",)),
    Route("GET", "/results/{id}/stages", list_stages, "How a result has ripened", ("C6",)),
    Route(
        "POST", "/results/{id}/amend", amend_result, "Amend a result", ("C5",), 201, act=Act.PUBLISH
    ),
    Route(
        "POST",
        "/results/{id}/advance",
        advance_result,
        "Advance a result along the maturation chain",
        ("C6",),
        201,
        act=Act.PUBLISH,
    ),
    Route(
        "POST",
        "/results/{id}/withdraw",
        withdraw_result,
        "Withdraw a result",
        ("C5",),
        201,
        act=Act.PUBLISH,
    ),
)
