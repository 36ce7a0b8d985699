"""What comes back from other stations may be anything: only good answers get past this room."""

import asyncio
import gzip
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from node.cli.client import Client
from node.errors import (
    ConflictError,
    InvalidError,
    NodeError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
    UnreachableError,
)
from node.keyring import create_token
from node.outbound import ANSWER_BYTES_MAX, ApiClient, Outbound
from protocol.cursor import Cursor
from protocol.errors import Code, Refused
from protocol.keys import SigningKey
from protocol.messages import ChangesRequest, HelloRequest, PushRequest
from protocol.page import Page
from protocol.requests import check_request
from tests.builders import TestClock

ME, PEER = SigningKey(b"m" * 32), SigningKey(b"p" * 32)
PAGE = Page(Cursor(1, 2, "0123456789abcdef"), False, None, b"lines\n")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server that answers everything with one handler; its address."""
    servers: list[TestServer] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    out = Outbound(ME, TestClock(), timeout_s=2)
    yield out
    await out.close()


def answering(body: bytes, **more: object) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, **more)  # type: ignore[arg-type]

    return handler


async def test_a_request_is_signed_for_its_receiver_and_its_answer_read(
    serve: Serve, outbound: Outbound
) -> None:
    callers: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        now_s = TestClock().now_ms() // 1000
        body = await request.read()
        callers.append(
            check_request(request.headers, request.method, path, query, body, PEER.public, now_s)
        )
        return web.Response(body=PAGE.encode())

    url = await serve(handler)
    request = ChangesRequest(after="1.2.0123456789abcdef", wait_s=1)
    assert await outbound.ask(url, PEER.public, request) == PAGE
    assert await outbound.ask(f"{url}/under/a/path", PEER.public, request) == PAGE
    assert callers == [ME.public, ME.public]


async def test_a_refusal_keeps_its_code(serve: Serve, outbound: Outbound) -> None:
    problem = json.dumps({"code": "not-admitted", "detail": "who are you?"}).encode()
    url = await serve(answering(problem, status=403))
    with pytest.raises(Refused, match="who are you") as refused:
        await outbound.ask(url, PEER.public, HelloRequest())
    assert refused.value.code is Code.NOT_ADMITTED


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"code":"no-such-code"}', b"[" * 9999])
async def test_an_error_that_is_no_refusal_means_the_station_is_out_of_order(
    serve: Serve, outbound: Outbound, body: bytes
) -> None:
    url = await serve(answering(body, status=502))
    with pytest.raises(UnreachableError):
        await outbound.ask(url, PEER.public, HelloRequest())


@pytest.mark.parametrize("status", [200, 500])
async def test_an_endless_answer_is_cut_off(serve: Serve, outbound: Outbound, status: int) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    url = await serve(handler)
    with pytest.raises(Refused) as refused:
        await outbound.ask(url, PEER.public, PushRequest(text=b""))
    assert refused.value.code is Code.TOO_LARGE


async def test_a_packed_answer_is_not_unpacked(serve: Serve, outbound: Outbound) -> None:
    bomb = gzip.compress(b"\0" * (64 * ANSWER_BYTES_MAX))
    url = await serve(answering(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Refused) as refused:
        await outbound.ask(url, PEER.public, HelloRequest())
    assert refused.value.code is Code.BAD_REQUEST


async def test_a_truncated_answer_is_no_answer(outbound: Outbound) -> None:
    async def cut_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut_short, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(UnreachableError):
        await outbound.ask(f"http://127.0.0.1:{port}", PEER.public, HelloRequest())
    server.close()


async def test_a_silent_station_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    out = Outbound(ME, TestClock(), timeout_s=0.2)
    with pytest.raises(UnreachableError):
        await out.ask(f"http://127.0.0.1:{port}", PEER.public, HelloRequest())
    await out.close()
    server.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1", "nonsense://x", "http://"])
async def test_where_nobody_is_nobody_answers(outbound: Outbound, url: str) -> None:
    with pytest.raises(UnreachableError):
        await outbound.ask(url, PEER.public, HelloRequest())


async def test_a_redirect_is_not_followed(serve: Serve, outbound: Outbound) -> None:
    url = await serve(answering(b"", status=302, headers={"Location": "http://10.0.0.1/"}))
    with pytest.raises(UnreachableError):
        await outbound.ask(url, PEER.public, HelloRequest())


async def test_nonsense_under_a_good_status_is_refused(serve: Serve, outbound: Outbound) -> None:
    url = await serve(answering(b"\xff\xfe nonsense"))
    for request in (HelloRequest(), ChangesRequest(), PushRequest(text=b"")):
        with pytest.raises(Refused):
            await outbound.ask(url, PEER.public, request)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotAllowedError),
        (403, NotAllowedError),
        (404, NotFoundError),
        (409, ConflictError),
        (422, InvalidError),
        (502, UnreachableError),
        (500, NodeError),
    ],
)
async def test_the_api_client_turns_problem_documents_into_errors(
    serve: Serve, status: int, kind: type[NodeError]
) -> None:
    problem = {"title": "T", "detail": "words", "hint": "do this", "reasons": {"name": "short"}}
    url = await serve(answering(json.dumps(problem).encode(), status=status))
    with ApiClient(url, "secret") as client, pytest.raises(kind, match="words") as error:
        await asyncio.to_thread(client.post, "/needs", {"title": "x"})
    assert error.value.hint == "do this"
    if isinstance(error.value, InvalidError):
        assert error.value.reasons == {"name": "short"}


async def test_the_api_client_tells_until_when_a_quota_is_used_up(serve: Serve) -> None:
    problem = {"title": "T", "detail": "used up", "free_ms": 1_790_000}
    url = await serve(answering(json.dumps(problem).encode(), status=429))
    with ApiClient(url, "secret") as client, pytest.raises(QuotaError, match="used up") as error:
        await asyncio.to_thread(client.post, "/needs", {"title": "x"})
    assert error.value.free_ms == 1_790_000


async def test_a_command_says_that_the_quota_is_used_up_waits_and_asks_again(
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[object] = []
    slept: list[float] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(await request.json())
        if len(asked) == 1:
            problem = {
                "title": "T",
                "detail": "used up",
                "free_ms": int(time.time() * 1000) + 30_000,
            }
            return web.json_response(problem, status=429)
        return web.json_response({"id": "new"})

    (tmp_path / "address").write_text(await serve(handler), encoding="utf-8")
    create_token(tmp_path, os.urandom)
    monkeypatch.setattr("node.cli.client.time.sleep", slept.append)
    client = Client(tmp_path)
    assert await asyncio.to_thread(client.post, "/needs", {"title": "x"}) == {"id": "new"}
    client.close()
    assert asked == [{"title": "x"}] * 2
    assert 25 < slept[0] <= 30
    assert "used up; waiting" in capsys.readouterr().err


async def test_the_api_client_sends_the_token_and_reads_json(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(
            {
                "path": request.path,
                "token": request.headers.get("Authorization"),
                "query": dict(request.query),
                "body": await request.json() if request.can_read_body else None,
            }
        )

    url = await serve(handler)
    with ApiClient(url, "secret") as client:
        told = await asyncio.to_thread(client.get, "/needs", {"q": "钛"})
        assert told == {
            "path": "/api/v1/needs",
            "token": "Bearer secret",
            "query": {"q": "钛"},
            "body": None,
        }
        told = await asyncio.to_thread(client.post, "/needs", {"title": "钒"})
        assert told["body"] == {"title": "钒"}
        assert b"/api/v1/file" in await asyncio.to_thread(client.download, "/file")


def test_the_api_client_says_when_no_node_answers() -> None:
    with ApiClient("http://127.0.0.1:1") as client, pytest.raises(UnreachableError):
        client.get("/status")
