"""Working days in mainland China: what a service level counts in.

Source: the State Council's yearly notices on public holidays, as days that differ from the week
(data/working_days.csv). In a year that no notice is held for, Monday to Friday are worked.
"""

import csv
import functools
from datetime import date, timedelta
from importlib import resources

_DAY = timedelta(days=1)
SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Whether offices work on a day."""
    known = _exceptions().get(day)
    return day.weekday() < SATURDAY if known is None else known


def add_working_days(day: date, count: int) -> date:
    """The day by whose end so many working days after ``day`` have passed; ``count`` from 0 on."""
    while count > 0:
        day += _DAY
        count -= is_working_day(day)
    return day


def count_working_days(after: date, until: date) -> int:
    """How many working days there are after a day, up to and with another, 0 if it is earlier."""
    days = (after + timedelta(days=number) for number in range(1, (until - after).days + 1))
    return sum(map(is_working_day, days))


def last_known_year() -> int:
    """The last year whose holidays are known."""
    return max(day.year for day in _exceptions())


@functools.cache
def _exceptions() -> dict[date, bool]:
    table = resources.files("node") / "data" / "working_days.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {date.fromisoformat(row["day"]): row["is"] == "work" for row in rows}
