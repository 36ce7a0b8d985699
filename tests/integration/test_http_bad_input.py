"""Hostile bodies to a running node: each is refused, nothing of it stays, the node goes on."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from node.app import Node
from node.web import body as web_body
from protocol.limits import REQUEST_BYTES_MAX
from protocol.messages import HelloRequest
from tests.builders import StationInTest, need
from tests.integration.signed import Answer, SignedClient

ENTRIES = "/sync/v1/entries"
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
async def nothing_stays(node: Node, member: StationInTest) -> AsyncIterator[None]:
    """After each test the node still answers its member."""
    yield
    async with SignedClient(node, member.key) as asking:
        assert (await asking.ask(HelloRequest())).status == 200


def code(answer: Answer) -> str:
    return str(json.loads(answer.body)["code"])


def codes(answer: Answer) -> list[Any]:
    return [each["code"] for each in json.loads(answer.body)["outcomes"]]


async def send_raw(node: Node, *pieces: bytes, cut: bool = False) -> bytes:
    """Send bytes over a bare socket and read what comes back; ``cut`` closes before that."""
    parts = urlsplit(node.address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if cut:
            return b""
        return await asyncio.wait_for(reader.read(4096), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def head(node: Node, **fields: str) -> bytes:
    lines = {"Host": urlsplit(node.address).netloc, **fields}
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"POST {ENTRIES} HTTP/1.1\r\n{text}\r\n".encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_a_body_announced_too_large_is_refused_before_it_is_read(node: Node) -> None:
    answer = await send_raw(node, head(node, Content_Length=str(REQUEST_BYTES_MAX + 1)))
    assert b" 413 " in answer.splitlines()[0]
    assert b'"too-large"' in answer


async def test_a_body_of_unannounced_length_is_refused_at_the_limit(node: Node) -> None:
    pieces = [chunk(b"x" * 65_536)] * (REQUEST_BYTES_MAX // 65_536 + 1)
    answer = await send_raw(node, head(node, Transfer_Encoding="chunked"), *pieces)
    assert b'"too-large"' in answer


async def test_an_endless_body_is_cut_off(node: Node) -> None:
    parts = urlsplit(node.address)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head(node, Transfer_Encoding="chunked"))
    memory = psutil.Process().memory_info().rss

    async def pour() -> None:
        while not writer.transport.is_closing():
            writer.write(chunk(b"\0" * 65_536))
            await writer.drain()

    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(pour(), 20)
    assert psutil.Process().memory_info().rss - memory < 64 * MIB
    writer.close()


async def test_a_body_that_never_comes_is_given_up_after_a_while(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_body, "BODY_S", 0.2)
    answer = await send_raw(node, head(node, Content_Length="100"), b"only this")
    assert b'"bad-request"' in answer
    assert b"took longer" in answer


async def test_a_body_cut_by_a_lost_connection_leaves_nothing(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    text = member.text()
    fields = client.sign("POST", ENTRIES, "", text)
    before = node.hub.position
    signed = {name.replace("-", "_"): value for name, value in fields.items()}
    await send_raw(node, head(node, Content_Length=str(len(text)), **signed), text[:-50], cut=True)
    assert (await client.ask(HelloRequest())).status == 200
    assert node.hub.position == before


async def test_a_text_that_ends_inside_an_entry_gives_its_whole_runs_and_a_refusal(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    await client.push(member.text())
    second = member.sign(need("第二个"))
    third = member.sign(need("第三个"))
    log = member.log("needs")
    answer = await client.push(log.text(2, 2) + log.text(3, 3)[:-20])
    assert codes(answer) == ["accepted", "malformed"]
    held = json.loads((await client.ask(HelloRequest())).body)["heads"]
    assert [head["id"] for head in held] == [second.id]
    assert third.id != second.id


async def test_a_gzip_bomb_is_stopped_at_the_limit(node: Node, client: SignedClient) -> None:
    bomb = gzip.compress(b"\0" * (1024 * MIB // 4), 9)
    assert len(bomb) < MIB
    memory = psutil.Process().memory_info().rss
    answer = await client.send("POST", "/entries", "", bomb, {"Content-Encoding": "gzip"})
    assert (answer.status, code(answer)) == (413, "too-large")
    assert psutil.Process().memory_info().rss - memory < 32 * MIB


async def test_a_bomb_in_a_bomb_is_not_unpacked_twice(client: SignedClient) -> None:
    nested = gzip.compress(gzip.compress(b"\0" * MIB))
    answer = await client.send("POST", "/entries", "", nested, {"Content-Encoding": "gzip, gzip"})
    assert code(answer) == "bad-request"


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "compress", "gzip, gzip", "x"])
async def test_other_packings_are_refused(client: SignedClient, encoding: str) -> None:
    answer = await client.send("POST", "/entries", "", b"abc", {"Content-Encoding": encoding})
    assert code(answer) == "bad-request"


async def test_cut_gzip_is_refused(member: StationInTest, client: SignedClient) -> None:
    packed = gzip.compress(member.text())[:-9]
    answer = await client.send("POST", "/entries", "", packed, {"Content-Encoding": "gzip"})
    assert code(answer) == "bad-request"


@pytest.mark.parametrize(
    "text",
    [b"\n", b"\n\n", b"hello\n{}\n", b"\0" * 1000, b"\xff\n\xff\n", b"yz1 \n{}\n", b"x" * 100_000],
)
async def test_text_that_is_no_log_is_refused_run_by_run(
    node: Node, client: SignedClient, text: bytes
) -> None:
    before = node.hub.position
    answer = await client.push(text)
    assert answer.status == 200
    assert set(codes(answer)) <= {"malformed", "too-large", "unsupported"}
    assert node.hub.position == before


async def test_an_empty_push_stores_nothing(node: Node, client: SignedClient) -> None:
    assert codes(await client.push(b"")) == []


async def test_one_bad_run_does_not_take_the_good_ones_with_it(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    good = member.sign(need())
    broken = bytearray(member.log("results").text())
    broken[-5] ^= 1
    answer = await client.push(member.log("needs").text() + bytes(broken))
    assert codes(answer) == ["accepted", "bad-body"]
    assert (await client.ask(HelloRequest())).body.count(good.id.encode()) == 1


def requests_of_garbage() -> Iterable[bytes]:
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64
    yield b"GET / HTTP/9.9\r\n\r\n"
    yield b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 2_000 + b"\r\n"
    yield b"POST /sync/v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"
    yield (
        b"POST /sync/v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    yield b"GET /needs/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"GET /static/%2e%2e/%2e%2e/render.py HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("garbage", list(requests_of_garbage()))
async def test_what_is_no_http_is_answered_with_a_refusal_or_nothing(
    node: Node, garbage: bytes
) -> None:
    answer = await send_raw(node, garbage)
    assert answer == b"" or answer.split(b" ")[1][:1] == b"4"
    assert b"root:" not in answer
    assert b"Traceback" not in answer


async def test_many_open_connections_that_say_nothing_do_not_keep_others_out(
    node: Node, client: SignedClient
) -> None:
    parts = urlsplit(node.address)
    idle = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(200)]
    try:
        assert (await client.ask(HelloRequest())).status == 200
    finally:
        for _, writer in idle:
            writer.close()
