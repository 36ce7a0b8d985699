"""Wires of a world that several processes play: what goes from one to another, and when.

No message takes less than the fastest wire's way, so each process may run that far ahead of what
it heard from the others: everything they can still send arrives later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from node.simulation.scheduler import Scheduler
from node.simulation.team import Team
from node.simulation.trace import Trace
from node.simulation.weather import Weather
from node.simulation.wire import Answer, Answering, Arrived, Call, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from node.simulation.machine import SimNode


class Asked(NamedTuple):
    """A request on its way to another process: whose, for whom, and the number of the call."""

    asking: str
    node: str
    arrived: Arrived
    number: int
    size: int


class Answered(NamedTuple):
    """The answer on its way back."""

    number: int
    answer: Answer


class Parcel(NamedTuple):
    """What arrives in another process, and when (virtual time, Unix ms)."""

    at_ms: int
    content: Asked | Answered


@dataclass(slots=True)
class CallFromAfar(Call):
    """A call that another process made."""

    process: int = field(default=0)
    number: int = field(default=0)


class SplitWire(Wire):
    """The wires between the machines of one process, and from and to those of the others."""

    def __init__(
        self,
        scheduler: Scheduler,
        weather: Weather,
        trace: Trace,
        answer: "Callable[[SimNode, Arrived], Answering]",
        *,
        team: Team,
        owners: Mapping[str, int],
        machines: "Mapping[str, SimNode]",
        signs: bool = True,
    ) -> None:
        """Lay the wires.

        Args:
            scheduler, weather, trace, answer, signs: as :class:`Wire` takes them.
            team: the processes.
            owners: which of them plays a machine, by the machine's name.
            machines: all machines by name; those of the other processes are shut here.
        """
        super().__init__(scheduler, weather, trace, answer, signs=signs)
        self._team = team
        self._owners = owners
        self._numbers = count()
        self._calls: dict[int, tuple[SimNode, Call]] = {}
        self._posts: list[list[Parcel]] = [[] for _ in range(team.size)]
        self._machines = machines

    @property
    def fastest_ms(self) -> int:
        """The least time a message takes, ms."""
        return self.weather.delay_ms[0]

    def move(self) -> int | None:
        """Exchange what was sent meanwhile; when the next thing happens in any process.

        All processes call it together. None: nothing ever happens again.
        """
        posts, self._posts = self._posts, [[] for _ in range(self._team.size)]
        due = [parcel.at_ms for parcels in posts for parcel in parcels]
        if self._scheduler.next_ms is not None:
            due.append(self._scheduler.next_ms)
        next_ms = min(due, default=None)
        told = self._team.swap([(next_ms, parcels) for parcels in posts])
        for process, (_, parcels) in enumerate(told):
            for at_ms, content in parcels:
                self._scheduler.at(at_ms, partial(self._take, process, content))
        return min((each for each, _ in told if each is not None), default=None)

    def _bring(
        self, way_ms: int, asking: "SimNode", node: "SimNode", arrived: Arrived, call: Call,
        size: int,
    ) -> None:  # fmt: skip
        process = self._owners[node.name]
        if process == self._team.rank:
            super()._bring(way_ms, asking, node, arrived, call, size)
            return
        number = next(self._numbers)
        self._calls[number] = (asking, call)
        self._post(process, way_ms, Asked(asking.name, node.name, arrived, number, size))

    def _return(self, way_ms: int, asking: "SimNode", call: Call, answer: Answer) -> None:
        if isinstance(call, CallFromAfar):
            self._post(call.process, way_ms, Answered(call.number, answer))
        else:
            super()._return(way_ms, asking, call, answer)

    def _finish(self, asking: "SimNode", call: Call, answer: Answer) -> None:
        """The answer is there; to another process it goes as fast as anything can."""
        if isinstance(call, CallFromAfar):
            self._return(self.fastest_ms, asking, call, answer)
        else:
            super()._finish(asking, call, answer)

    def _post(self, process: int, way_ms: int, content: Asked | Answered) -> None:
        self._posts[process].append(Parcel(self._scheduler.clock.now + way_ms, content))

    def _take(self, process: int, content: Asked | Answered) -> None:
        if isinstance(content, Answered):
            asking, call = self._calls.pop(content.number)
            self._finish(asking, call, content.answer)
            return
        call = CallFromAfar(process=process, number=content.number)
        machines = self._machines
        self._arrive(
            machines[content.asking], machines[content.node], content.arrived, call, content.size
        )
