"""Nodes that talk by themselves until all hold the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from node.app import Node
from node.peering.choice import Candidate
from node.peering.health import PeerState
from node.peering.link import Link
from node.peering.running import RunningBell
from node.settings import PeerAddress
from node.store import Writing
from node.web.status import peer_views
from protocol.actions import AfterLead, Conversation
from protocol.limits import CHANNELS
from protocol.messages import Outcome
from tests.builders import need
from tests.integration.breaking import BreakingLine
from tests.integration.country import Country, wait_until
from tests.integration.test_http_two_nodes import find_port


class Land(Country):
    """A country whose nodes are opened one by one and closed together."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        super().__init__(folder)
        self.stack = stack

    async def open(self, name: str, mode: str, peers: Sequence[Node] = ()) -> Node:
        config = self.init(name, mode, peers, search=False)
        return await self.stack.enter_async_context(Node.create(config))

    async def member(self, issuer: Node, name: str, mode: str, *, dialled: bool = True) -> Node:
        node = await self.open(name, mode, [issuer])
        endpoints = (node.address,) if dialled else ()
        await self.admit(issuer, name, mode, endpoints=endpoints)
        await wait_until(node, lambda: node.me is not None)
        return node


@pytest.fixture
async def land(tmp_path: Path) -> AsyncIterator[Land]:
    async with AsyncExitStack() as stack:
        yield Land(tmp_path, stack)


@pytest.fixture
async def national(land: Land) -> Node:
    node = await land.open("国家站", "national")
    await land.found(node)
    return node


def state(node: Node) -> str:
    return node.store.read(lambda reading: reading.digest(CHANNELS))


async def agree(nodes: Sequence[Node]) -> None:
    for node in nodes:
        await wait_until(node, lambda: len({state(each) for each in nodes}) == 1)


async def test_a_need_reaches_a_station_of_another_region_by_itself(
    land: Land, national: Node
) -> None:
    sichuan = await land.member(national, "四川站", "regional")
    zhejiang = await land.member(national, "浙江站", "regional")
    chengdu = await land.member(sichuan, "成都站", "grassroots", dialled=False)
    hangzhou = await land.member(zhejiang, "杭州站", "grassroots", dialled=False)
    entry = await chengdu.publisher.apublish(need())
    log = entry.header.log
    await wait_until(
        hangzhou, lambda: hangzhou.store.read(lambda reading: reading.head(log)) is not None
    )
    await agree([national, sichuan, zhejiang, chengdu, hangzhou])


async def test_what_was_written_while_a_node_was_away_arrives_when_it_is_back(
    land: Land, national: Node
) -> None:
    sichuan = await land.member(national, "四川站", "regional")
    config = sichuan.config
    await sichuan.stop()
    entry = await national.publisher.apublish(need())
    back = await land.stack.enter_async_context(Node.create(config))
    await wait_until(
        back, lambda: back.store.read(lambda reading: reading.head(entry.header.log)) is not None
    )
    await agree([national, back])


async def test_a_dead_peer_is_shown_as_down_and_costs_the_others_nothing(
    land: Land, national: Node
) -> None:
    sichuan = await land.member(national, "四川站", "regional")
    zhejiang = await land.member(national, "浙江站", "regional")
    await wait_until(zhejiang, lambda: len(zhejiang.peering.peers()) == 2)
    await sichuan.stop()
    await wait_until(
        zhejiang,
        lambda: any(peer.state is PeerState.DOWN for peer in zhejiang.peering.peers()),
    )
    await national.publisher.apublish(need())
    await agree([national, zhejiang])
    down = next(p for p in zhejiang.peering.peers() if p.state is PeerState.DOWN)
    assert down.last_error
    assert down.next_retry_ms is not None


async def test_a_node_nobody_admitted_gets_the_registry_and_waits(
    land: Land, national: Node
) -> None:
    await national.publisher.apublish(need())
    outsider = await land.open("陌生站", "grassroots", [national])
    await wait_until(outsider, lambda: bool(outsider.roster.stations))
    counts = outsider.store.read(lambda reading: reading.counts())
    assert (counts["registry"] > 0, counts["needs"]) == (True, 0)
    assert outsider.me is None


