"""The hub wakes who waits for the feed, from any thread, and lets go when the node stops."""

import asyncio
import threading

from node.hub import Hub


async def test_a_position_already_passed_is_not_waited_for() -> None:
    hub = Hub(5)
    assert await hub.wait_beyond(4, 10)


async def test_a_wait_ends_when_the_feed_moves_beyond_it() -> None:
    hub = Hub(5)
    hub.bind(asyncio.get_running_loop())
    wait = asyncio.create_task(hub.wait_beyond(5, 10))
    threading.Thread(target=hub.wake, args=(6,)).start()
    assert await asyncio.wait_for(wait, 5)
    assert hub.position == 6


async def test_a_wait_beyond_a_later_position_sleeps_on() -> None:
    hub = Hub(5)
    near, far = (asyncio.create_task(hub.wait_beyond(at, 10)) for at in (5, 7))
    await asyncio.sleep(0)
    hub.wake(6)
    assert await near
    assert not far.done()
    hub.wake(8)
    assert await far


async def test_a_wait_times_out_with_false() -> None:
    assert not await Hub(5).wait_beyond(5, 0.01)
    assert not await Hub(5).wait_beyond(5, 0)


async def test_the_position_never_falls() -> None:
    hub = Hub(5)
    hub.wake(3)
    assert hub.position == 5


async def test_closing_lets_everyone_go() -> None:
    hub = Hub(5)
    wait = asyncio.create_task(hub.wait_beyond(5, 10))
    await asyncio.sleep(0)
    hub.close()
    assert not await asyncio.wait_for(wait, 5)
    assert not await hub.wait_beyond(5, 10)


async def test_listeners_hear_every_move() -> None:
    hub = Hub()
    heard: list[int] = []
    hub.listen(heard.append)
    for position in (1, 1, 4):
        hub.wake(position)
    assert heard == [1, 4]


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    hub = Hub()
    wait = asyncio.create_task(hub.wait_beyond(0, 10))
    await asyncio.sleep(0)
    wait.cancel()
    await asyncio.gather(wait, return_exceptions=True)
    assert not hub._waiting
    hub.wake(1)
