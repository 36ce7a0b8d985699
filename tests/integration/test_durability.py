"""A node shows who else holds what it published, as three real nodes say over HTTP (P1)."""

from contextlib import AsyncExitStack

import aiohttp

from node.app import Node
from tests.builders import need
from tests.integration.country import Country, wait_until


async def test_an_entry_is_shown_durable_once_two_other_stations_hold_it(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await stack.enter_async_context(Node.create(land.init("国家站", "national")))
        await land.found(national)
        config = land.init("四川站", "regional", [national])
        sichuan = await stack.enter_async_context(Node.create(config))
        await land.admit(national, "四川站", "regional", "510000")
        await wait_until(sichuan, lambda: sichuan.me is not None)
        entry = await sichuan.publisher.apublish(need("一项需求"))
        web = await stack.enter_async_context(aiohttp.ClientSession(sichuan.address))
        path = f"/api/v1/entries/{entry.id}"
        await wait_until(sichuan, lambda: len(sichuan.holdings.holders(entry.header.log, 1)) == 1)
        async with web.get(path) as answer:
            held = (await answer.json())["held_by"]
            assert (held["count"], held["is_national"], held["is_durable"]) == (1, True, False)

        chengdu = await stack.enter_async_context(
            Node.create(land.init("成都站", "grassroots", [sichuan]))
        )
        region = await land.admit(sichuan, "成都站", "grassroots", "510100")

        async def is_durable() -> bool:
            async with web.get(path) as answer:
                return bool((await answer.json())["held_by"]["is_durable"])

        end = sichuan.clock.now_ms() + 20_000
        while not await is_durable():
            assert sichuan.clock.now_ms() < end, "it never came to be durable"
            await chengdu.hub.wait_beyond(chengdu.hub.position, 0.1)
        async with web.get(path) as answer:
            held = (await answer.json())["held_by"]
        assert {each["name"] for each in held["holders"]} == {"国家站", "成都站"}
        assert held["as_of_ms"] <= sichuan.clock.now_ms()
        assert region in {each["station"] for each in held["holders"]}
        async with web.get("/api/v1/status") as answer:
            logs = {each["channel"]: each for each in (await answer.json())["own"]["logs"]}
        assert logs["needs"]["durable_seq"] == logs["needs"]["seq"] == 1
        async with web.get(f"/entries/{entry.id}") as answer:
            assert "已安全保存" in await answer.text()
        async with web.get("/api/v1/entries?channel=registry&kind=act.carried/1") as answer:
            foreign = (await answer.json())["items"][0]["id"]
        async with web.get(f"/api/v1/entries/{foreign}") as answer:
            assert (await answer.json())["held_by"] is None
