"""Interests, introductions, transfers, helpers and splits, from desk to desk (A7, D5, D6, R6)."""

import pytest

from grassroots import approaches, disclosure, helping, introducing, needs, referrals
from grassroots.cases import WhyInput
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.readmodels import outcomes
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

CONSENT = disclosure.ConsentInput(on="2026-09-20", by="总经理")
SAID = referrals.NoteInput(note="好的")
WHY = WhyInput(reason="无法继续")


async def _need(desks: Desks) -> str:
    body = needs.NeedInput(title="尾矿回收钛精矿", text="寻求细粒钛铁矿的浮选药剂与工艺。")
    made = await needs.publish_need(desks.chengdu.node, body)
    desks.exchange()
    return made.id


async def _accepted(desks: Desks, **more: str) -> IdPath:
    """A referral from Chengdu to Hangzhou that was accepted."""
    fields = {"need": await _need(desks), "to": desks.hangzhou.id, **more}
    asked = await referrals.request_referral(
        desks.chengdu.node, referrals.RequestInput.model_validate(fields)
    )
    path = IdPath(id=asked.id)
    desks.exchange()
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    desks.exchange()
    return path


async def _helped(desks: Desks) -> IdPath:
    """The same, with Sichuan as a helper."""
    path = await _accepted(desks)
    invited = helping.InviteInput(station=desks.sichuan.id, note="请协助中试")
    await helping.invite_helper(desks.hangzhou.node, path, invited)
    desks.exchange()
    await helping.join_referral(desks.sichuan.node, path, SAID)
    desks.exchange()
    return path


async def _conclude(desks: Desks, path: IdPath, outcome: str = "advice") -> None:
    body = referrals.ConcludeInput.model_validate({"outcome": outcome})
    await referrals.conclude_referral(desks.hangzhou.node, path, body)
    desks.exchange()


def _split(**percents: tuple[Desk, int]) -> helping.SplitInput:
    shares = [helping.ShareInput(station=desk.id, percent=n) for desk, n in percents.values()]
    return helping.SplitInput(shares=shares)


async def test_an_offer_is_asked_about_taken_up_and_becomes_a_referral(desks: Desks) -> None:
    need = await _need(desks)
    offer = approaches.ExpressInput(need=need, note="可提供捕收剂")
    path = IdPath(id=(await approaches.express_interest(desks.hangzhou.node, offer)).id)
    desks.exchange()
    asked = referrals.QueryInput(note="有无中试数据？")
    await approaches.query_interest(desks.chengdu.node, path, asked)
    desks.exchange()
    await approaches.answer_interest(
        desks.hangzhou.node, path, referrals.AnswerInput(note="有，见报告")
    )
    desks.exchange()

    made = await approaches.match_interest(desks.chengdu.node, path, approaches.TakeUpInput())
    desks.exchange()

    seen = await approaches.get_interest(desks.national.node, path)
    assert (seen.approach.state, seen.allowed) == ("matched", [])
    referral = (await referrals.get_referral(desks.hangzhou.node, IdPath(id=made.id))).referral
    assert (referral.follows, referral.receiver, referral.need) == (
        path.id,
        desks.hangzhou.id,
        need,
    )
    assert (
        "referral.accepted/1"
        in (await referrals.get_referral(desks.hangzhou.node, IdPath(id=made.id))).allowed
    )


async def test_an_offer_is_for_an_open_need_of_another(desks: Desks) -> None:
    need = await _need(desks)
    offer = approaches.ExpressInput(need=need, note="可提供")

    with pytest.raises(InvalidError, match="own"):
        await approaches.express_interest(desks.chengdu.node, offer)
    await needs.withdraw_need(desks.chengdu.node, IdPath(id=need), needs.WithdrawInput())
    desks.exchange()
    with pytest.raises(ConflictError, match="withdrawn"):
        await approaches.express_interest(desks.hangzhou.node, offer)


