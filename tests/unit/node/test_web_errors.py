"""Every error becomes one shape of problem document with words that say what to do."""

from typing import Any

import pytest
from aiohttp import web

from node.errors import (
    ConflictError,
    InvalidError,
    NodeError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
    StoreError,
    UnreachableError,
)
from node.web.errors import PROBLEM, STATUS_OF_CODE
from protocol.errors import Code, Refused
from tests.unit.node.web_stub import create_app, create_stub


async def answer_to(aiohttp_client: Any, error: BaseException) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise error

    app = create_app(create_stub())
    app.router.add_get("/x", handler)
    client = await aiohttp_client(app)
    return await client.get("/x")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("no need by that id", "check the id"), 404),
        (NotAllowedError("not yours"), 403),
        (ConflictError("already declined"), 409),
        (InvalidError("wrong", reasons={"title": "too long"}), 422),
        (UnreachableError("no answer"), 502),
        (StoreError("disk full"), 503),
        (NodeError("other"), 500),
    ],
)
async def test_an_error_of_the_node_becomes_its_status(
    aiohttp_client: Any, error: NodeError, status: int
) -> None:
    answer = await answer_to(aiohttp_client, error)
    told = await answer.json(content_type=PROBLEM)
    assert answer.status == told["status"] == status
    assert told["detail"] == error.message
    assert told.get("hint", "") == error.hint
    assert told.get("reasons", {}) == getattr(error, "reasons", {})


async def test_a_quota_used_up_says_until_when(aiohttp_client: Any) -> None:
    answer = await answer_to(aiohttp_client, QuotaError("used up", "try again then", 1_790_000))

    told = await answer.json(content_type=PROBLEM)

    assert (answer.status, told["free_ms"], told["hint"]) == (429, 1_790_000, "try again then")


@pytest.mark.parametrize("code", list(Code))
async def test_every_refusal_code_crosses_with_its_status(aiohttp_client: Any, code: Code) -> None:
    answer = await answer_to(aiohttp_client, Refused(code, "why"))
    told = await answer.json(content_type=PROBLEM)
    assert (told["code"], told["detail"]) == (code, "why")
    assert answer.status == STATUS_OF_CODE.get(code, 400)


async def test_a_wrong_clock_is_told_the_time_and_a_busy_node_when_to_come_back(
    aiohttp_client: Any,
) -> None:
    clock = await answer_to(aiohttp_client, Refused(Code.CLOCK))
    assert (await clock.json(content_type=PROBLEM))["now_ms"] == 1_800_000_000_000
    busy = await answer_to(aiohttp_client, Refused(Code.BUSY))
    assert busy.headers["Retry-After"] == "1"


async def test_our_own_mistake_is_told_by_a_number_and_not_by_its_words(
    aiohttp_client: Any,
) -> None:
    answer = await answer_to(aiohttp_client, RuntimeError("password is 1234"))
    text = await answer.text()
    assert answer.status == 500
    assert "1234" not in text
    assert "incident" in text


async def test_an_unknown_address_and_method_are_problems_too(aiohttp_client: Any) -> None:
    app = create_app(create_stub())

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response()

    app.router.add_get("/x", handler)
    client = await aiohttp_client(app)
    missing = await client.get("/nowhere")
    assert (missing.status, missing.content_type) == (404, PROBLEM)
    wrong = await client.delete("/x", headers={"Authorization": "Bearer secret"})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET,HEAD")
