"""Only the holder of the token writes, and never from a page of another site."""

from typing import Any

import pytest
from aiohttp import web

from tests.unit.node.web_stub import create_app, create_stub

TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture
async def client(aiohttp_client: Any) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response({})

    app = create_app(create_stub())
    app.router.add_route("*", "/api/v1/x", handler)
    app.router.add_post("/sync/v1/entries", handler)
    return await aiohttp_client(app)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_write_without_the_token_is_refused(client: Any, method: str) -> None:
    answer = await client.request(method, "/api/v1/x")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "token" in (await answer.json())["hint"]


@pytest.mark.parametrize(
    "given", ["Bearer wrong", "Bearer ", "Basic secret", "secret", "Bearer secretx", "bearer"]
)
async def test_another_token_is_refused(client: Any, given: str) -> None:
    answer = await client.post("/api/v1/x", headers={"Authorization": given})
    assert answer.status == 401


async def test_the_token_opens(client: Any) -> None:
    assert (await client.post("/api/v1/x", headers=TOKEN)).status == 200


async def test_reading_needs_none(client: Any) -> None:
    assert (await client.get("/api/v1/x")).status == 200


async def test_an_empty_token_file_opens_nothing(aiohttp_client: Any) -> None:
    app = create_app(create_stub(token=""))
    client = await aiohttp_client(app)
    assert (await client.post("/x", headers={"Authorization": "Bearer "})).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_page_of_another_site_is_refused_even_with_the_token(
    client: Any, headers: dict[str, str]
) -> None:
    answer = await client.post("/api/v1/x", headers={**TOKEN, **headers})
    assert answer.status == 403
    assert (await answer.json())["code"] == "foreign-site"


async def test_the_nodes_own_pages_may_write_with_the_token(client: Any) -> None:
    own = f"http://{client.host}:{client.port}"
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": own}):
        assert (await client.post("/api/v1/x", headers={**TOKEN, **headers})).status == 200


async def test_what_stations_send_one_another_is_judged_elsewhere(client: Any) -> None:
    assert (await client.post("/sync/v1/entries")).status == 200
