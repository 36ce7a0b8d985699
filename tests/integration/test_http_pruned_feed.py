"""Real nodes over HTTP whose feeds keep a few rows only: nobody is left behind (SPEC 7.7)."""

from contextlib import AsyncExitStack

from node.app import Node
from node.config import Config
from node.settings import StoreConfig
from node.web.status import digests
from tests.builders import need
from tests.integration.country import Country, wait_until
from tests.integration.test_http_two_nodes import wait_for_needs

ROWS = 5


def forgetful(config: Config) -> Config:
    """The same node, keeping fewer rows than a configuration may say."""
    return config.model_copy(update={"store": StoreConfig.model_construct(feed_rows=ROWS)})


async def publish_and_prune(node: Node, count: int) -> None:
    """Publish needs one by one, then do what the jobs do in a minute."""
    for number in range(count):
        await node.publisher.apublish(need(f"{node.config.name}的需求 {number}"))
    for job in ("audit-signatures", "prune-feed"):
        assert (await node.scheduler.run(job)).outcome == "ok"
    floor = await node.store.aread(lambda reading: reading.feed_floor)
    assert floor == node.hub.position - ROWS


async def test_a_peer_that_was_away_and_one_that_is_new_get_what_was_pruned(land: Country) -> None:
    async with AsyncExitStack() as stack:
        national = await stack.enter_async_context(
            Node.create(forgetful(land.init("国家站", "national")))
        )
        await land.found(national)
        config = land.init("四川站", "regional", [national])
        async with Node.create(config) as regional:
            await land.admit(national, "四川站", "regional", "510000")
            await wait_until(regional, lambda: regional.me is not None)
            await national.publisher.apublish(need("在线时的需求"))
            await wait_for_needs(regional, 1)
        await publish_and_prune(national, 20)

        back = await stack.enter_async_context(Node.create(config))
        await wait_for_needs(back, 21)
        fresh = await stack.enter_async_context(
            Node.create(land.init("浙江站", "regional", [national]))
        )
        await wait_until(fresh, lambda: fresh.roster.digest() == national.roster.digest())
        assert fresh.me is None
        await land.admit(national, "浙江站", "regional", "330000")
        await wait_for_needs(fresh, 21)
        await fresh.publisher.apublish(need("浙江站的需求"))
        for node in (national, back):
            await wait_for_needs(node, 22)
        shown = [await digests(node) for node in (national, back, fresh)]
        assert len({(each.heads, each.total) for each in shown}) == 1
