"""A started node asks its peers what they hold of its logs before it signs (SPEC 5.7, P4)."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import aiohttp
import pytest

from node.app import Node
from node.config import Config
from node.errors import RecoveringError
from node.readmodels import needs
from node.settings import PeerAddress
from tests.builders import need
from tests.integration.country import Country, wait_until


@contextmanager
def silent_peer() -> Iterator[str]:
    """The address of a peer that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


async def member(stack: AsyncExitStack, land: Country) -> tuple[Node, Config]:
    """A national node that runs, and the settings of a member below it that has published."""
    national = await stack.enter_async_context(Node.create(land.init("国家站", "national")))
    await land.found(national)
    config = land.init("四川站", "regional", [national])
    async with Node.create(config) as regional:
        await land.admit(national, "四川站", "regional", "510000")
        await wait_until(regional, lambda: regional.me is not None and regional.recovery.is_ready)
        await regional.publisher.apublish(need("快照之前"))
        key = regional.keyring.public
        await wait_until(national, lambda: len(national.store.read(lambda r: r.heads(key))) == 1)
    return national, config


def with_peer(config: Config, url: str, key: str, **peering: object) -> Config:
    settings = config.peering.model_copy(update=peering)
    return config.model_copy(
        update={"peers": (PeerAddress(url=url, key=key),), "peering": settings}
    )


async def test_a_node_whose_peer_is_silent_reads_and_does_not_sign(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national, config = await member(stack, land)
        url = stack.enter_context(silent_peer())
        silent = with_peer(config, url, national.keyring.public)
        node = await stack.enter_async_context(Node.create(silent))
        web = await stack.enter_async_context(aiohttp.ClientSession(node.address))

        with pytest.raises(RecoveringError):
            await node.publisher.apublish(need("太早"))

        async with web.get("/readyz") as answer:
            told = await answer.json()
            assert (answer.status, told["state"]) == (503, "recovering")
            assert told["checks"]["recovered"] is False
            assert "1 of 1 peers" in told["reason"]
        async with web.get("/api/v1/status") as answer:
            told = await answer.json()
            assert told["state"] == "recovering"
            assert told["ready_ms"] == node.started_ms + 30_000
            assert "Wait before writing" in told["advice"]
        async with web.get("/peers") as answer:
            assert "暂不签发新条目" in await answer.text()
        headers = {"Authorization": f"Bearer {node.token}"}
        body = {"title": "太早", "text": "还不能签发", "unclassified": True}
        async with web.post("/api/v1/needs", json=body, headers=headers) as answer:
            told = await answer.json()
            assert (answer.status, told["code"]) == (503, "recovering")
            assert answer.headers["Retry-After"]
            assert "try again" in told["hint"]
        assert await node.store.aread(needs.count) == 1


async def test_a_node_whose_peer_is_silent_signs_after_the_time_set(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national, config = await member(stack, land)
        url = stack.enter_context(silent_peer())
        silent = with_peer(config, url, national.keyring.public, recover_s=0.1)
        node = await stack.enter_async_context(Node.create(silent))

        await wait_until(node, lambda: node.recovery.is_ready)

        assert (await node.publisher.apublish(need("等够了"))).header.seq == 2


async def test_a_machine_set_back_with_its_guard_file_opens_a_new_epoch(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national, config = await member(stack, land)
        snapshot = shutil.copytree(config.folder, Path(land.folder) / "snapshot")
        async with Node.create(config) as later:
            await wait_until(later, lambda: later.recovery.is_ready)
            lost = await later.publisher.apublish(need("快照之后"))
            await wait_until(national, lambda: has(national, lost.id))
        shutil.rmtree(config.folder)
        shutil.copytree(snapshot, config.folder)
        back = await stack.enter_async_context(Node.create(config))

        await wait_until(back, lambda: back.recovery.is_ready)
        first = await back.publisher.apublish(need("恢复之后"))

        assert has(back, lost.id)
        assert first.header.epoch > lost.header.epoch
        opening = back.store.read(lambda r: r.entry(first.header.log, 0))
        assert f'"id":"{lost.id}"' in opening.body.decode()
        assert '"why":"restore"' in opening.body.decode()
        await wait_until(national, lambda: has(national, first.id))
        assert national.roster.disputes.is_empty


def has(node: Node, entry: str) -> bool:
    """Whether a need is in force at a node."""
    return bool(node.store.read(lambda reading: needs.find_many(reading, [entry])))
