"""What local stations do in the field: visits, cards, needs, results (B2, B3, C4)."""

from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

from stdnum.cn import uscc

from node.demo.year.texts import Chance, Problem, Trades, need_fields, result_fields
from node.people.permissions import Role

if TYPE_CHECKING:
    from node.demo.year.network import YearNetwork
    from node.demo.year.station import YearStation

VISITS_EVERY = 2
"""A local station visits an enterprise on every second working day, and some days one more."""
MORE_VISITS_EVERY = 14
WITHOUT_NEED = 12
"""One visit in so many turns up no need."""
RETURNED = 30
"""One draft in so many is given back once by the second person."""
ACTIVITY_EVERY = 20
"""A local station holds an activity on every so many-th working day."""

ACTIVITIES = (
    ("matchmaking", "产学研对接会"),
    ("training", "技术经纪人培训"),
    ("exchange", "院所专家进企业交流"),
)


@dataclass
class Draft:
    """A draft that waits for a second person."""

    id: str
    problem: Problem
    fields: dict[str, object]
    has_been_returned: bool = False


@dataclass
class Published:
    """A need that was published, and what it is about."""

    id: str
    title: str
    problem: Problem
    station: "YearStation"
    enterprise: str


@dataclass
class Fieldwork:
    """What one local station has seen so far; ``fresh`` are needs not looked at for a match yet."""

    station: "YearStation"
    number: int
    chance: Chance
    enterprises: int = 0
    visits: int = 0
    waiting: list[Draft] = field(default_factory=list)
    fresh: list[Published] = field(default_factory=list)

    async def visit(self, problem: Problem, product: str) -> None:
        """Go to an enterprise; a clerk takes down what it needs."""
        self.enterprises += 1
        card = await self.station.do(
            Role.BROKER, "POST", "/enterprises", self._card(problem, product)
        )
        finds = not self.chance.is_one_in(WITHOUT_NEED)
        visit = {"enterprise": card.id, "needs_found": int(finds), "note": "现场走访"}
        await self.station.do(Role.BROKER, "POST", "/visits", visit)
        self.visits += 1
        if finds:
            fields = need_fields(problem, product, self.chance) | {
                "division": self.station.place.division,
                "enterprise": card.id,
                "unclassified": True,
            }
            await self._draft(problem, fields)

    def _card(self, problem: Problem, product: str) -> dict[str, object]:
        place = self.station.place
        base = f"91{place.division}MA{self.number:02}{self.enterprises:05}"
        return {
            "name": f"{place.name[2:4]}示例{product}第{self.enterprises}厂有限公司",
            "credit_code": base + uscc.calc_check_digit(base),
            "industry": problem.industry,
            "division": place.division,
            "size": self.chance.pick(("micro", "small", "small", "medium")),
            "tech_sme": self.chance.is_one_in(2),
            "contact": "总工办",
            "phone": f"0{20 + self.number}-8{self.enterprises:07}",
        }

    async def _draft(self, problem: Problem, fields: dict[str, object]) -> None:
        made = await self.station.do(Role.CLERK, "POST", "/drafts", fields)
        await self.station.do(Role.CLERK, "POST", "/drafts/{id}/submit", id=made.id)
        self.waiting.append(Draft(made.id, problem, fields))

    async def approve(self) -> None:
        """A second person looks at what was handed in: most is published, some is given back."""
        waiting, self.waiting = self.waiting, []
        similar = [
            await self.station.do(Role.REVIEWER, "GET", "/drafts/{id}/similar", id=draft.id)
            for draft in waiting
        ]
        for draft, found in zip(waiting, similar, strict=True):
            if not draft.has_been_returned and self.chance.is_one_in(RETURNED):
                await self._give_back(draft)
                continue
            note = "同类问题，企业与工况不同，予以发布" if found.items else "内容完整，可以发布"
            made = await self.station.do(
                Role.REVIEWER, "POST", "/drafts/{id}/review", {"note": note}, id=draft.id
            )
            enterprise = str(draft.fields["enterprise"])
            title = str(draft.fields["title"])
            self.fresh.append(Published(made.id, title, draft.problem, self.station, enterprise))

    async def _give_back(self, draft: Draft) -> None:
        reason = {"reason": "请写明现有设备和产量，便于专家判断"}
        await self.station.do(Role.REVIEWER, "POST", "/drafts/{id}/return", reason, id=draft.id)
        draft.fields["text"] = f"{draft.fields['text']}现有设备为普通机型，日产量随订单波动。"
        draft.has_been_returned = True
        await self.station.do(Role.CLERK, "POST", "/drafts/{id}/edit", draft.fields, id=draft.id)
        await self.station.do(Role.CLERK, "POST", "/drafts/{id}/submit", id=draft.id)
        self.waiting.append(draft)

    async def hold(self, kind: str, title: str) -> None:
        """Hold an activity: who came stays here, how many is published."""
        activity = {
            "kind": kind,
            "title": title,
            "participants": 30 + self.chance.below(60),
            "enterprises": 6 + self.chance.below(20),
            "division": self.station.place.division,
        }
        await self.station.do(Role.BROKER, "POST", "/activities", activity)

    async def publish_result(self, problem: Problem) -> None:
        """Bring a result of an institute in."""
        await self.station.do(Role.BROKER, "POST", "/results", result_fields(problem))


class Field:
    """All local stations in the field."""

    def __init__(
        self, network: "YearNetwork", slugs: list[str], trades: Trades, results_days: int
    ) -> None:
        """Nobody was visited yet.

        Args:
            network: the stations.
            slugs: which of them are local.
            trades: what they meet with.
            results_days: over how many days results are published.
        """
        self._results_days = results_days
        self.works = [
            Fieldwork(network[slug], number, Chance(slug)) for number, slug in enumerate(slugs, 1)
        ]
        self._needs = cycle(trades.needs())
        self._problems = list(trades.problems)

    async def day(self, number: int) -> None:
        """One working day, ``number`` from 0."""
        for work in self.works:
            rounds = int((number + work.number) % VISITS_EVERY == 0)
            rounds += int((number + work.number) % MORE_VISITS_EVERY == 0)
            for _ in range(rounds):
                await work.visit(*next(self._needs))
            if (number + work.number) % ACTIVITY_EVERY == 0:
                await work.hold(*work.chance.pick(ACTIVITIES))
        await self._publish_results(number)

    async def approve(self) -> None:
        """Second persons look at what was handed in since they last did."""
        for work in self.works:
            await work.approve()

    async def _publish_results(self, number: int) -> None:
        due = -(-len(self._problems) // max(1, self._results_days - number))
        for _ in range(min(due, len(self._problems))):
            problem = self._problems.pop(0)
            work = self.works[(problem.trade * 3 + problem.number) % len(self.works)]
            await work.publish_result(problem)

    @property
    def visits(self) -> int:
        """Visits made so far."""
        return sum(work.visits for work in self.works)
