"""By when the next act in a referral is due, and who is told when it is late (D4, D9)."""

from datetime import date, datetime

import pytest

from node.calendar import SHANGHAI
from node.deadlines import WAITS, answer_day, find_deadline, find_deadlines, told
from node.readmodels.referrals import ReferralView
from node.settings import ServiceConfig
from protocol.transitions import CASE_TYPES
from tests.unit.protocol.world import World, country

SERVICE = ServiceConfig()
MONDAY = date(2026, 11, 23)


def at_noon(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI).timestamp() * 1000)


def referral(state: str = "requested", since: date = MONDAY, **fields: object) -> ReferralView:
    given = {
        "id": "case", "need": "need", "sender": "chengdu", "receiver": "hangzhou",
        "state": state, "updated": at_noon(since), "answer_by": "",
    }  # fmt: skip
    return ReferralView.model_construct(**(given | fields))


@pytest.fixture
def world() -> World:
    return country()


def test_an_answer_is_due_when_the_sender_said() -> None:
    found = find_deadline(referral(answer_by="2026-11-27"), SERVICE, MONDAY)

    assert found is not None
    assert (found.station, found.due, found.late_days) == ("hangzhou", "2026-11-27", 0)
    assert found.alarm == ""


def test_without_a_day_the_service_level_counts_working_days() -> None:
    found = find_deadline(referral(since=date(2026, 2, 12)), SERVICE, date(2026, 2, 13))

    assert found is not None
    assert found.due == "2026-02-26"
    assert answer_day(SERVICE, at_noon(date(2026, 2, 12))) == found.due


@pytest.mark.parametrize(
    ("today", "late", "alarm"),
    [
        ("2026-11-26", 0, ""),
        ("2026-11-27", 0, "soon"),
        ("2026-11-29", 0, ""),  # a Sunday: nobody is there to be told
        ("2026-11-30", 0, "soon"),
        ("2026-12-01", 1, "station"),
        ("2026-12-03", 3, "regional"),
        ("2026-12-06", 4, "regional"),
        ("2026-12-08", 6, "national"),
    ],
)
def test_the_longer_it_is_late_the_higher_it_is_told(today: str, late: int, alarm: str) -> None:
    found = find_deadline(referral(answer_by="2026-11-30"), SERVICE, date.fromisoformat(today))

    assert found is not None
    assert (found.late_days, found.alarm) == (late, alarm)


@pytest.mark.parametrize(
    ("today", "names"),
    [
        ("2026-11-26", []),
        ("2026-11-27", ["hangzhou"]),
        ("2026-12-03", ["hangzhou", "zhejiang"]),
        ("2026-12-08", ["hangzhou", "zhejiang", "national"]),
    ],
)
def test_who_owes_the_act_is_told_then_its_region_then_national(
    world: World, today: str, names: list[str]
) -> None:
    asked = referral(receiver=world.ids["hangzhou"], answer_by="2026-11-30")
    found = find_deadline(asked, SERVICE, date.fromisoformat(today))

    assert found is not None
    assert list(told(found, world.roster())) == [world.ids[name] for name in names]


def test_the_sender_owes_the_last_word_and_a_closed_case_nothing() -> None:
    found = find_deadline(referral("concluded"), SERVICE, MONDAY)

    assert found is not None
    assert found.station == "chengdu"
    assert find_deadline(referral("confirmed"), SERVICE, MONDAY) is None


def test_every_wait_is_for_acts_the_table_allows_there() -> None:
    allowed = {
        (state, row.kind, row.party if row.party != "addressee" else "receiver")
        for each in CASE_TYPES
        for row in each.rows
        for state in row.froms
    }

    for state, waiting in WAITS.items():
        assert all((state, kind, waiting.party) in allowed for kind in waiting.acts)
        assert getattr(SERVICE, waiting.term) > 0


def test_what_is_due_first_comes_first() -> None:
    cases = [
        referral(id="late"),
        referral(id="early", since=date(2026, 11, 16)),
        referral("declined", id="closed"),
    ]

    found = find_deadlines(cases, SERVICE, at_noon(MONDAY))

    assert [each.referral for each in found] == ["early", "late"]
