"""Memberships by command: two regions act for a third that is gone, endings, moves (A7, A9, M5)."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from node.app import Node
from node.cli import main
from tests.builders import need
from tests.integration.country import Country, wait_until
from tests.integration.test_http_two_nodes import start


async def command(*words: str | Path) -> int:
    return await asyncio.to_thread(main, [str(word) for word in words])


async def join(stack: AsyncExitStack, land: Country, issuer: Node, name: str, code: str) -> Node:
    mode = "grassroots" if issuer.config.mode == "regional" else "regional"
    node = await start(stack, land, name, mode, issuer)
    await land.admit(issuer, name, mode, code)
    await wait_until(node, lambda: node.me is not None)
    return node


async def test_two_regions_renew_and_admit_in_the_place_of_one_that_is_gone(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        zhejiang = await join(stack, land, national, "浙江站", "330000")
        guangdong = await join(stack, land, national, "广东站", "440000")
        async with AsyncExitStack() as gone:
            sichuan = await join(gone, land, national, "四川站", "510000")
            assert sichuan.me is not None
            parent = sichuan.me.id
            land.init("成都站", "grassroots", [national])
            member = await land.admit(sichuan, "成都站", "grassroots", "510100")
            await wait_until(zhejiang, lambda: zhejiang.roster.get(member) is not None)
        before = zhejiang.roster.stations[member].until_ms
        act = land.folder / "renewal.json"
        here = ("--dir", zhejiang.config.folder)
        assert await command("station", "renew", member, "--days", "60", "-o", act, *here) == 0
        assert await command("station", "sign", act, *here) == 0
        assert await command("admit", "--act", act, *here) == 1
        assert await command("station", "sign", act, "--dir", guangdong.config.folder) == 0
        assert await command("admit", "--act", act, *here) == 0
        await wait_until(national, lambda: national.roster.stations[member].until_ms != before)
        assert national.roster.parent(member) == parent
        newcomer = land.init("乐山站", "grassroots", [zhejiang])
        asked = ("--level", "grassroots", "--division", "511100", "--in-place-of", parent)
        act = land.folder / "admission.json"
        assert await command("admit", newcomer.folder, *asked, "-o", act, *here) == 0
        for node in (zhejiang, guangdong):
            assert await command("station", "sign", act, "--dir", node.config.folder) == 0
        assert await command("admit", "--act", act, *here) == 0
        async with Node.create(newcomer) as leshan:
            await wait_until(leshan, lambda: leshan.me is not None)
            await leshan.publisher.apublish(need("乐山的需求"))
            assert leshan.me is not None
            assert leshan.roster.parent(leshan.me.id) == parent


async def test_a_station_is_suspended_lifted_promoted_and_leaves(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        regional = await join(stack, land, national, "四川站", "510000")
        assert regional.me is not None
        id_ = regional.me.id
        here = ("--dir", national.config.folder)
        assert await command("station", "end", id_, "--why", "suspended", *here) == 0
        assert national.roster.stations[id_].ended == "suspended"
        assert await command("station", "renew", id_, *here) == 0
        assert national.roster.stations[id_].ended is None
        assert await command("station", "renew", id_, "--level", "grassroots", *here) == 0
        assert national.roster.tier(id_) == "grassroots"
        await wait_until(regional, lambda: regional.roster.tier(id_) == "grassroots")
        own = ("--dir", regional.config.folder)
        assert await command("station", "end", id_, "--why", "exited", *own) == 0
        await wait_until(national, lambda: national.roster.stations[id_].ended == "exited")


async def test_the_council_hands_over_and_the_next_one_admits(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await start(stack, land, "国家站", "national")
        await land.found(national)
        assert national.me is not None
        id_, here = national.me.id, ("--dir", national.config.folder)
        act, next_ = land.folder / "handover.json", land.folder / "next"
        old = land.folder / "network" / "council" / "1.key"
        asked = ("--keys", "2", "--threshold", "2", "-o", act, *here)
        assert await command("network", "rotate", next_, *asked) == 0
        assert await command("admit", "--act", act, *here) == 1
        signing = ("--council", old, "--genesis", land.genesis)
        assert await command("network", "sign", act, *signing) == 0
        assert await command("admit", "--act", act, *here) == 0
        assert national.roster.stations[id_].ended is None
        other = land.init("第二国家站", "national", [national]).folder
        level = ("--level", "national", *here)
        assert await command("admit", other, *level, "--council", old) == 1
        keys = [word for n in (1, 2) for word in ("--council", next_ / f"{n}.key")]
        assert await command("admit", other, *level, *keys) == 0
        assert len(national.roster.stations) == 2
