"""A figure: what was measured, its unit, and the bound it is held against."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the bound holds, and by how much it is missed."""
        if self.at_least is not None:
            if self.value >= self.at_least:
                return "holds"
            return f"missed by {100 * (1 - self.value / self.at_least):.0f} %"
        if self.at_most is not None:
            if self.value <= self.at_most:
                return "holds"
            return f"missed by {100 * (self.value / self.at_most - 1):.0f} %"
        return ""

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f">= {self.at_least:,.0f}"
        if self.at_most is not None:
            return f"<= {self.at_most:,.0f}"
        return ""


def median(values: Sequence[float]) -> float:
    """The middle of several runs."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that ``percent`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
