"""Jobs are values: they run at their interval, one at a time, and their outcome is kept."""

import asyncio
from typing import Any

from node.capability import Job
from node.scheduler import Scheduler
from tests.unit.node.web_stub import create_stub


async def test_a_job_that_ran_shows_when_and_that_it_went_well() -> None:
    ran: list[Any] = []

    async def work(node: Any) -> None:
        ran.append(node)

    node = create_stub()
    scheduler = Scheduler(node, [Job("sweep", 60, work)])
    state = await scheduler.run("sweep")
    assert ran == [node]
    assert (state.outcome, state.runs, state.last_ms) == ("ok", 1, node.clock.now_ms())


async def test_a_job_that_fails_is_kept_with_the_reason_and_stops_nothing() -> None:
    async def work(node: Any) -> None:
        raise ValueError("disk full")

    scheduler = Scheduler(create_stub(), [Job("sweep", 60, work)])
    await scheduler.run("sweep")
    (state,) = scheduler.states()
    assert state.outcome == "ValueError: disk full"


async def test_a_started_job_has_a_next_time_and_comes_round() -> None:
    came = asyncio.Event()

    async def work(node: Any) -> None:
        came.set()

    scheduler = Scheduler(create_stub(), [Job("sweep", 1, work)])
    assert scheduler.states()[0].next_ms is None
    scheduler.start()
    try:
        assert scheduler.states()[0].next_ms is not None
        await asyncio.wait_for(came.wait(), 10)
    finally:
        scheduler.stop()
    scheduler.stop()
