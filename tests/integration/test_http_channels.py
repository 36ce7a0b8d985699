"""Real nodes over HTTP of which some hold some channels only (SPEC 7.9)."""

import json
from contextlib import AsyncExitStack

import aiohttp

from node.app import Node
from node.peering.link import Link
from node.readmodels import needs, results
from protocol.errors import Code
from protocol.limits import CHANNELS
from protocol.messages import ChangesRequest
from tests.builders import StationInTest, need, result
from tests.integration.country import YEAR_MS, Country, wait_until
from tests.integration.signed import SignedClient

SOME = ("registry", "needs", "performance")


def counts(node: Node) -> tuple[int, int]:
    return node.store.read(lambda reading: (needs.count(reading), results.count(reading)))


async def wait_for(node: Node, wanted: tuple[int, int]) -> None:
    await wait_until(node, lambda: counts(node) == wanted)


def link_to(node: Node, other: Node) -> Link:
    return node.peering._circle.links[other.keyring.public]


async def test_a_partial_node_between_two_full_ones_leaves_nobody_without_anything(
    land: Country,
) -> None:
    async with AsyncExitStack() as stack:
        national = await stack.enter_async_context(Node.create(land.init("国家站", "national")))
        await land.found(national)
        config = land.init("四川站", "regional", [national], channels=["needs", "performance"])
        async with Node.create(config) as region:
            await land.admit(national, "四川站", "regional", "510000")
            await wait_until(region, lambda: region.me is not None)
            local = await stack.enter_async_context(
                Node.create(land.init("成都站", "grassroots", [region, national]))
            )
            await land.admit(region, "成都站", "grassroots", "510100")
            await wait_until(local, lambda: local.me is not None)

            await national.publisher.apublish_many([(need(), "-"), (result("国家站的成果"), "-")])
            await local.publisher.apublish_many([(need(), "-"), (result("成都站的成果"), "-")])
            for node in (national, local):
                await wait_for(node, (2, 2))
            await wait_for(region, (2, 0))

            assert link_to(local, region).channels == SOME
            lead = link_to(local, national)
            await wait_until(local, lambda: local.peering._circle.find_leads() == [lead])
            blamed = {each.log.channel for each in link_to(local, region).health.lacking}
            assert blamed <= {*SOME}
            held = await _get(local, "/api/v1/status")
            by_key = {peer["key"]: peer["channels"] for peer in held["peers"]}
            assert by_key[region.keyring.public] == list(SOME)
            await _shows_what_it_holds(region)

        widened = config.model_copy(update={"channels": CHANNELS})
        back = await stack.enter_async_context(Node.create(widened))
        await wait_for(back, (2, 2))
        await back.publisher.apublish(result("四川站的成果"))
        for node in (national, local):
            await wait_for(node, (2, 3))


async def _get(node: Node, path: str) -> dict[str, object]:
    async with aiohttp.ClientSession(node.address) as web, web.get(path) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def _shows_what_it_holds(region: Node) -> None:
    """Status, pages and refusals of a node without results, referrals and the rest."""
    assert (await _get(region, "/api/v1/status"))["channels"] == list(SOME)
    async with aiohttp.ClientSession(region.address) as web:
        for path, said in (
            ("/", "本节点只保存部分频道：站点登记、需求、绩效。"),
            ("/results", "本节点不保存“成果”频道"),
            ("/referrals?lang=en", "does not hold the channel “Referrals”"),
        ):
            async with web.get(path) as page:
                assert said in await page.text()
        body = result().model_dump(mode="json", exclude_none=True)
        del body["salt"]
        token = {"Authorization": f"Bearer {region.token}"}
        async with web.post("/api/v1/results", json=body, headers=token) as answer:
            problem = await answer.json()
            assert answer.status == 403
    assert "does not hold the channel results" in problem["detail"]
    assert "needs, results, referrals, performance" in json.dumps(problem)


async def test_what_is_asked_or_pushed_of_another_channel_is_told_not_held(land: Country) -> None:
    config = land.init("国家站", "national", channels=list(SOME))
    async with Node.create(config) as node:
        await land.found(node)
        assert node.me is not None
        member = StationInTest(land.network, "四川站", node.clock)  # type: ignore[arg-type]
        now = node.clock.now_ms()
        admission = member.admission(
            "regional", node.me.id, from_ms=now - 1000, until_ms=now + YEAR_MS
        )
        await node.publisher.apublish(admission)
        member.sign(need())
        member.sign(result())
        async with SignedClient(node, member.key) as client:
            refused = await client.ask(ChangesRequest())
            assert (refused.status, json.loads(refused.body)["code"]) == (404, Code.NOT_HELD)
            page = await client.changes(ChangesRequest(channels=SOME))
            assert page.text
            pushed = json.loads((await client.push(member.text())).body)["outcomes"]
    codes = {each["log"][1]: (each["code"], each["retry_ms"]) for each in pushed}
    assert codes == {"needs": ("accepted", None), "results": (Code.NOT_HELD, None)}
