"""Results on offer: published, amended, withdrawn (C1-C6)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from grassroots.needs import WithdrawInput
from node.capability import Capability, Route
from node.drafting import IdPath, ListQuery, Published, draft, new_salt, own_station, publish
from node.errors import ConflictError, NotAllowedError
from node.people.permissions import Act
from node.readmodels import results
from node.readmodels.results import ResultView
from protocol.records.fields import Salt
from protocol.records.results import (
    ResultAmended,
    ResultContent,
    ResultPublished,
    ResultWithdrawn,
)

if TYPE_CHECKING:
    from node.app import Node


class ResultInput(ResultContent):
    """A result as a clerk writes it."""

    salt: SkipJsonSchema[Salt] = "A" * 22
    """Drawn anew when it is published."""


class ResultQuery(ListQuery):
    """Which results."""

    state: Annotated[str, Field(pattern=r"^(|open|withdrawn)$")] = ""


class ResultList(BaseModel):
    """A page of results."""

    items: list[ResultView]


async def list_results(node: "Node", query: ResultQuery) -> ResultList:
    """Published results, newest first."""
    found = await node.store.aread(lambda reading: results.find(reading, **query.model_dump()))
    return ResultList(items=list(found))


async def get_result(node: "Node", path: IdPath) -> ResultView:
    """One result."""
    return await node.store.aread(lambda reading: results.get(reading, path.id))


def _content(node: "Node", body: ResultInput) -> dict[str, object]:
    fields = body.model_dump(mode="json", exclude_none=True)
    fields["salt"] = new_salt(node)
    return fields


async def publish_result(node: "Node", body: ResultInput) -> Published:
    """Offer a result to the network (C4)."""
    own_station(node)
    return await publish(node, draft(ResultPublished, _content(node, body)))


async def _own_result(node: "Node", id_: str) -> ResultView:
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
    result = await _own_result(node, path.id)
    fields = {**_content(node, body), "after": result.revision}
    return await publish(node, draft(ResultAmended, fields), result.id)


async def withdraw_result(node: "Node", path: IdPath, body: WithdrawInput) -> Published:
    """Take a result off offer."""
    result = await _own_result(node, path.id)
    return await publish(node, draft(ResultWithdrawn, {"reason": body.reason}), result.id)


CAPABILITY = Capability(
    name="results",
    title="成果",
    serves=("C1", "C3", "C4", "C5", "C6"),
    channels=("results",),
    routes=(
        Route("GET", "/results", list_results, "Published results", ("C4",)),
        Route(
            "POST", "/results", publish_result, "Publish a result", ("C4",), 201, act=Act.PUBLISH
        ),
        Route("GET", "/results/{id}", get_result, "One result", ("C5",)),
        Route(
            "POST",
            "/results/{id}/amend",
            amend_result,
            "Amend a result",
            ("C5",),
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
    ),
    commands={"result": "grassroots.commands.results:app"},
)