async def test_a_node_pushes_to_a_peer_that_does_not_come_and_ask(
    land: Land, national: Node
) -> None:
    sichuan = await land.member(national, "四川站", "regional", dialled=False)
    await national.peering.stop()
    entry = await sichuan.publisher.apublish(need())
    await wait_until(
        national,
        lambda: national.store.read(lambda reading: reading.head(entry.header.log)) is not None,
    )
    assert sichuan.keyring.public in national.followers


async def test_the_own_log_comes_back_to_an_empty_disk_and_goes_on_in_a_new_epoch(
    land: Land, national: Node
) -> None:
    sichuan = await land.member(national, "四川站", "regional")
    entries = await sichuan.publisher.apublish_many([(need(f"需求 {n}"), "-") for n in range(5)])
    await agree([national, sichuan])
    config = sichuan.config
    await sichuan.stop()
    for name in ("node.db", "node.db-wal", "node.db-shm", "guard"):
        (config.folder / name).unlink(missing_ok=True)
    back = await land.stack.enter_async_context(Node.create(config))
    log = entries[-1].header.log
    await wait_until(
        back,
        lambda: (
            (head := back.store.read(lambda reading: reading.head(log))) is not None
            and head.id == entries[-1].id
        ),
    )
    await agree([national, back])
    await wait_until(back, lambda: back.recovery.is_ready)
    later = await back.publisher.apublish(need("之后的需求"))
    assert later.header.epoch > log.epoch
    await agree([national, back])


async def test_a_node_with_an_empty_disk_that_names_no_peer_comes_back_by_those_that_dial_it(
    land: Land, national: Node
) -> None:
    config = land.init("四川站", "regional", [national], listen_port=find_port(), search=False)
    async with Node.create(config) as sichuan:
        await land.admit(national, "四川站", "regional", endpoints=(sichuan.address,))
        await wait_until(sichuan, lambda: sichuan.me is not None)
        chengdu = await land.member(sichuan, "成都站", "grassroots", dialled=False)
        entry = await sichuan.publisher.apublish(need())
        await agree([national, sichuan, chengdu])
    for name in ("node.db", "node.db-wal", "node.db-shm", "guard"):
        (config.folder / name).unlink(missing_ok=True)
    alone = config.model_copy(update={"peers": ()})
    back = await land.stack.enter_async_context(Node.create(alone))
    await wait_until(
        back, lambda: back.store.read(lambda reading: reading.head(entry.header.log)) is not None
    )
    await agree([national, back, chengdu])
    assert (await back.publisher.apublish(need("之后的需求"))).header.epoch > entry.header.epoch


async def test_entries_come_in_full_from_one_peer_and_the_next_leads_when_it_goes_down(
    land: Land, national: Node
) -> None:
    sichuan = await land.member(national, "四川站", "regional")
    zhejiang = await land.member(national, "浙江站", "regional")
    chengdu = await land.member(sichuan, "成都站", "grassroots", dialled=False)
    dialled = [sichuan, zhejiang]
    me = chengdu.keyring.public
    everyone = [national, sichuan, zhejiang, chengdu]

    def takes_all_of() -> list[Node]:
        now_ms = chengdu.clock.now_ms()
        return [node for node in dialled if node.followers.takes_all(me, now_ms)]

    await wait_until(chengdu, lambda: all(me in node.followers for node in dialled))
    await agree(everyone)
    await wait_until(chengdu, lambda: takes_all_of() == [sichuan])
    await sichuan.stop()
    await wait_until(chengdu, lambda: zhejiang in takes_all_of())
    await zhejiang.publisher.apublish(need())
    await agree([national, zhejiang, chengdu])


def leave_to_lead() -> Conversation[object]:
    yield AfterLead()


@pytest.fixture
def two_links(national: Node) -> tuple[Link, Link, list[Link]]:
    """Two links of a node, and who leads; both may change."""
    leads: list[Link] = []
    one, other = (
        Link(
            national.peering.host,
            Candidate(("http://127.0.0.1:9",), key * 43),
            lambda: leads,
            frozenset,
        )
        for key in "AB"
    )
    return one, other, leads


