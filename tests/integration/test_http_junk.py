"""Every operation of the API survives junk: a refusal with a reason, never a mistake of ours."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
from yarl import URL

from node.app import Node

JSON = "application/json"
WORDS = ("A" * 43, "x", "%00", "%F0%9F%9A%80", "..%2f..%2fetc", "'%20OR%201=1--", "z" * 3000)
QUERIES = ("q", "after", "lang", "limit", "station", "field", "reason", "state", "hierarchy")
BODIES: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"\xff\xfe",
    b'{"a":' * 2000,
    b'{"text":"\\ud800"}',
    b'{"id":1e999}',
)
VALUES: tuple[object, ...] = (
    None,
    -1,
    2**70,
    1.5,
    "",
    "\0",
    "A" * 43,
    "汉" * 9000,
    [],
    {},
    [[["x"]]],
    True,
    "\ud800",
    {"$ref": "#"},
)


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def bodies(document: dict[str, Any], told: dict[str, Any]) -> Iterator[bytes]:
    """Bodies that are no JSON, no object, and objects whose every field is odd."""
    yield from BODIES
    taken = told["requestBody"]["content"]
    if JSON not in taken:
        return
    schema = resolve(document, taken[JSON]["schema"])
    names = list(schema.get("properties", {}))
    for value in VALUES:
        yield json.dumps(dict.fromkeys(names, value)).encode()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield method, path, told


def addresses(path: str, told: dict[str, Any]) -> Iterator[str]:
    """The operation's address with odd words in its places and its query."""
    for word in WORDS:
        address = path
        for parameter in told["parameters"]:
            address = address.replace("{" + parameter["name"] + "}", word)
        yield address
    plain = next(iter([path.replace("{", "").replace("}", "")]))
    names = [each["name"] for each in told["parameters"] if each["in"] == "query"]
    for name, word in itertools.product(names, WORDS):
        yield f"{plain}?{name}={word}"
    yield f"{plain}?nothing=1&nothing=2"


async def ask(
    web: aiohttp.ClientSession, node: Node, method: str, address: str, body: bytes | None
) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {node.token}", "Content-Type": JSON}
    url = URL(node.address + address, encoded=True)
    async with web.request(method, url, data=body, headers=headers) as answer:
        return answer.status, await answer.text(errors="replace")


async def get_document(web: aiohttp.ClientSession, node: Node) -> dict[str, Any]:
    async with web.get(f"{node.address}/api/v1/openapi.json") as answer:
        document: dict[str, Any] = await answer.json()
        return document


async def test_no_junk_in_an_address_makes_a_node_stumble(node: Node) -> None:
    async with (
        aiohttp.ClientSession() as web,
        web.get(f"{node.address}/api/v1/openapi.json") as got,
    ):
        document = await got.json()
        for method, path, told in operations(document):
            if method == "get":
                for address in addresses(path, told):
                    status, text = await ask(web, node, method, address, None)
                    assert status < 500, (address, text)


async def test_no_junk_in_a_body_makes_a_node_stumble(node: Node) -> None:
    async with (
        aiohttp.ClientSession() as web,
        web.get(f"{node.address}/api/v1/openapi.json") as got,
    ):
        document = await got.json()
        for method, path, told in operations(document):
            if "requestBody" not in told:
                continue
            address = next(addresses(path, told))
            for body in bodies(document, told):
                status, text = await ask(web, node, method, address, body)
                assert status < 500, (method, address, body[:200], text)
                assert status >= 400 or b"null" in body or body.startswith(b"{"), (address, body)


async def test_no_junk_in_a_pages_address_makes_the_console_stumble(node: Node) -> None:
    async with aiohttp.ClientSession() as web:
        for page in node.mode.pages:
            for word in WORDS:
                path = page.path.replace("{id}", word)
                for query in (
                    "",
                    f"?q={word}&after={word}&lang={word}&limit={word}&station={word}",
                ):
                    url = URL(node.address + path + query, encoded=True)
                    async with web.get(url, headers={"Accept": "text/html"}) as answer:
                        text = await answer.text()
                        assert answer.status < 500, (path, query, text)
