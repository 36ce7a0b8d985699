"""A referral nobody answers comes before its station, then its region, then national (D4, D9)."""

from grassroots import needs, referrals
from grassroots.deadlines import DeadlineQuery, list_deadlines
from node.drafting import IdPath
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

DAY_MS = 24 * 3_600_000
NEED = needs.NeedInput(title="尾矿回收", text="寻求回收工艺。")


async def seen(desk: Desk, whose: str) -> list[tuple[str, str]]:
    """The stations that owe an act, and the alarm."""
    query = DeadlineQuery.model_validate({"whose": whose})
    found = await list_deadlines(desk.node, query)
    return [(each.station, each.alarm) for each in found.items]


async def test_what_is_not_answered_is_told_higher_the_longer_it_lasts(desks: Desks) -> None:
    need = await needs.publish_need(desks.chengdu.node, NEED)
    desks.exchange()
    asked = referrals.RequestInput(need=need.id, to=desks.hangzhou.id)
    referral = await referrals.request_referral(desks.chengdu.node, asked)
    desks.exchange()
    owed = desks.hangzhou.id

    assert await seen(desks.hangzhou, "own") == [(owed, "")]
    assert await seen(desks.chengdu, "own") == await seen(desks.zhejiang, "told") == []
    assert await seen(desks.sichuan, "all") == [(owed, "")]

    desks.hangzhou.clock.now += 14 * DAY_MS  # from 22 September into the week of the National Day
    assert await seen(desks.hangzhou, "own") == [(owed, "")]

    desks.hangzhou.clock.now += 5 * DAY_MS
    assert await seen(desks.hangzhou, "own") == [(owed, "regional")]
    assert await seen(desks.zhejiang, "told") == [(owed, "regional")]
    assert await seen(desks.sichuan, "told") == await seen(desks.national, "told") == []

    desks.hangzhou.clock.now += 5 * DAY_MS
    assert await seen(desks.national, "told") == [(owed, "national")]

    path = IdPath(id=referral.id)
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    desks.exchange()
    assert await seen(desks.hangzhou, "own") == [(owed, "")]
    assert await seen(desks.national, "told") == []


async def test_a_sender_may_name_the_day(desks: Desks) -> None:
    need = await needs.publish_need(desks.chengdu.node, NEED)
    desks.exchange()
    asked = referrals.RequestInput(need=need.id, to=desks.hangzhou.id, answer_by="2030-01-02")
    await referrals.request_referral(desks.chengdu.node, asked)

    found = await list_deadlines(desks.chengdu.node, DeadlineQuery(whose="all"))
    assert [each.due for each in found.items] == ["2030-01-02"]
