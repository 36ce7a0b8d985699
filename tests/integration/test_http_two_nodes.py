"""Two and three real nodes exchange entries over real sockets (SPEC 7, DESIGN 2.2)."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

import aiohttp

from node.app import Node
from node.cli.store import rotate_offline
from node.readmodels import needs
from node.web.status import digests
from tests.builders import need
from tests.integration.country import Country, wait_until


async def holds(node: Node, count: int) -> bool:
    return await node.store.aread(needs.count) == count


async def wait_for_needs(node: Node, count: int) -> None:
    end = node.clock.now_ms() + 20_000
    while not await holds(node, count):
        assert node.clock.now_ms() < end, "the need did not arrive"
        await node.hub.wait_beyond(node.hub.position, 0.1)


async def start(stack: AsyncExitStack, land: Country, name: str, mode: str, *peers: Node) -> Node:
    return await stack.enter_async_context(Node.create(land.init(name, mode, peers)))


async def test_a_station_sees_its_admission_and_then_takes_and_gives_entries(
    land: Country,
) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        regional = await start(stack, land, "四川站", "regional", national)
        assert regional.me is None
        station = await land.admit(national, "四川站", "regional", "510000")
        await wait_until(regional, lambda: regional.me is not None)
        assert regional.me is not None
        assert regional.me.id == station
        await national.publisher.apublish(need("国家站的需求"))
        await wait_for_needs(regional, 1)
        await regional.publisher.apublish(need("四川站的需求"))
        await wait_for_needs(national, 2)
        one, other = await digests(national), await digests(regional)
        assert (one.heads, one.readmodels) == (other.heads, other.readmodels)


async def test_a_node_on_either_database_shows_the_same(
    land: Country, store_url: Callable[[str], str]
) -> None:
    async with AsyncExitStack() as stack:
        config = land.init("国家站", "national", database_url=store_url("node"))
        national = await stack.enter_async_context(Node.create(config))
        await land.found(national)
        regional = await start(stack, land, "四川站", "regional", national)
        await land.admit(national, "四川站", "regional", "510000")
        await wait_until(regional, lambda: regional.me is not None)
        await national.publisher.apublish_many([(need(f"需求 {n}"), "-") for n in range(20)])
        await wait_for_needs(regional, 20)
        one, other = await digests(national), await digests(regional)
        assert (one.heads, one.total) == (other.heads, other.total)
        async with aiohttp.ClientSession(national.address) as web:
            for path in ("/", "/needs", "/stations", "/entries", "/api/v1/status"):
                async with web.get(path) as answer:
                    assert answer.status == 200, await answer.text()


async def test_entries_reach_a_third_node_through_the_one_between(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        regional = await start(stack, land, "四川站", "regional", national)
        await land.admit(national, "四川站", "regional", "510000")
        await wait_until(regional, lambda: regional.me is not None)
        local = await start(stack, land, "成都站", "grassroots", regional)
        await land.admit(regional, "成都站", "grassroots", "510100")
        await wait_until(local, lambda: local.me is not None)
        await local.publisher.apublish(need("成都的需求"))
        await wait_for_needs(national, 1)
        await national.publisher.apublish(need("国家站的需求"))
        await wait_for_needs(local, 2)


async def test_a_node_that_was_away_catches_up_when_it_comes_back(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        config = land.init("四川站", "regional", [national])
        async with Node.create(config) as regional:
            await land.admit(national, "四川站", "regional", "510000")
            await wait_until(regional, lambda: regional.me is not None)
        await national.publisher.apublish_many([(need(f"需求 {n}"), "-") for n in range(300)])
        async with Node.create(config) as back:
            await wait_for_needs(back, 300)


async def test_a_node_that_nobody_admitted_gets_nothing_accepted(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        before = national.hub.position
        outsider = await start(stack, land, "陌生站", "grassroots", national)
        await wait_until(outsider, lambda: len(outsider.roster.stations) == 1)
        assert outsider.me is None
        await national.publisher.apublish(need("只给成员"))
        assert national.hub.position > before
        assert await holds(outsider, 0)


async def test_a_station_that_took_a_new_key_goes_on_as_the_same_station(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        config = land.init("四川站", "regional", [national])
        async with Node.create(config) as regional:
            id_ = await land.admit(national, "四川站", "regional", "510000")
            await wait_until(regional, lambda: regional.me is not None)
            await regional.publisher.apublish(need("旧钥的需求"))
            await wait_for_needs(national, 1)
        key = await asyncio.to_thread(rotate_offline, config.folder, by_recovery=False)
        async with Node.create(config) as back:
            assert (back.keyring.public, back.me and back.me.id) == (key, id_)
            await wait_until(back, lambda: back.recovery.is_ready)
            await back.publisher.apublish(need("新钥的需求"))
            await wait_for_needs(national, 2)
            station = national.roster.get(id_)
            assert station is not None
            assert station.key == key
            await national.publisher.apublish(need("国家站的需求"))
            await wait_for_needs(back, 3)


async def test_a_station_below_finds_its_uplink_again_after_that_took_a_new_key(
    land: Country,
) -> None:
    async with AsyncExitStack() as stack:
        config = land.init("国家站", "national", listen_port=find_port())
        async with Node.create(config) as national:
            await land.found(national)
            regional = await start(stack, land, "四川站", "regional", national)
            await land.admit(national, "四川站", "regional", "510000")
            await wait_until(regional, lambda: regional.me is not None)
        key = await asyncio.to_thread(rotate_offline, config.folder, by_recovery=True)
        async with Node.create(config) as national:
            await national.publisher.apublish(need("新钥的需求"))
            await wait_for_needs(regional, 1)
            assert regional.roster.station_of(key) is not None
            await regional.publisher.apublish(need("四川站的需求"))
            await wait_for_needs(national, 2)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
