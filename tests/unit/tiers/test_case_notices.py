"""What stations hear of interests, introductions, helpers and splits (A7, D5, D6, R6)."""

from grassroots import approaches, helping, introducing, needs, referrals
from node.drafting import IdPath
from node.notices import inbox
from node.notices.arrivals import tell_of_arrivals
from node.notices.inbox import InboxQuery, NoticeView
from node.people import OPERATOR
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

NEED = needs.NeedInput(title="尾矿回收", text="寻求回收工艺。")


def seen(desk: Desk, **asked: bool) -> list[NoticeView]:
    found = desk.store.read(lambda each: inbox.find(each, OPERATOR, InboxQuery(**asked)))
    return found[::-1]


def kinds(desk: Desk, **asked: bool) -> list[str]:
    return [each.kind for each in seen(desk, **asked)]


async def pass_on(desks: Desks) -> None:
    """Everybody hears of everything, twice."""
    desks.exchange()
    for desk in desks.all() * 2:
        await tell_of_arrivals(desk.node)


async def publish(desks: Desks) -> str:
    made = await needs.publish_need(desks.chengdu.node, NEED)
    desks.exchange()
    return made.id


async def refer(desks: Desks) -> IdPath:
    asked = referrals.RequestInput(need=await publish(desks), to=desks.hangzhou.id)
    case = IdPath(id=(await referrals.request_referral(desks.chengdu.node, asked)).id)
    desks.exchange()
    await referrals.accept_referral(desks.hangzhou.node, case, referrals.AcceptInput())
    await pass_on(desks)
    return case


async def test_an_interest_is_told_to_the_need_s_station_and_the_answer_to_the_other(
    desks: Desks,
) -> None:
    offer = approaches.ExpressInput(need=await publish(desks), note="可提供捕收剂")
    case = IdPath(id=(await approaches.express_interest(desks.hangzhou.node, offer)).id)
    await pass_on(desks)

    (told,) = seen(desks.chengdu)
    assert (told.kind, told.link) == ("interest.expressed", f"/interests/{case.id}")
    assert told.given == {"station": "杭州基层站", "title": "尾矿回收"}
    assert kinds(desks.hangzhou) == kinds(desks.sichuan) == []

    query = approaches.QueryInput(note="药剂成本多少？")
    await approaches.query_interest(desks.chengdu.node, case, query)
    await pass_on(desks)
    answer = approaches.AnswerInput(note="每吨 3 元")
    await approaches.answer_interest(desks.hangzhou.node, case, answer)
    await pass_on(desks)
    await approaches.match_interest(desks.chengdu.node, case, approaches.TakeUpInput())
    await pass_on(desks)

    assert kinds(desks.hangzhou)[:2] == ["interest.queried", "interest.matched"]
    assert kinds(desks.chengdu) == ["interest.expressed", "interest.moved"]
    assert "interest.expressed" not in kinds(desks.chengdu, open=True)


async def test_an_interest_that_was_withdrawn_waits_for_nobody(desks: Desks) -> None:
    offer = approaches.ExpressInput(need=await publish(desks), note="可提供捕收剂")
    case = IdPath(id=(await approaches.express_interest(desks.hangzhou.node, offer)).id)
    await pass_on(desks)
    why = approaches.ReasonInput(reason="人手不足")
    await approaches.withdraw_interest(desks.hangzhou.node, case, why)
    await pass_on(desks)

    assert kinds(desks.chengdu) == ["interest.expressed", "interest.moved"]
    assert kinds(desks.chengdu, open=True) == ["interest.moved"]


async def test_an_introduction_is_told_to_the_need_s_station_and_to_the_partner(
    desks: Desks,
) -> None:
    asked = introducing.IntroduceInput(
        need=await publish(desks), partner=desks.hangzhou.id, note="有同类案例"
    )
    case = IdPath(id=(await introducing.propose_introduction(desks.sichuan.node, asked)).id)
    await pass_on(desks)
    for desk in (desks.chengdu, desks.hangzhou):
        (told,) = seen(desk)
        assert (told.kind, told.link) == ("introduction.proposed", f"/introductions/{case.id}")

    why = approaches.WhyInput(reason="产能不足")
    await approaches.decline_introduction(desks.hangzhou.node, case, why)
    await pass_on(desks)

    assert kinds(desks.sichuan) == ["introduction.moved"]
    assert kinds(desks.hangzhou, open=True) == []
    assert kinds(desks.chengdu) == ["introduction.proposed", "introduction.moved"]


async def test_a_helper_hears_that_it_is_asked_and_how_the_case_ends_and_nothing_between(
    desks: Desks,
) -> None:
    case = await refer(desks)
    invited = helping.InviteInput(station=desks.sichuan.id)
    await helping.invite_helper(desks.hangzhou.node, case, invited)
    await pass_on(desks)
    assert kinds(desks.sichuan, open=True) == ["helper.invited"]
    assert kinds(desks.chengdu)[-1] == "case.moved"
    assert kinds(desks.zhejiang) == []

    await helping.join_referral(desks.sichuan.node, case, referrals.NoteInput())
    await pass_on(desks)
    assert kinds(desks.sichuan, open=True) == []
    await referrals.start_referral(desks.hangzhou.node, case, referrals.NoteInput())
    shares = [
        helping.ShareInput(station=desks.hangzhou.id, percent=60),
        helping.ShareInput(station=desks.sichuan.id, percent=40),
    ]
    await helping.propose_split(desks.hangzhou.node, case, helping.SplitInput(shares=shares))
    await pass_on(desks)
    assert kinds(desks.sichuan, open=True) == ["split.proposed"]

    why = helping.ReleaseInput(station=desks.sichuan.id, reason="另有安排")
    await helping.release_helper(desks.hangzhou.node, case, why)
    await pass_on(desks)

    assert kinds(desks.sichuan) == ["helper.invited", "split.proposed", "helper.released"]


async def test_a_referral_that_was_revoked_is_nothing_to_answer(desks: Desks) -> None:
    asked = referrals.RequestInput(need=await publish(desks), to=desks.hangzhou.id)
    case = IdPath(id=(await referrals.request_referral(desks.chengdu.node, asked)).id)
    await pass_on(desks)
    assert kinds(desks.hangzhou, open=True) == ["referral.requested"]
    why = referrals.ReasonInput(reason="企业撤回")
    await referrals.revoke_referral(desks.chengdu.node, case, why)
    await pass_on(desks)

    assert kinds(desks.hangzhou, open=True) == ["referral.revoked"]
