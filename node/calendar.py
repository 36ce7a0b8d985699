"""Days and periods as people in China read them: Beijing time, whatever the machine's zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from node.errors import InvalidError

SHANGHAI = timezone(timedelta(hours=8))
"""Periods begin and end at midnight in Beijing time; China has had no summer time since 1991."""

_PERIOD = re.compile(r"[0-9]{4}(-Q[1-4]|-0[1-9]|-1[0-2])?")


@dataclass(frozen=True, slots=True)
class Span:
    """A period as first and last day and as Unix milliseconds, the end not included."""

    first_day: str
    last_day: str
    start_ms: int
    end_ms: int


def read_period(period: str) -> Span:
    """The span of a year ``2026``, a quarter ``2026-Q4`` or a month ``2026-11``.

    Raises:
        InvalidError: text that is none of these.
    """
    year_text, _, part = period.partition("-")
    try:
        if _PERIOD.fullmatch(period) is None:
            raise ValueError
        year = int(year_text)
        if not part:
            first, months = 1, 12
        elif part.startswith("Q"):
            first, months = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10}[part], 3
        else:
            first, months = int(part), 1
        start = datetime(year, first, 1, tzinfo=SHANGHAI)
        last = first + months
        end = datetime(year + (last - 1) // 12, (last - 1) % 12 + 1, 1, tzinfo=SHANGHAI)
    except ValueError:
        raise InvalidError(
            f"{period} is no period", "Write a year 2026, a quarter 2026-Q4 or a month 2026-11."
        ) from None
    return Span(
        start.date().isoformat(),
        (end - timedelta(days=1)).date().isoformat(),
        round(start.timestamp() * 1000),
        round(end.timestamp() * 1000),
    )


def period_of(at_ms: int) -> str:
    """The month a moment falls into, Beijing time: ``2026-11``."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(SHANGHAI).strftime("%Y-%m")


def day_of(at_ms: int) -> str:
    """The day a moment falls on, Beijing time: ``2026-11-22``."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(SHANGHAI).strftime("%Y-%m-%d")


def moment_of(at_ms: int) -> str:
    """A moment in Beijing time: ``2026-11-22 13:05:09``."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(SHANGHAI).strftime(_MOMENT)


_MOMENT = "%Y-%m-%d %H:%M:%S"
