"""Which outcomes are due to be asked for their impact, and telling the broker so (must-have 26)."""

from datetime import date
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import select

from node.calendar import day_of
from node.capability import Job, Workplace
from node.drafting import own_station
from node.model import Model
from node.notices import tell
from node.readmodels import activities, needs, outcomes, referrals
from node.store import table_of
from node.store.services import EnterpriseAnswer

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

EVERY_S = 3_600
_LATE_MONTHS = 12
"""Outcomes older than this beyond their day are not asked for any more."""
_ANSWER = table_of(EnterpriseAnswer)


class DueSurvey(Model):
    """A confirmed outcome whose enterprise is to be asked: since which day."""

    model_config = ConfigDict(frozen=True)

    referral: str
    need: str
    title: str
    confirmed_on: str
    due: str
    months: int


class DueList(Model):
    """Surveys that are due, the earliest first."""

    items: list[DueSurvey]


def add_months(day: str, months: int) -> str:
    """The day so many months later; the last of its month where there is no such day."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for number in range(start.day, 27, -1):
        try:
            return date(year, month + 1, number).isoformat()
        except ValueError:
            continue
    return date(year, month + 1, start.day).isoformat()


def find_due(reading: "Reading", station: str, months: int, today: str) -> list[DueSurvey]:
    """The confirmed outcomes of a station whose enterprises have not been asked in time.

    Args:
        station: whose outcomes: the one that sent the referral.
        months: after how many months they are asked.
        today: the day in Beijing.
    """
    query = select(_ANSWER.c.subject).where(_ANSWER.c.about == "impact")
    asked = set(reading.connection.execute(query).scalars())
    asked |= {referral for referral, _ in activities.find_surveyed(reading, station)}
    first: dict[str, str] = {}
    for outcome in outcomes.find_outcomes(reading, station):
        first.setdefault(outcome.referral, day_of(outcome.time))
    due = {
        referral: on
        for referral, on in first.items()
        if referral not in asked
        and add_months(on, months) <= today < add_months(on, months + _LATE_MONTHS)
    }
    cases = {id_: referrals.get(reading, id_).need for id_ in due}
    titles = needs.find_many(reading, set(cases.values()))
    found = [
        DueSurvey(
            referral=id_,
            need=cases[id_],
            title=titles[cases[id_]].title if cases[id_] in titles else "",
            confirmed_on=on,
            due=add_months(on, months),
            months=months,
        )
        for id_, on in due.items()
    ]
    return sorted(found, key=lambda each: (each.due, each.referral))


async def list_due(node: "Node") -> DueList:
    """The enterprises that are to be asked what has become of their outcomes."""
    me, months = own_station(node).id, node.config.service.survey_months
    today = day_of(node.clock.now_ms())
    return DueList(items=await node.store.aread(lambda each: find_due(each, me, months, today)))


async def tell_of_surveys(node: Workplace) -> None:
    """Tell the brokers which surveys are due, each once."""
    me = node.roster.station_of(node.keyring.signing.public)
    if me is None:
        return
    now_ms, months = node.clock.now_ms(), node.service.survey_months
    today = day_of(now_ms)
    due = await node.store.aread(lambda reading: find_due(reading, me.id, months, today))
    if not due:
        return

    def write(tx: "Writing") -> None:
        for each in due:
            given = {"title": each.title or each.need[:8], "day": each.due}
            tell(tx, now_ms, "survey.due", each.referral, key=str(months), given=given)

    await node.store.awrite(write)


JOB = Job("tell-of-surveys", EVERY_S, tell_of_surveys)
