"""What the people at a station do: publish needs and results, refer, answer, conclude, report.

Clerks decide from what their own node shows them, and sign through its publisher, like the pages.
"""

from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import TypeVar

from node.errors import NodeError
from node.ranking import compute_ranking, cut_records, find_cut, name_heads, ranking_records
from node.readmodels import approaches, cuts, needs, performance, referrals
from node.readmodels.counting import count_indicators
from node.readmodels.needs import NeedView
from node.simulation.casework import DAY, act_at_random, introduce, offer, refer, salt_of
from node.simulation.machine import SimNode
from node.simulation.scheduler import Pause, Process
from node.store import Reading
from protocol.records import NeedPublished, NeedWithdrawn, ResultPublished
from protocol.records.performance import (
    PolicyPublished,
    ReportApproved,
    ReportCompiled,
    VisitMade,
)
from protocol.records.record import REVIEWERS

T = TypeVar("T")

_TOPICS = ("尾矿回收", "轴承降噪", "低温焊接", "污泥干化", "视觉质检", "储氢材料", "电池拆解")


def new_need(node: SimNode, title: str = "一项技术需求") -> NeedPublished:
    """A need as an enterprise near this station has it."""
    return NeedPublished(salt=salt_of(node), title=title, text=f"{title}：寻求可行的工艺与伙伴。")


def new_result(node: SimNode, title: str = "一项成果") -> ResultPublished:
    """A result as a university near this station offers it."""
    return ResultPublished(salt=salt_of(node), title=title, text=f"{title}：已完成中试。")


class Clerk:
    """Works at one station until told to stop; what it does is drawn from the seed."""

    def __init__(self, node: SimNode, random: Random, *, mean_pause_s: float = 120) -> None:
        self.is_at_work = True
        self._node = node
        self._random = random
        self._mean_pause_s = mean_pause_s

    def work(self) -> Process:
        """One thing after another, with pauses; a station that is down is waited for."""
        while self.is_at_work:
            yield Pause(int(self._random.expovariate(1 / self._mean_pause_s) * 1000))
            if self.is_at_work and self._node.is_up and self._node.me is not None:
                self._do_something()

    def _do_something(self) -> None:
        acts: tuple[tuple[Callable[[], object], int], ...] = (
            (self._publish_need, 4),
            (self._publish_result, 2),
            (self._visit, 1),
            (self._refer, 4),
            (self._offer, 2),
            (self._introduce, 1),
            (self._answer_case, 8),
            (self._withdraw, 1),
        )
        chosen = self._random.choices([each[0] for each in acts], [each[1] for each in acts])[0]
        chosen()

    def _topic(self) -> str:
        return f"{self._random.choice(_TOPICS)} {self._random.randrange(1000)}"

    def _publish_need(self) -> None:
        self._node.publish(new_need(self._node, self._topic()))

    def _publish_result(self) -> None:
        self._node.publish(new_result(self._node, self._topic()))

    def _visit(self) -> None:
        self._node.publish(VisitMade(on=DAY, needs_found=self._random.randrange(3)))

    def _withdraw(self) -> None:
        mine = self._own_needs()
        if mine:
            need = self._random.choice(mine)
            self._node.publish(NeedWithdrawn(reason="企业已自行解决"), need)

    def _own_needs(self) -> list[str]:
        me = self._node.id
        found = _look(self._node, lambda each: needs.find(each, station=me, state="open"))
        return sorted(need.id for need in found)

    def _refer(self) -> None:
        mine = self._own_needs()
        others = [id_ for id_ in self._node.roster.stations if id_ != self._node.id]
        if mine and others:
            refer(self._node, self._random.choice(mine), self._random.choice(others))

    def _others_need(self) -> NeedView | None:
        """An open need of another station."""
        me = self._node.id
        found = _look(self._node, lambda each: needs.find(each, state="open", limit=500))
        others = sorted((need for need in found if need.station != me), key=lambda each: each.id)
        return self._random.choice(others) if others else None

    def _offer(self) -> None:
        need = self._others_need()
        if need is not None:
            offer(self._node, need.id, need.station)

    def _introduce(self) -> None:
        """Only stations above bring others together."""
        node, need = self._node, self._others_need()
        if need is None or node.roster.tier(node.id) not in REVIEWERS:
            return
        others = sorted(node.roster.stations.keys() - {node.id, need.station})
        if others:
            introduce(node, need.id, need.station, self._random.choice(others))

    def _answer_case(self) -> None:
        me = self._node.id
        ids = [
            view.id
            for model in (referrals, approaches)
            for view in _look(self._node, partial(model.find, station=me, limit=500))
        ]
        ids.sort()
        self._random.shuffle(ids)
        for id_ in ids:
            if act_at_random(self._node, id_, self._random):
                return


def _look(node: SimNode, read: Callable[[Reading], T]) -> T:
    return node.store.read(read)


# -- reports and the ranking

PERIOD = "2026-09"


def compile_report(node: SimNode) -> str | None:
    """Compile and sign this station's report of the month; the report's id."""
    from node.calendar import read_period

    span = read_period(PERIOD)
    counted = _look(node, lambda reading: count_indicators(reading, node.id, span))
    indicators = {name: counted.indicators[name] for name in sorted(counted.indicators)}
    record = ReportCompiled(period=PERIOD, indicators=indicators, evidence=tuple(counted.evidence))
    entry = node.publish(record)
    return entry.id if entry else None


def approve_reports(node: SimNode, *, of: Iterable[str] | None = None) -> int:
    """Approve every report of a station below that waits; in a parent's place where need be.

    Args:
        of: only reports of these stations; None for the children's.
    """
    wanted = set(node.roster.children(node.id) if of is None else of)
    found = _look(node, lambda reading: performance.find(reading, limit=500))
    waiting = [view for view in found if view.station in wanted and view.state == "compiled"]
    for view in sorted(waiting, key=lambda each: each.id):
        parent = node.roster.parent(view.station)
        in_place_of = parent if parent not in (node.id, None) else None
        node.publish(ReportApproved(report=view.id, in_place_of=in_place_of))
    return len(waiting)


def publish_ranking(node: SimNode, name: str) -> str | None:
    """Policy, cut and ranking of the month, by the national station; part 1's id."""
    policy = node.publish(
        PolicyPublished(
            name=name, period=PERIOD, weights={"needs": 40, "results": 20, "outcomes": 40}
        )
    )
    assert policy is not None
    for record in cut_records(name, PERIOD, _look(node, name_heads)):
        node.publish(record)
    _, cut = _look(node, lambda reading: find_cut(reading, name))
    computed = _look(
        node,
        lambda reading: compute_ranking(reading, node.network, policy.id, cut, PERIOD),
    )
    records = ranking_records(name, PERIOD, policy.id, cut, computed)
    entries = [node.publish(record) for record in records]
    return entries[0].id if entries[0] else None


def recompute(node: SimNode) -> dict[str, str]:
    """Every cut and policy this node holds, and the ranking's digest as this node computes it."""

    def read(reading: Reading) -> dict[str, str]:
        found = {}
        for policy in cuts.find_policies(reading):
            try:
                period, cut = find_cut(reading, policy.name)
                computed = compute_ranking(reading, node.network, policy.id, cut, period)
            except NodeError as error:
                found[policy.id] = error.message
                continue
            found[policy.id] = computed.digest
        return found

    return _look(node, read)
