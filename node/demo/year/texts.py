"""What the year's enterprises need and what institutes have: trades and their problems."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

TRADES = Path(__file__).parent / "trades.jsonl"
SIZES = ("micro", "small", "small", "medium")
_SETTINGS = (
    "每月产量约{count}件，主要供应周边配套企业。",
    "车间现有{count}名工人，两班倒，没有专职研发人员。",
    "去年因此报废和返工损失约{count}万元。",
    "已自行摸索{months}个月，没有找到可行办法。",
    "客户给的整改期限是{months}个月，逾期将转走订单。",
)
"""Ways in which one firm's trouble differs from another's."""


class Chance:
    """Choices that are the same in every run: numbers drawn from the digest of a seed."""

    def __init__(self, seed: str) -> None:
        """Begin."""
        self._seed = seed
        self._drawn = 0

    def below(self, end: int) -> int:
        """A number from 0 to ``end`` - 1."""
        self._drawn += 1
        drawn = sha256(f"{self._seed} {self._drawn}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") % end

    def pick(self, choices: Sequence[T]) -> T:
        """One of several."""
        return choices[self.below(len(choices))]

    def is_one_in(self, count: int) -> bool:
        """Whether this is the one case in so many."""
        return self.below(count) == 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One trouble of a trade, and the result that answers it."""

    trade: int
    number: int
    field: str
    industry: str
    title: str
    detail: str
    indicators: tuple[str, ...]
    result: dict[str, Any]


class Trades:
    """All trades: what their firms make, and what goes wrong."""

    def __init__(self) -> None:
        """Read the data."""
        rows = [json.loads(line) for line in TRADES.read_text("utf-8").splitlines()]
        self.products: list[list[str]] = [row["products"] for row in rows]
        self.problems = [
            Problem(
                trade, number, row["field"], row["industry"], each["title"], each["detail"],
                tuple(each["indicators"]), each["result"],
            )
            for trade, row in enumerate(rows)
            for number, each in enumerate(row["problems"])
        ]  # fmt: skip

    def needs(self) -> Iterator[tuple[Problem, str]]:
        """Every problem with every product of its trade, spread over the trades."""
        for turn in range(max(map(len, self.products))):
            for problem in self.problems:
                products = self.products[problem.trade]
                yield problem, products[(turn + problem.number) % len(products)]


def need_fields(problem: Problem, product: str, chance: Chance) -> dict[str, object]:
    """A need as a clerk takes it down, without the enterprise's name."""
    setting = chance.pick(_SETTINGS).format(
        count=20 + chance.below(60) * 10, months=3 + chance.below(9)
    )
    return {
        "title": problem.title.format(product=product),
        "text": problem.detail.format(product=product) + setting,
        "kind": chance.pick(("upgrade", "joint-rd", "information", "upgrade")),
        "field": problem.field,
        "industry": problem.industry,
        "size": chance.pick(SIZES),
        "indicators": list(problem.indicators),
        "budget_fen": (5 + chance.below(60)) * 1_000_000,
        "keywords": [product],
    }


def result_fields(problem: Problem) -> dict[str, object]:
    """A result as an institute describes it."""
    told = problem.result
    return {
        "title": told["title"],
        "text": told["abstract"],
        "keywords": told["keywords"],
        "field": problem.field,
        "discipline": told["discipline"],
        "owner": told["owner"],
        "trl": told["trl"],
        "ip": told["ip"],
        "stage": told["stage"],
        "source": {"system": told["origin"], "id": f"{problem.trade:02}-{problem.number}"},
    }
