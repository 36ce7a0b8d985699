"""The jobs of a simulated machine: the table every node works through, in virtual time."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from node.capability import Job
from node.errors import NodeError
from node.simulation.scheduler import Pause, Process

if TYPE_CHECKING:
    from node.simulation.machine import SimNode


def do_now_and_then(node: "SimNode", job: Job) -> Process:
    """Run a job every so often; machines start at different moments, so the first is earlier."""
    every_ms = job.every_s * 1000
    yield Pause(int.from_bytes(node.random(4)) % every_ms)
    while True:
        try:
            _finish(job.run(node))
        except NodeError as error:
            node.note(f"job {job.name} failed: {error.message}")
        yield Pause(every_ms)


def _finish(work: Awaitable[None]) -> None:
    """Run a coroutine to its end; a store that is opened inline never makes it wait."""
    for _ in work.__await__():
        raise AssertionError("a job waited for something that is not simulated")
