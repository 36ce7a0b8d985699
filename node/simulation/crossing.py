"""Wires of a world that several processes play: what goes from one to another, and when.

No message takes less than the fastest wire's way. So each process says now and then before which
moment nothing more can come from it, and runs up to where the others have said so; neither how fast
they are nor when they hear of one another changes what happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from node.simulation.scheduler import Scheduler
from node.simulation.team import Talk, Team
from node.simulation.trace import Trace
from node.simulation.weather import Weather
from node.simulation.wire import Answer, Answering, Arrived, Call, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from node.simulation.machine import SimNode


SLICES = 4
"""So often a process says how far it is while it runs the time that a message takes at least."""
LOWEST = 2**62
"""Places of parcels begin so far below 0."""


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
    """What arrives in another process, and when (virtual time, Unix ms).

    ``place`` orders what arrives at one moment: no two processes give the same.
    """

    at_ms: int
    place: int
    content: Asked | Answered


class Said(NamedTuple):
    """What was sent to a process, and before when (virtual time, Unix ms) nothing more is."""

    clear_ms: int
    parcels: list[Parcel]


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
        self._machines = machines
        self._posts = self._empty_posts()
        self._places = count(team.rank - LOWEST, team.size)

    @property
    def _fastest_ms(self) -> int:
        """The least time a message takes."""
        return self.weather.delay_ms[0]

    def run(self, until_ms: int) -> None:
        """Run to a moment (virtual time, Unix ms); all processes call it together.

        Raises:
            EOFError: another process ended.
        """
        scheduler = self._scheduler
        clear = dict.fromkeys(self._posts, scheduler.clock.now + self._fastest_ms)
        talk: Talk[Said] = self._team.talk()
        while scheduler.clock.now < until_ms or not talk.is_over:
            clear_ms = min(clear.values(), default=until_ms + 1)
            ahead_ms = min(clear_ms - 1, until_ms)
            if scheduler.clock.now < until_ms:
                scheduler.run(min(ahead_ms, scheduler.clock.now + self._fastest_ms // SLICES))
                self._say(talk, clear_ms, until_ms)
            for rank, said in talk.hear(waits=scheduler.clock.now == ahead_ms):
                clear[rank] = said.clear_ms
                for at_ms, place, content in said.parcels:
                    scheduler.at(at_ms, place, partial(self._take, rank, content))

    def _say(self, talk: Talk[Said], clear_ms: int, until_ms: int) -> None:
        """Tell each process what was sent to it, and before when nothing else comes from here."""
        next_ms = self._scheduler.next_ms
        earliest_ms = clear_ms if next_ms is None else min(clear_ms, next_ms)
        posts, self._posts = self._posts, self._empty_posts()
        said = {each: Said(earliest_ms + self._fastest_ms, posts[each]) for each in posts}
        talk.say(said, is_last=self._scheduler.clock.now == until_ms)

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
            self._return(self._fastest_ms, asking, call, answer)
        else:
            super()._finish(asking, call, answer)

    def _post(self, process: int, way_ms: int, content: Asked | Answered) -> None:
        at_ms = self._scheduler.clock.now + way_ms
        self._posts[process].append(Parcel(at_ms, next(self._places), content))

    def _empty_posts(self) -> dict[int, list[Parcel]]:
        return {rank: [] for rank in range(self._team.size) if rank != self._team.rank}

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
