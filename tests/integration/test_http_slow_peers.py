"""Who sends or reads slowly holds up nobody else, and not for ever (DESIGN 1.7)."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from node.app import Node
from node.web import api, delivery, server, sync
from protocol.exchange import ROOT
from protocol.messages import ChangesRequest, HelloRequest
from tests.builders import StationInTest, need
from tests.integration.country import Country
from tests.integration.signed import SignedClient

PATIENCE_S = 20


@asynccontextmanager
async def socket_to(node: Node) -> AsyncIterator[socket.socket]:
    """A connection that takes in next to nothing unless it is read."""
    parts = urlsplit(node.address)
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (parts.hostname, parts.port))
        yield made


async def is_closed(made: socket.socket) -> bool:
    """Read to the end: whether the other side ended it."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE_S):
        try:
            while await loop.sock_recv(made, 65_536):
                pass
        except ConnectionError:
            pass
    return True


def get(node: Node, path: str, fields: dict[str, str]) -> bytes:
    lines = {"Host": urlsplit(node.address).netloc, **fields}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{text}\r\n".encode()


async def fill(node: Node, member: StationInTest) -> None:
    """Some mebibytes of needs."""
    for number in range(130):
        member.sign(need(f"需求 {number}", text="述" * 8000))
    log = member.log("needs")
    for first in range(0, 131, 20):
        await node.ingest.areceive(log.text(first, min(first + 19, 130)), "peer")


def code(body: bytes) -> bool:
    return b'"busy"' in body


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_connection_without_a_whole_request_is_closed_after_a_while(
    land: Country, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(server, "IDLE_S", 0.3)
    async with (
        Node.create(land.init("国家站", "national")) as node,
        socket_to(node) as made,
    ):
        await asyncio.get_running_loop().sock_sendall(made, begun)
        assert await is_closed(made)


async def test_a_reader_who_does_not_take_the_answers_is_told_busy_and_cut_off(
    node: Node, member: StationInTest, client: SignedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(node, member)
    app = node.server.app
    assert app is not None
    answers = app[sync.ANSWERS]
    monkeypatch.setattr(delivery, "ANSWER_S", 1.0)
    monkeypatch.setattr(answers, "_most", 1)
    page = get(node, f"{ROOT}/changes?echo=1", client.sign("GET", f"{ROOT}/changes", "echo=1", b""))
    async with socket_to(node) as slow, SignedClient(node, None) as other:
        await asyncio.get_running_loop().sock_sendall(slow, page * 8)
        while (answer := await client.ask(HelloRequest())).status == 200:
            assert (await other.ask(HelloRequest())).status == 200
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert code(answer.body)
        async with asyncio.timeout(PATIENCE_S):
            while answers._taken:
                await asyncio.sleep(0.01)
        assert await is_closed(slow)
    assert (await client.ask(HelloRequest())).status == 200


async def test_a_caller_may_let_so_many_requests_wait_for_news_and_no_more(
    node: Node, member: StationInTest, client: SignedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = node.server.app
    assert app is not None
    polls = app[sync.POLLS]
    monkeypatch.setattr(polls, "_most", 2)
    cursor = str((await client.changes(ChangesRequest())).cursor)
    wanted = ChangesRequest(after=cursor, wait_s=30)
    waiting = [asyncio.create_task(client.ask(wanted)) for _ in range(2)]
    while polls._taken[member.key.public] < 2:
        await asyncio.sleep(0)
    assert code((await client.ask(wanted)).body)
    assert (await client.ask(HelloRequest())).status == 200
    await node.ingest.areceive(member.log("needs").text(), "peer")
    for poll in waiting:
        assert (await poll).status == 200
    assert not polls._taken


async def test_a_long_file_is_given_to_one_stranger_at_a_time_and_not_for_ever(
    node: Node, member: StationInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(node, member)
    monkeypatch.setattr(api, "STALLED_S", 1.0)
    keeper = {"Authorization": f"Bearer {node.token}"}
    log = f"{node.address}/api/v1/log"
    async with socket_to(node) as slow, aiohttp.ClientSession() as web:
        await asyncio.get_running_loop().sock_sendall(slow, get(node, "/api/v1/log", {}))
        app = node.server.app
        assert app is not None
        while not app[api.STREAMS]._taken:
            await asyncio.sleep(0)
        async with web.get(log) as refused:
            assert refused.status == 503
            assert code(await refused.read())
        async with web.get(log, headers=keeper) as given:
            assert len(await given.read()) > 3_000_000
        async with asyncio.timeout(PATIENCE_S):
            while app[api.STREAMS]._taken:
                await asyncio.sleep(0.01)
        assert await is_closed(slow)
        async with web.get(log) as given:
            assert len(await given.read()) > 3_000_000


async def test_strangers_together_get_a_fifth_of_the_time_it_takes_to_take_them_in(
    node: Node, stranger: SignedClient, land: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    areceive = node.ingest.areceive

    async def slowly(text: bytes, source: str) -> Any:
        await asyncio.sleep(0.1)
        return await areceive(text, source)

    monkeypatch.setattr(node.ingest, "areceive", slowly)
    outsider = StationInTest(land.network, "陌生站", node.clock)  # type: ignore[arg-type]
    begun_s = time.monotonic()
    text = outsider.log("registry").text()
    pushed = asyncio.create_task(stranger.push(text))
    app = node.server.app
    assert app is not None
    while not app[sync.SLOTS]._taken:
        await asyncio.sleep(0)
    outsider = StationInTest(land.network, "另一站", node.clock)  # type: ignore[arg-type]
    async with SignedClient(node, outsider.key) as another:
        assert code((await another.push(outsider.log("registry").text())).body)
    assert (await pushed).status == 200
    assert time.monotonic() - begun_s > 0.4