async def test_an_introducer_gets_its_share(desks: Desks) -> None:
    need = await _need(desks)
    body = introducing.IntroduceInput(need=need, partner=desks.hangzhou.id, note="专业相近")
    made = await introducing.propose_introduction(desks.sichuan.node, body)
    desks.exchange()
    followed = await approaches.follow_introduction(
        desks.chengdu.node, IdPath(id=made.id), approaches.TakeUpInput()
    )
    path = IdPath(id=followed.id)
    desks.exchange()
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    desks.exchange()
    await _conclude(desks, path)

    with pytest.raises(ConflictError, match="split"):
        await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())
    shares = _split(a=(desks.chengdu, 45), b=(desks.hangzhou, 45), c=(desks.sichuan, 10))
    proposal = (await helping.propose_split(desks.chengdu.node, path, shares)).id
    desks.exchange()
    await helping.agree_split(desks.hangzhou.node, path, helping.AgreeInput(proposal=proposal))
    desks.exchange()
    await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())
    desks.exchange()

    found = desks.national.store.read(lambda r: outcomes.find_outcomes(r, referral=path.id))
    assert [{str(s): p for s, p in each.shares}[desks.sichuan.id] for each in found] == [10]


async def test_a_station_that_is_a_party_introduces_nobody(desks: Desks) -> None:
    need = await _need(desks)
    mine = introducing.IntroduceInput(need=need, partner=desks.chengdu.id, note="自荐")
    nobody = introducing.IntroduceInput(need=need, partner="A" * 43, note="无此站")

    with pytest.raises(InvalidError, match="one of the two"):
        await introducing.propose_introduction(desks.sichuan.node, mine)
    with pytest.raises(NotFoundError):
        await introducing.propose_introduction(desks.sichuan.node, nobody)


async def test_a_transferred_need_is_the_receiver_s(desks: Desks) -> None:
    path = await _accepted(desks, manner="transfer")
    need = IdPath(id=(await referrals.get_referral(desks.chengdu.node, path)).referral.need)

    with pytest.raises(NotAllowedError):
        await needs.withdraw_need(desks.chengdu.node, need, needs.WithdrawInput())
    await needs.solve_need(desks.hangzhou.node, need, needs.SolveInput())
    desks.exchange()

    seen = await needs.get_need(desks.national.node, need)
    assert (seen.station, seen.owner, seen.state) == (desks.chengdu.id, desks.hangzhou.id, "solved")


async def test_a_need_on_its_way_to_another_station_is_left_as_it_is(desks: Desks) -> None:
    need = await _need(desks)
    body = referrals.RequestInput(need=need, to=desks.hangzhou.id, manner="transfer")
    asked = await referrals.request_referral(desks.chengdu.node, body)

    with pytest.raises(ConflictError, match="transfer"):
        await needs.withdraw_need(desks.chengdu.node, IdPath(id=need), needs.WithdrawInput())
    with pytest.raises(ConflictError, match="transfer"):
        await referrals.request_referral(desks.chengdu.node, body)
    await referrals.revoke_referral(
        desks.chengdu.node, IdPath(id=asked.id), referrals.ReasonInput()
    )
    await needs.withdraw_need(desks.chengdu.node, IdPath(id=need), needs.WithdrawInput())


async def test_only_the_owner_transfers_a_need(desks: Desks) -> None:
    need = await _need(desks)
    body = referrals.RequestInput(need=need, to=desks.sichuan.id, manner="transfer")

    with pytest.raises(NotAllowedError):
        await referrals.request_referral(desks.hangzhou.node, body)


async def test_a_helper_is_told_the_name_by_a_disclosure_of_its_own(desks: Desks) -> None:
    path = await _helped(desks)
    contact = {"name": "攀西钒钛有限公司"}
    first = disclosure.DiscloseInput(consent=CONSENT, contact=contact)
    await disclosure.disclose_contact(desks.chengdu.node, path, first)
    desks.exchange()
    before = await disclosure.read_contact(desks.sichuan.node, path)

    second = disclosure.DiscloseInput(consent=CONSENT, contact=contact, to=desks.sichuan.id)
    await disclosure.disclose_contact(desks.chengdu.node, path, second)
    desks.exchange()

    assert before.items == []
    told = [len((await disclosure.read_contact(d.node, path)).items) for d in desks.all()]
    assert dict(zip([d.id for d in desks.all()], told, strict=True)) == {
        desks.national.id: 0,
        desks.sichuan.id: 1,
        desks.zhejiang.id: 0,
        desks.chengdu.id: 2,
        desks.hangzhou.id: 1,
    }
    stranger = disclosure.DiscloseInput(consent=CONSENT, contact=contact, to=desks.zhejiang.id)
    with pytest.raises(ConflictError, match="does not work"):
        await disclosure.disclose_contact(desks.chengdu.node, path, stranger)


