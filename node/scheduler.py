"""Work at fixed intervals: jobs are values, their outcomes are kept to be shown (DESIGN section 2).

The only module that touches APScheduler.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from node.capability import Job

if TYPE_CHECKING:
    from node.app import Node


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job fares: when it last ran (Unix ms, None before), for how long, and what came out.

    ``outcome`` is empty before the first run, then ``ok`` or what went wrong.
    """

    name: str
    every_s: int
    last_ms: int | None = None
    took_ms: int = 0
    runs: int = 0
    outcome: str = ""
    next_ms: int | None = None


class Scheduler:
    """Starts each job every so often, one run of it at a time, missed runs rolled into one."""

    def __init__(self, node: "Node", jobs: Iterable[Job]) -> None:
        self._node = node
        self._jobs = {job.name: job for job in jobs}
        self._states = {job.name: JobState(job.name, job.every_s) for job in self._jobs.values()}
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Start; each job runs first after its interval."""
        for job in self._jobs.values():
            self._scheduler.add_job(
                self.run,
                IntervalTrigger(seconds=job.every_s, timezone=UTC),
                args=(job.name,),
                id=job.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def run(self, name: str) -> JobState:
        """Run a job now and keep what came out; a failure never leaves this method."""
        clock, log = self._node.clock, self._node.log
        begun = clock.now_ms()
        outcome = "ok"
        try:
            await self._jobs[name].run(self._node)
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
            log.error("job failed", job=name, exc_info=error)
        self._node.metrics.jobs.labels(name, "ok" if outcome == "ok" else "failed").inc()
        state = self._states[name]
        took = clock.now_ms() - begun
        self._states[name] = replace(
            state, last_ms=begun, took_ms=took, runs=state.runs + 1, outcome=outcome
        )
        return self._states[name]

    def states(self) -> tuple[JobState, ...]:
        """Every job, how it fared and when it runs next."""
        return tuple(
            replace(state, next_ms=self._next_ms(name)) for name, state in self._states.items()
        )

    def _next_ms(self, name: str) -> int | None:
        found = self._scheduler.get_job(name) if self._scheduler.running else None
        due: datetime | None = found.next_run_time if found else None
        return round(due.timestamp() * 1000) if due else None