async def test_nobody_waits_for_a_lead_that_is_not_dialled_any_more(
    two_links: tuple[Link, Link, list[Link]],
) -> None:
    old, new, leads = two_links
    leads.append(old)
    waiting = asyncio.create_task(new.drive(leave_to_lead()))
    await asyncio.sleep(0)
    old.close()
    leads[0] = new
    await asyncio.wait_for(waiting, 10)


async def test_two_that_take_each_other_for_the_lead_do_not_both_wait(
    two_links: tuple[Link, Link, list[Link]],
) -> None:
    one, other, leads = two_links
    leads.append(one)
    first = asyncio.create_task(other.drive(leave_to_lead()))
    await asyncio.sleep(0)
    leads[0] = other
    second = asyncio.create_task(one.drive(leave_to_lead()))
    await asyncio.wait_for(first, 10)
    other.close()
    leads[0] = one
    await asyncio.wait_for(second, 10)


async def test_who_waits_for_a_bell_and_is_ended_as_it_rings_ends() -> None:
    bell = RunningBell()
    waiting = asyncio.create_task(bell.heard(60_000))
    await asyncio.sleep(0)
    bell.ring()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_push_over_a_line_that_keeps_breaking_goes_on_from_what_arrived(
    land: Land, national: Node
) -> None:
    port = int(national.address.rpartition(":")[2])
    async with BreakingLine(port, 700_000) as line:
        peer = {"url": line.address, "key": national.keyring.public}
        config = land.init("四川站", "regional", peers=[], search=False)
        config = config.model_copy(update={"peers": (PeerAddress.model_validate(peer),)})
        sichuan = await land.stack.enter_async_context(Node.create(config))
        await land.admit(national, "四川站", "regional")
        await wait_until(sichuan, lambda: sichuan.me is not None)
        needs = [(need(f"需求 {n}", text="述" * 5_000), "-") for n in range(250)]
        entries = await sichuan.publisher.apublish_many(needs)
        size = sichuan.store.read(
            lambda r: len(b"".join(r.log_texts(("needs",), sichuan.keyring.public)))
        )
        log, seq = entries[-1].header.log, entries[-1].header.seq
        await wait_until(
            national,
            lambda: (
                (head := national.store.read(lambda r: r.head(log))) is not None and head.seq == seq
            ),
            timeout_s=60,
        )
        assert size > 3 * 2**20
        assert line.breaks >= 3
        assert line.sent < 2.5 * size
        await sichuan.stop()


async def test_what_one_peer_leaves_out_and_another_has_is_shown_in_status_and_on_the_page(
    land: Land, national: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    sichuan = await land.member(national, "四川站", "regional")
    zhejiang = await land.member(national, "浙江站", "regional")
    take = zhejiang.ingest.take

    def leave_out(tx: Writing, text: bytes, *more: Any) -> list[Outcome]:
        return [] if b" needs " in text else take(tx, text, *more)

    monkeypatch.setattr(zhejiang.ingest, "take", leave_out)
    config = land.init("成都站", "grassroots", [zhejiang, sichuan], search=False)
    pace = config.peering.model_copy(update={"wait_s": 1})
    config = config.model_copy(update={"peering": pace})
    chengdu = await land.stack.enter_async_context(Node.create(config))
    await land.admit(sichuan, "成都站", "grassroots")
    await wait_until(chengdu, lambda: chengdu.me is not None)
    entry = await sichuan.publisher.apublish(need())
    await wait_until(chengdu, lambda: any(peer.lacks for peer in chengdu.peering.peers()))

    shown = {peer.name: peer for peer in peer_views(chengdu)}
    assert (shown["浙江站"].lacks, shown["四川站"].lacks) == (2, 0)
    assert [(lack.author, lack.first, lack.last) for lack in shown["浙江站"].lacking] == [
        (entry.header.author, 0, 1)
    ]
    async with aiohttp.ClientSession(chengdu.address) as web:
        page = await (await web.get("/peers")).text()
    assert "未出示本节点持有的 2 条条目" in page
