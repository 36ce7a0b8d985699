"""Runs one node for a figure: ``python -m tests.benchmarks.run_node FOLDER [AUTHOR SEQ]...``.

Says ``{"address": ...}`` when it answers. Given authors and a seq each it says
``{"seconds": ..., "rss": ...}`` when their logs of needs have come that far, counted from when the
node was up. ``YIZHAN_TEST_NO_READ_MODELS=1`` leaves out the read models and the jobs that ask them;
``YIZHAN_TEST_WATCH=1`` makes it say ``{"needs": ..., "at_ns": ...}`` whenever its read model
shows more needs than before.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import psutil

import node.app
from node.app import Node
from node.config import load_config
from node.process import settle_process
from node.readmodels import needs
from node.scheduler import Scheduler
from node.telemetry import configure_logging
from protocol.header import LogId
from tests.benchmarks.workload import EPOCH

WATCH = "YIZHAN_TEST_WATCH" in os.environ
NO_READ_MODELS = "YIZHAN_TEST_NO_READ_MODELS" in os.environ


def say(**values: object) -> None:
    """One JSON line on stdout."""
    print(json.dumps(values), flush=True)


def rss() -> int:
    """Resident memory of this process, bytes."""
    return int(psutil.Process().memory_info().rss)


async def wait_for(running: Node, author: str, seq: int) -> None:
    """Until the author's log of needs has come to ``seq``."""
    log = LogId(author, "needs", EPOCH)
    while True:
        position = running.hub.position
        head = await running.store.aread(lambda reading: reading.head(log))
        if head is not None and head.seq >= seq:
            return
        await running.hub.wait_beyond(position, 60)


async def watch(running: Node) -> None:
    """Say how many needs the read model shows, as soon as it shows more."""
    shown = -1
    while True:
        position = running.hub.position
        count = await running.store.aread(needs.count)
        if count > shown:
            shown = count
            say(needs=count, at_ns=time.time_ns())
        await running.hub.wait_beyond(position, 60)


async def run(folder: Path, goals: list[tuple[str, int]]) -> None:
    """Run until stdin is closed."""
    config = load_config(folder)
    configure_logging("error", "json")
    made = Node.create(config)
    if NO_READ_MODELS:
        made.scheduler = Scheduler(made, ())
    async with made as running:
        settle_process()
        start = time.perf_counter()
        before = rss()
        say(address=running.address, rss=before)
        for goal in goals:
            await wait_for(running, *goal)
        if goals:
            say(seconds=time.perf_counter() - start, rss=rss(), before=before)
        watching = asyncio.create_task(watch(running)) if WATCH else None
        await asyncio.to_thread(sys.stdin.read)
        if watching is not None:
            watching.cancel()


if __name__ == "__main__":
    if NO_READ_MODELS:
        node.app.PROJECTIONS = ()
    arguments = sys.argv[1:]
    pairs = zip(arguments[1::2], map(int, arguments[2::2]), strict=True)
    asyncio.run(run(Path(arguments[0]), list(pairs)))
