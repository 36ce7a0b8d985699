"""One running node as its keeper, a reader and a supervisor see it (DESIGN section 3)."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from node.app import Node
from node.errors import ConfigError, StoreLockedError
from node.web import events
from tests.builders import StationInTest, need
from tests.integration.country import Country
from tests.integration.signed import SignedClient

HTML = {"Accept": "text/html"}


@pytest.fixture
async def web(node: Node) -> AsyncIterator[aiohttp.ClientSession]:
    """A program that talks to the node, without its token."""
    async with aiohttp.ClientSession(node.address) as session:
        yield session


def token_of(node: Node) -> dict[str, str]:
    return {"Authorization": f"Bearer {node.token}"}


async def test_the_address_file_holds_the_real_port_while_the_node_runs(land: Country) -> None:
    config = land.init("国家站", "national")
    async with Node.create(config) as node:
        assert (config.folder / "address").read_text() == f"{node.address}\n"
        assert not node.address.endswith(":0")
    assert not (config.folder / "address").exists()


async def test_a_supervisor_learns_that_it_lives_and_is_ready(web: aiohttp.ClientSession) -> None:
    async with web.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    async with web.get("/readyz") as answer:
        assert answer.status == 200
        assert all((await answer.json())["checks"].values())


async def test_metrics_are_in_prometheus_text(web: aiohttp.ClientSession) -> None:
    async with web.get("/api/v1/status") as answer:
        assert answer.status == 200
    async with web.get("/metrics") as answer:
        text = await answer.text()
    assert "yizhan_feed_position" in text
    assert (
        'yizhan_http_requests_total{method="GET",route="/api/v1/status",status="200"} 1.0' in text
    )


async def test_the_document_of_the_whole_api_is_valid(
    node: Node, web: aiohttp.ClientSession
) -> None:
    async with web.get("/api/v1/openapi.json") as answer:
        document = await answer.json()
    OpenAPIV31SpecValidator(document).validate()
    assert {"/api/v1/status", "/api/v1/stations/{id}"} <= document["paths"].keys()
    open_writes = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if method != "get" and not told.get("security")
    ]
    assert open_writes == []


async def test_every_write_of_the_api_is_refused_without_the_token(
    node: Node, web: aiohttp.ClientSession
) -> None:
    async with web.get("/api/v1/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    before = node.hub.position
    tried = 0
    for path, methods in paths.items():
        for method in methods.keys() - {"get"}:
            address = path.replace("{", "").replace("}", "")
            async with web.request(method, address, json={}) as answer:
                assert answer.status == 401, (method, path)
                assert (await answer.json())["code"] == "no-token"
            tried += 1
    assert tried >= 1
    assert node.hub.position == before


async def test_the_status_of_an_admitted_node_says_what_it_is(
    node: Node, web: aiohttp.ClientSession
) -> None:
    async with web.get("/api/v1/status") as answer:
        told = await answer.json()
    assert node.me is not None
    assert told["station"] == node.me.id
    assert (told["mode"], told["tier"], told["is_admitted"]) == ("national", "national", True)
    assert told["entries"] == 2
    assert told["advice"] == ""


async def test_a_node_not_admitted_yet_says_so_and_what_to_do(land: Country) -> None:
    async with (
        Node.create(land.init("新站", "grassroots")) as node,
        aiohttp.ClientSession(node.address) as web,
        web.get("/api/v1/status") as answer,
    ):
        told = await answer.json()
    assert (told["station"], told["is_admitted"]) == (None, False)
    assert "not admitted" in told["advice"]


async def test_an_entry_is_shown_with_the_lines_that_were_signed(
    web: aiohttp.ClientSession, member: StationInTest, client: SignedClient
) -> None:
    entry = member.sign(need())
    await client.push(member.text())
    async with web.get(f"/api/v1/entries/{entry.id}") as answer:
        told = await answer.json()
    assert told["header"].encode() == entry.line
    assert told["body"].encode() == entry.body
    assert told["entry"]["station"] == member.id
    async with web.get("/api/v1/entries/nothing") as answer:
        assert answer.status == 404


async def test_an_entry_without_effect_is_kept_and_shown_with_the_reason(
    web: aiohttp.ClientSession, member: StationInTest, client: SignedClient
) -> None:
    entry = member.sign_raw("needs", "need.wished/1", b'{"wish":1}')
    await client.push(member.text())
    async with web.get("/api/v1/entries?reason=any") as answer:
        (told,) = (await answer.json())["items"]
    assert (told["id"], told["reason"]) == (entry.id, "unknown-kind")


async def test_a_fork_shows_in_status_and_console_and_an_entry_can_be_stood_by(
    land: Country,
    node: Node,
    web: aiohttp.ClientSession,
    member: StationInTest,
    client: SignedClient,
) -> None:
    twin = StationInTest(land.network, member.name, member.clock)
    later_ms = node.clock.now_ms() + 1000
    for each, title in ((member, "甲"), (twin, "乙")):
        each.sign(need(title), time=later_ms)
    member.sign(need("甲二"))
    await client.push(member.text())
    await client.push(twin.text("needs"))

    await node.scheduler.run("show-forks")

    async with web.get("/api/v1/status") as answer:
        (fork,) = (await answer.json())["forks"]
    assert (fork["station"], fork["channel"], fork["is_own"]) == (member.id, "needs", False)
    async with web.get("/api/v1/entries?reason=disputed") as answer:
        disputed = (await answer.json())["items"]
    assert len(disputed) == fork["disputed"] > 0
    async with web.get("/peers", headers=HTML) as answer:
        assert "有争议的日志" in await answer.text()
    keep = f"/api/v1/entries/{disputed[0]['id']}/keep"
    async with web.post(keep, json={}, headers=token_of(node)) as answer:
        assert (answer.status, (await answer.json())["reason"]) == (200, "")
    async with web.post(keep, json={}, headers=token_of(node)) as answer:
        assert answer.status == 409


async def test_the_logs_come_as_signed_text_registry_first(
    web: aiohttp.ClientSession, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    await client.push(member.text())
    async with web.get("/api/v1/log") as answer:
        text = await answer.read()
    assert text.index(b" registry ") < text.index(b" needs ")
    assert member.log("needs").text() in text
    async with web.get("/api/v1/log?channel=needs") as answer:
        assert await answer.read() == member.log("needs").text()
    async with web.get("/api/v1/log?channel=gossip") as answer:
        assert answer.status == 422


async def test_a_rebuild_gives_the_same_digests(
    node: Node, web: aiohttp.ClientSession, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    await client.push(member.text())
    async with web.get("/api/v1/digests") as answer:
        before = await answer.json()
    async with web.post("/api/v1/rebuild", json={}, headers=token_of(node)) as answer:
        assert answer.status == 200
        assert await answer.json() == before


async def test_live_figures_come_when_the_feed_moves(
    node: Node, web: aiohttp.ClientSession, member: StationInTest, client: SignedClient
) -> None:
    async with web.get("/events") as stream:
        assert stream.content_type == "text/event-stream"

        async def next_figures() -> dict[str, int]:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    found: dict[str, int] = json.loads(line[6:])
                    return found
            raise AssertionError("the stream ended")

        first = await asyncio.wait_for(next_figures(), 10)
        member.sign(need())
        await client.push(member.text())
        second = await asyncio.wait_for(next_figures(), 10)
    assert second["needs"] == first["needs"] + 1
    assert second["entries"] > first["entries"]


async def test_more_pages_than_can_be_kept_up_to_date_are_told_to_come_later(
    web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "STREAMS_MAX", 1)
    async with web.get("/events") as first:
        assert first.status == 200
        async with web.get("/events") as second:
            assert second.status == 503
            assert (await second.json())["code"] == "busy"


async def test_every_page_of_the_console_is_served_under_the_policy(
    node: Node, web: aiohttp.ClientSession
) -> None:
    plain = [page.path for page in node.mode.pages if "{" not in page.path]
    assert "/" in plain
    for path in [*plain, "/api"]:
        async with web.get(path, headers=HTML) as answer:
            html = await answer.text()
            assert answer.status == 200, (path, html)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert '<html lang="zh' in html
            assert "<script>" not in html
            assert "style=" not in html
    for path in ("/static/style.css", "/static/live.js"):
        async with web.get(path) as answer:
            assert answer.status == 200


async def test_english_is_one_click_away_and_remembered(web: aiohttp.ClientSession) -> None:
    async with web.get("/?lang=en", headers=HTML) as answer:
        assert '<html lang="en"' in await answer.text()
        assert answer.cookies["lang"].value == "en"


async def test_a_reader_gets_a_page_and_a_program_a_document_for_what_is_missing(
    web: aiohttp.ClientSession,
) -> None:
    async with web.get("/needs/nothing", headers=HTML) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")
    async with web.get("/api/v1/stations/nothing", headers=HTML) as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_a_taken_port_is_one_clear_error_and_frees_the_store(land: Country) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = land.init("国家站", "national", listen_port=port)
        with pytest.raises(ConfigError) as refused:
            await Node.create(config).start()
    assert str(port) in refused.value.message
    assert "\n" not in refused.value.message
    assert not (config.folder / "address").exists()
    async with Node.create(config) as node:
        assert node.address.endswith(f":{port}")


async def test_a_second_node_on_one_folder_is_refused_and_told_which_runs(land: Country) -> None:
    config = land.init("国家站", "national")
    async with Node.create(config):
        with pytest.raises(StoreLockedError) as refused:
            Node.create(config)
    assert str(os.getpid()) in refused.value.message


@pytest.mark.parametrize("name", ["genesis.json", "key.json", "token"])
async def test_a_missing_file_is_one_clear_error(land: Country, name: str) -> None:
    config = land.init("国家站", "national")
    (config.folder / name).unlink()
    with pytest.raises(ConfigError) as refused:
        Node.create(config)
    assert name in refused.value.message
    assert not (config.folder / "node.db").exists()


RUN = """
import asyncio, sys
from pathlib import Path
from node.app import run_node
from node.config import load_config
asyncio.run(run_node(load_config(Path(sys.argv[1]))))
"""


async def wait_for_address(folder: Path, process: asyncio.subprocess.Process) -> str:
    """The address a node wrote; polls the file system, which wakes nobody."""
    for _ in range(600):
        if (folder / "address").exists():
            return (folder / "address").read_text().strip()
        assert process.returncode is None
        await asyncio.sleep(0.05)
    raise AssertionError("the node did not start")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_running_node_stops_gracefully_when_told(land: Country, number: int) -> None:
    config = land.init("国家站", "national")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, str(config.folder), stderr=asyncio.subprocess.PIPE
    )
    address = await wait_for_address(config.folder, process)
    async with aiohttp.ClientSession(address) as web:
        stream = await web.get("/events")
        async with web.get("/healthz") as answer:
            assert answer.status == 200
        process.send_signal(number)
        _, told = await asyncio.wait_for(process.communicate(), 20)
        stream.close()
    assert process.returncode == 0, told.decode()
    assert not (config.folder / "address").exists()
    lines = [json.loads(line) for line in told.decode().splitlines()]
    assert [line["event"] for line in lines] == ["started", "stopped"]
    assert lines[0]["node"] == "国家站"
