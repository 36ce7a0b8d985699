"""Routes as values become checked operations and a valid OpenAPI 3.1 document."""

from typing import Annotated, Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ConfigDict, Field

from node.capability import Download, Route
from node.people import Act
from node.web.api import add_routes
from node.web.openapi import read_operations
from tests.unit.node.web_stub import Stub, create_app, create_stub


class ItemPath(BaseModel):
    id: Annotated[str, Field(min_length=2)]


class ItemQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    lang: str = "zh"


class ItemBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    budget_fen: int | None = None


class Item(BaseModel):
    id: str
    title: str
    limit: int = 0


async def get_item(node: "Stub", path: ItemPath, query: ItemQuery) -> Item:
    return Item(id=path.id, title=query.lang, limit=query.limit)


async def list_items(node: "Stub") -> list[Item]:
    return [Item(id="aa", title="轴承")]


async def post_item(node: "Stub", body: ItemBody) -> Item:
    return Item(id="bb", title=body.title)


async def get_file(node: "Stub") -> Download:
    return Download("needs.csv", "text/csv; charset=utf-8", "需求\n".encode())


async def get_secret(node: "Stub") -> Item:
    return Item(id="cc", title="企业")


ROUTES = (
    Route("GET", "/items/{id}", get_item, "One item", ("B1",)),
    Route("GET", "/items", list_items, "Items"),
    Route("POST", "/items", post_item, "A new item", status=201),
    Route("GET", "/file", get_file, "A file"),
    Route("GET", "/secret", get_secret, "Private", act=Act.READ_CARDS),
)
TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture
async def client(aiohttp_client: Any) -> Any:
    node = create_stub()
    app = create_app(node)
    add_routes(app, node, ROUTES, "1.0")
    return await aiohttp_client(app)


async def test_the_document_is_valid_openapi_3_1(client: Any) -> None:
    answer = await client.get("/api/v1/openapi.json")
    document = await answer.json()
    OpenAPIV31SpecValidator(document).validate()
    item = document["paths"]["/api/v1/items/{id}"]["get"]
    assert item["operationId"] == "get_item"
    assert [(each["name"], each["in"], each["required"]) for each in item["parameters"]] == [
        ("id", "path", True),
        ("limit", "query", False),
        ("lang", "query", False),
    ]
    assert item["parameters"][1]["schema"]["maximum"] == 500
    assert item["x-serves"] == ["B1"]


async def test_what_needs_the_token_says_so_in_the_document(client: Any) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    paths = document["paths"]
    assert paths["/api/v1/items"]["post"]["security"] == [{"token": []}]
    assert paths["/api/v1/secret"]["get"]["security"] == [{"token": []}]
    assert "security" not in paths["/api/v1/items"]["get"]


async def test_path_and_query_are_read_and_checked(client: Any) -> None:
    answer = await client.get("/api/v1/items/xy?limit=7")
    assert await answer.json() == {"id": "xy", "title": "zh", "limit": 7}
    refused = await client.get("/api/v1/items/xy?limit=501")
    problem = await refused.json()
    assert refused.status == 422
    assert refused.content_type == "application/problem+json"
    assert "limit" in problem["reasons"]
    unknown = await client.get("/api/v1/items/xy?limits=1")
    assert (await unknown.json())["reasons"].keys() == {"limits"}
    short = await client.get("/api/v1/items/x")
    assert (await short.json())["reasons"].keys() == {"id"}


async def test_a_body_is_read_strictly_and_answered_with_the_routes_status(client: Any) -> None:
    made = await client.post("/api/v1/items", json={"title": "需求"}, headers=TOKEN)
    assert (made.status, (await made.json())["title"]) == (201, "需求")
    wrong = await client.post(
        "/api/v1/items", json={"title": 5, "budget_fen": "1", "more": 1}, headers=TOKEN
    )
    assert wrong.status == 422
    assert (await wrong.json())["reasons"].keys() == {"title", "budget_fen", "more"}
    broken = await client.post(
        "/api/v1/items", data=b"{", headers={**TOKEN, "Content-Type": "application/json"}
    )
    assert broken.status == 422
    form = await client.post("/api/v1/items", data={"title": "x"}, headers=TOKEN)
    assert form.status == 422


async def test_a_body_too_large_for_the_api_is_refused(client: Any) -> None:
    answer = await client.post(
        "/api/v1/items",
        data=b"x" * (3 * 1024 * 1024),
        headers={**TOKEN, "Content-Type": "application/json"},
    )
    assert answer.status == 413
    assert (await answer.json())["code"] == "too-large"


async def test_lists_and_files_are_answered(client: Any) -> None:
    listed = await client.get("/api/v1/items")
    assert (await listed.json())[0]["title"] == "轴承"
    file = await client.get("/api/v1/file")
    assert await file.read() == "需求\n".encode()
    assert 'filename="needs.csv"' in file.headers["Content-Disposition"]


async def test_a_private_operation_needs_the_token(client: Any) -> None:
    assert (await client.get("/api/v1/secret")).status == 401
    assert (await client.get("/api/v1/secret", headers=TOKEN)).status == 200


def test_one_operation_id_may_not_stand_twice() -> None:
    with pytest.raises(AssertionError, match="twice"):
        read_operations([ROUTES[0], ROUTES[0]], {"Stub": Stub})