async def test_every_helper_agrees_before_an_outcome_counts(desks: Desks) -> None:
    path = await _helped(desks)
    await _conclude(desks, path)
    shares = _split(a=(desks.chengdu, 40), b=(desks.hangzhou, 40), c=(desks.sichuan, 20))
    proposal = (await helping.propose_split(desks.hangzhou.node, path, shares)).id
    desks.exchange()
    no = helping.RejectInput(proposal=proposal, reason="偏低")
    await helping.reject_split(desks.sichuan.node, path, no)
    desks.exchange()
    better = _split(a=(desks.chengdu, 35), b=(desks.hangzhou, 35), c=(desks.sichuan, 30))
    proposal = (await helping.propose_split(desks.hangzhou.node, path, better)).id
    desks.exchange()
    yes = helping.AgreeInput(proposal=proposal)
    await helping.agree_split(desks.sichuan.node, path, yes)
    await helping.agree_split(desks.chengdu.node, path, yes)
    desks.exchange()

    await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())
    desks.exchange()

    seen = (await referrals.get_referral(desks.zhejiang.node, path)).referral
    assert seen.state == "confirmed"
    assert dict(seen.shares)[desks.sichuan.id] == 30
    found = desks.zhejiang.store.read(lambda r: outcomes.find_outcomes(r, referral=path.id))
    assert len(found) == 1


async def test_a_share_of_a_stranger_is_refused_and_nothing_is_signed(desks: Desks) -> None:
    path = await _accepted(desks)
    before = desks.chengdu.text()
    shares = _split(a=(desks.chengdu, 50), c=(desks.sichuan, 50))
    odd = _split(a=(desks.chengdu, 50), b=(desks.hangzhou, 40))

    with pytest.raises(ConflictError, match="no part"):
        await helping.propose_split(desks.chengdu.node, path, shares)
    with pytest.raises(InvalidError, match="100"):
        await helping.propose_split(desks.chengdu.node, path, odd)
    assert desks.chengdu.text() == before


async def test_a_helper_that_does_not_answer_is_released(desks: Desks) -> None:
    path = await _helped(desks)
    gone = helping.ReleaseInput(station=desks.sichuan.id, reason="久未答复")
    await helping.release_helper(desks.chengdu.node, path, gone)
    desks.exchange()
    await _conclude(desks, path)

    await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())

    seen = (await referrals.get_referral(desks.chengdu.node, path)).referral
    assert (seen.state, seen.helpers) == ("confirmed", [])


async def test_a_dispute_is_taken_back_or_ends_the_case_which_may_be_taken_up_again(
    desks: Desks,
) -> None:
    path = await _accepted(desks)
    doubt = WhyInput(reason="资料不符")
    await referrals.dispute_referral(desks.hangzhou.node, path, doubt)
    desks.exchange()
    with pytest.raises(ConflictError):
        await referrals.resume_referral(desks.chengdu.node, path, SAID)
    await referrals.resume_referral(desks.hangzhou.node, path, SAID)
    await referrals.dispute_referral(desks.hangzhou.node, path, doubt)
    await referrals.close_referral(desks.hangzhou.node, path, WHY)
    desks.exchange()
    closed = await referrals.get_referral(desks.chengdu.node, path)
    await referrals.reopen_referral(
        desks.chengdu.node, path, referrals.ReopenInput(reason="企业重提")
    )
    desks.exchange()

    seen = await referrals.get_referral(desks.hangzhou.node, path)
    assert (closed.referral.state, closed.allowed) == ("closed", ["referral.reopened/1"])
    assert "没有达成结果" in closed.plain["zh"]
    assert seen.referral.state == "requested"
    assert "referral.accepted/1" in seen.allowed


async def test_a_case_without_a_result_is_closed_and_counts_nowhere(desks: Desks) -> None:
    path = await _accepted(desks)
    await _conclude(desks, path, "no-result")

    await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())
    desks.exchange()

    seen = (await referrals.get_referral(desks.national.node, path)).referral
    assert seen.state == "closed"
    assert desks.national.store.read(outcomes.count_outcomes) == 0
