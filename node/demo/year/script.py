"""The year day by day: fieldwork, matches, courses, the post (B2, B3, D1-D11, E1-E16)."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from node.demo.year.courses import COMMON, RARE, Course
from node.demo.year.fieldwork import Field, Published
from node.demo.year.match import Match
from node.demo.year.places import LOCALS
from node.demo.year.texts import Chance, Trades
from node.people.permissions import Role
from node.workdays import is_working_day

if TYPE_CHECKING:
    from node.demo.year.network import YearNetwork


@dataclass(frozen=True, slots=True)
class Pace:
    """How the year goes by, in working days.

    Attributes:
        post_every: entries are carried, and drafts approved, every so many days.
        look_every: a broker looks for a match for one need in so many.
        rarely: one course in so many is a rare one.
        last_days: no new course begins in the last so many days.
        results_days: results are published over the first so many days.
    """

    post_every: int = 6
    look_every: int = 3
    rarely: int = 6
    last_days: int = 60
    results_days: int = 60


class Year:
    """What goes on at twelve stations from January to December."""

    def __init__(self, network: "YearNetwork", days: Sequence[date], pace: Pace) -> None:
        """Nothing has happened yet.

        Args:
            network: the twelve stations, founded.
            days: the working days to play.
            pace: how they go by.
        """
        self.network = network
        self.days = days
        slugs = [place.slug for place in LOCALS]
        self.field = Field(network, slugs, Trades(), pace.results_days)
        self._pace = pace
        self.courses: list[AsyncIterator[None]] = []
        self.begun = 0
        self.unmatched = 0
        self._common: Iterator[Course] = cycle(COMMON)
        self._rare: Iterator[Course] = cycle(RARE)
        self._chance = Chance(f"year from {days[0]}")

    async def play(self, say: Callable[[int, int], None]) -> None:
        """Play the year; ``say`` is told of each day that is over."""
        for number, day in enumerate(self.days):
            self.network.clock.set_to(day)
            await self.field.day(number)
            if number % self._pace.post_every == 0:
                await self.field.approve()
                await self.network.post.go_round()
                self.network.clock.pass_minutes(60)
                await self._go_on()
                if number < len(self.days) - self._pace.last_days:
                    await self._look_for_matches()
            say(number + 1, len(self.days))
        while self.courses:
            await self.network.post.go_round()
            await self._go_on()
        await self.network.post.go_round()

    async def _go_on(self) -> None:
        """Every course takes its next step."""
        going = []
        for course in self.courses:
            try:
                await anext(course)
            except StopAsyncIteration:
                continue
            going.append(course)
        self.courses = going

    async def _look_for_matches(self) -> None:
        for work in self.field.works:
            fresh, work.fresh = work.fresh, []
            for need in fresh[:: self._pace.look_every]:
                match = await self._find_match(need)
                if match is None:
                    self.unmatched += 1
                else:
                    self.courses.append(self._choose()(match))
                    self.begun += 1

    def _choose(self) -> Course:
        is_rare = self.begun % self._pace.rarely == self._pace.rarely - 1
        return next(self._rare if is_rare else self._common)

    async def _find_match(self, need: Published) -> Match | None:
        """The best result of another station, by the station's own search."""
        found = await need.station.do(
            Role.BROKER, "GET", "/search", kind="results", need=need.id, limit="10"
        )
        hit = next((each for each in found.items if each.station != need.station.id), None)
        if hit is None:
            return None
        receiver = self.network.of(hit.station)
        others = [
            self.network[place.slug]
            for place in LOCALS
            if place.slug not in (receiver.place.slug, need.station.place.slug)
        ]
        return Match(
            self.network,
            need,
            hit.id,
            receiver,
            self._chance.pick(others),
            self.network[receiver.place.parent],
            Chance(need.id),
        )


def working_days(year: int) -> Iterator[date]:
    """The working days of a year in mainland China."""
    day = date(year, 1, 1)
    while day.year == year:
        if is_working_day(day):
            yield day
        day += timedelta(days=1)
