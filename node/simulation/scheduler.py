"""Virtual time: processes are generators, and whoever is due next runs next.

Two events at the same moment run in the order of their numbers, which is that in which they were
asked for, so that a run depends on nothing but its seed.
"""

import heapq
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count


class VirtualClock:
    """The time in the simulated world, Unix milliseconds."""

    def __init__(self, now_ms: int) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return self.now


class LocalClock:
    """One machine's clock: the world's time, and how far it is off (ms)."""

    def __init__(self, world: VirtualClock) -> None:
        self._world = world
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Unix time in milliseconds, as this machine has it."""
        return self._world.now + self.offset_ms


class Crash(BaseException):
    """A process dies here, in the middle of whatever it does; no code of a node catches it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Yielded by a process that sleeps for so long; sent back is False."""

    ms: int


class Bell:
    """What processes wait for; ringing wakes all who wait now."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[_Sleep] = []

    def ring(self) -> None:
        """Wake everyone who waits."""
        waiting, self._waiting = self._waiting, []
        for sleep in waiting:
            sleep.wake(rung=True)

    def _join(self, sleep: "_Sleep") -> None:
        if len(self._waiting) > 64:
            self._waiting = [each for each in self._waiting if not each.is_over]
        self._waiting.append(sleep)


@dataclass(frozen=True, slots=True)
class Listen:
    """Yielded by a process that waits for a bell, at most ``ms``; sent back: whether it rang."""

    bell: Bell
    ms: int


Process = Generator[Pause | Listen, bool, None]
"""Yields what it waits for, and is sent whether a bell rang."""


class _Sleep:
    """One wait of one task; it ends once, by the bell or by the time."""

    __slots__ = ("_scheduler", "_task", "is_over")

    def __init__(self, scheduler: "Scheduler", task: "Task") -> None:
        self._scheduler = scheduler
        self._task = task
        self.is_over = False

    def wake(self, *, rung: bool) -> None:
        if not self.is_over:
            self.is_over = True
            self._scheduler.after(0, lambda: self._task.step(rung))

    def expire(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._task.step(False)


class Task:
    """A process under way; one that is cancelled never runs again."""

    def __init__(self, scheduler: "Scheduler", process: Process) -> None:
        self._scheduler = scheduler
        self._process: Process | None = process
        self._is_begun = False
        self._is_running = False

    @property
    def is_done(self) -> bool:
        """Whether it has ended, or was cancelled."""
        return self._process is None

    def cancel(self) -> None:
        """End it where it waits."""
        process, self._process = self._process, None
        if process is not None and not self._is_running:
            process.close()

    def step(self, rung: bool) -> None:
        """Run it to where it waits next."""
        process = self._process
        if process is None:
            return
        self._is_running = True
        try:
            wait = process.send(rung) if self._is_begun else self._begin(process)
        except StopIteration:
            self._process = None
            return
        finally:
            self._is_running = False
        if self._process is None:
            process.close()
            return
        sleep = _Sleep(self._scheduler, self)
        if isinstance(wait, Listen):
            wait.bell._join(sleep)
        self._scheduler.after(wait.ms, sleep.expire)

    def _begin(self, process: Process) -> Pause | Listen:
        self._is_begun = True
        return next(process)


class Scheduler:
    """Runs what is due, and moves the clock to it."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.events = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count()

    def after(self, ms: int, call: Callable[[], None]) -> None:
        """Call something so much later."""
        heapq.heappush(self._due, (self.clock.now + ms, next(self._numbers), call))

    def at(self, at_ms: int, place: int, call: Callable[[], None]) -> None:
        """Call what another world's process asks for.

        Args:
            at_ms: a moment to come, virtual time, Unix ms.
            place: below 0; of what comes from others at one moment the lowest is first, and all of
                it before what was asked for here.
            call: what to call.
        """
        assert at_ms > self.clock.now
        assert place < 0
        heapq.heappush(self._due, (at_ms, place, call))

    @property
    def next_ms(self) -> int | None:
        """When the next thing happens, None for never."""
        return self._due[0][0] if self._due else None

    def start(self, process: Process) -> Task:
        """Begin a process, as the next thing that happens now."""
        task = Task(self, process)
        self.after(0, lambda: task.step(False))
        return task

    def run(self, until_ms: int, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Run until a moment, or until something holds; returns whether it came to hold.

        Args:
            until_ms: Unix milliseconds of virtual time.
            is_over: asked after every event; keep it cheap.
        """
        while self._due and self._due[0][0] <= until_ms:
            at_ms, _, call = heapq.heappop(self._due)
            self.clock.now = max(self.clock.now, at_ms)
            self.events += 1
            call()
            if is_over():
                return True
        self.clock.now = max(self.clock.now, until_ms)
        return is_over()
