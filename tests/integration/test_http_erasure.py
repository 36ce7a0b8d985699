"""Over HTTP: a body that a relay stripped comes from another peer, and an erasure reaches all."""

from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from node.app import Node
from node.cli import main
from node.readmodels import entries, needs
from node.store.absence import put_bodies
from protocol.entry import Entry
from tests.builders import need
from tests.integration.country import Country, peer_address, wait_until


def reason_at(node: Node, entry: Entry) -> str | None:
    found = node.store.read(lambda r: entries.find_many(r, [entry.id]))
    return found[entry.id].reason if found else None


def strip(node: Node, entry: Entry) -> None:
    """Have a node leave a body out of all it hands on."""
    log, seq = entry.header.log, entry.header.seq

    def empty(tx: Any) -> None:
        put_bodies(tx.connection, tx.find_log(log), {seq: b""})

    node.store.write(empty)


async def ask(
    web: aiohttp.ClientSession, node: Node, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {node.token}"}
    method = "GET" if body is None else "POST"
    async with web.request(method, node.address + path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_stripped_body_comes_from_another_peer_and_an_erasure_reaches_everyone(
    land: Country,
) -> None:
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(aiohttp.ClientSession())
        national = await stack.enter_async_context(Node.create(land.init("国家站", "national")))
        await land.found(national)
        relay = await stack.enter_async_context(
            Node.create(land.init("四川站", "regional", [national]))
        )
        await land.admit(national, "四川站", "regional", "510000")
        await wait_until(relay, lambda: relay.me is not None)
        config = land.init("成都站", "grassroots", [relay])
        await land.admit(relay, "成都站", "grassroots", "510100")
        entry = await national.publisher.apublish(need("不该公布的配方"))
        await wait_until(relay, lambda: reason_at(relay, entry) == "")
        strip(relay, entry)

        async with Node.create(config) as alone:
            await wait_until(alone, lambda: reason_at(alone, entry) == "absent")
            assert alone.store.read(needs.find) == []
        both = config.model_copy(update={"peers": (peer_address(relay), peer_address(national))})
        reader = await stack.enter_async_context(Node.create(both))
        await wait_until(reader, lambda: reason_at(reader, entry) == "")
        assert [each.id for each in reader.store.read(needs.find)] == [entry.id]

        path = f"/api/v1/entries/{entry.id}"
        wrong = [
            await ask(web, reader, f"{path}/erasure", {"reason": "request"}),
            await ask(web, national, f"{path}/erasure", {"reason": "tired"}),
            await ask(web, national, f"{path[:-1]}x/erasure", {"reason": "request"}),
        ]
        assert [status for status, _ in wrong] == [403, 422, 404]
        opening = national.store.read(lambda r: r.entry(entry.header.log, 0)).id
        status, told = await ask(
            web, national, f"/api/v1/entries/{opening}/erasure", {"reason": "request"}
        )
        assert (status, "permanent" in told["detail"]) == (422, True)

        folder = str(national.config.folder)
        code = await in_thread(["erase", entry.id, "--reason", "confidential", "--dir", folder])
        assert code == 0
        again = await ask(web, national, f"{path}/erasure", {"reason": "request"})
        assert again[0] == 409
        for node in (national, relay, reader):
            await wait_until(node, lambda node=node: reason_at(node, entry) == "erased")
            assert node.store.read(needs.find) == []
            lines = node.store.read(lambda r: b"".join(r.log_texts()))
            assert "不该公布的配方".encode() not in lines

        async def confirmed() -> dict[str, Any]:
            _, told = await ask(web, national, path)
            return dict(told["erasure"])

        await wait_for_one(national, confirmed)
        told = await confirmed()
        names = {each["name"] for each in told["held_by"]["holders"]}
        assert (told["reason"], "四川站" in names) == ("confidential", True)
        async with web.get(f"{national.address}/entries/{entry.id}") as answer:
            shown = await answer.text()
        assert "正文已删除" in shown
        assert "涉及保密内容" in shown
        assert (await ask(web, reader, path))[1]["erasure"]["held_by"] is None
        assert await in_thread(["erase", entry.id, "--status", "--dir", folder]) == 0
        assert await in_thread(["erase", opening, "--status", "--dir", folder]) == 1
        assert await in_thread(["erase", entry.id, "--dir", folder]) == 2
        assert await in_thread(["verify", "--dir", folder]) == 0


async def in_thread(words: list[str]) -> int:
    import asyncio

    return await asyncio.to_thread(main, words)


async def wait_for_one(node: Node, confirmed: Any) -> None:
    end = node.clock.now_ms() + 20_000
    while (await confirmed())["held_by"]["count"] < 1:
        assert node.clock.now_ms() < end, "nobody ever confirmed"
        await node.hub.wait_beyond(node.hub.position, 0.1)
