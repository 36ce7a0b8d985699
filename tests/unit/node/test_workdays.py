"""Working days as offices in mainland China keep them."""

from datetime import date

import pytest

from node.workdays import add_working_days, count_working_days, is_working_day, last_known_year


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-16", False),  # 除夕, a Monday
        ("2026-02-28", True),  # a Saturday worked for the Spring Festival
        ("2026-10-01", False),  # 国庆节, a Thursday
        ("2026-10-10", True),  # a Saturday worked for it
        ("2026-11-23", True),
        ("2026-11-28", False),
    ],
)
def test_holidays_and_the_days_worked_for_them_are_known(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works


def test_five_working_days_over_the_spring_festival_take_two_weeks() -> None:
    assert add_working_days(date(2026, 2, 12), 5) == date(2026, 2, 26)


def test_counting_is_the_other_way_round() -> None:
    start = date(2026, 9, 28)
    for count in range(1, 12):
        assert count_working_days(start, add_working_days(start, count)) == count
    assert count_working_days(start, start) == 0
    assert count_working_days(start, date(2026, 9, 1)) == 0


def test_a_year_without_a_notice_is_counted_by_the_week() -> None:
    assert add_working_days(date(last_known_year() + 1, 5, 3), 5).weekday() < 5
