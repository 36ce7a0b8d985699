"""What a clerk may not do is refused before anything is signed, with what to do instead."""

from pathlib import Path

import pytest

from grassroots import disclosure, enterprises, needs, rankings, referrals, reports, results
from national import ranking
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.readmodels import entries
from node.scope import Scope
from node.supervision import approval
from tests.builders import Country
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk, open_desk

NOWHERE = IdPath(id="A" * 43)
NEED = needs.NeedInput(title="尾矿回收", text="寻求回收工艺。")


def _entries(desk: Desk) -> int:
    return desk.store.read(entries.count)


async def _referral(desks: Desks) -> IdPath:
    need = await needs.publish_need(desks.chengdu.node, NEED)
    desks.exchange()
    asked = referrals.RequestInput(need=need.id, to=desks.hangzhou.id)
    referral = await referrals.request_referral(desks.chengdu.node, asked)
    desks.exchange()
    return IdPath(id=referral.id)


async def test_a_need_that_names_its_enterprise_is_refused(desks: Desks) -> None:
    card = await enterprises.add_enterprise(
        desks.chengdu.node,
        enterprises.EnterpriseInput(name="攀西钒钛有限公司", phone="0812-5551234"),
    )
    before = _entries(desks.chengdu)

    for told in ("攀西钒钛有限公司求助", "请电 0812-5551234"):
        body = needs.NeedInput(title="尾矿回收", text=told, enterprise=card.id)
        with pytest.raises(InvalidError) as caught:
            await needs.publish_need(desks.chengdu.node, body)
        assert list(caught.value.reasons) == ["text"]

    assert _entries(desks.chengdu) == before


async def test_a_code_that_is_in_no_list_is_refused(desks: Desks) -> None:
    for field, code in (("division", "999999"), ("industry", "9999")):
        body = needs.NeedInput.model_validate({"title": "t", "text": "t", field: code})
        with pytest.raises(InvalidError) as caught:
            await needs.publish_need(desks.chengdu.node, body)
        assert list(caught.value.reasons) == [field]


async def test_another_station_s_need_or_result_is_not_mine_to_change(desks: Desks) -> None:
    need = await needs.publish_need(desks.chengdu.node, NEED)
    result = await results.publish_result(
        desks.chengdu.node, results.ResultInput(title="药剂", text="好")
    )
    desks.exchange()

    with pytest.raises(NotAllowedError):
        await needs.withdraw_need(
            desks.hangzhou.node, IdPath(id=need.id), needs.WithdrawInput(reason="x")
        )
    with pytest.raises(NotAllowedError):
        await results.withdraw_result(
            desks.hangzhou.node, IdPath(id=result.id), needs.WithdrawInput()
        )


async def test_a_closed_need_cannot_be_closed_amended_or_referred_again(desks: Desks) -> None:
    need = await needs.publish_need(desks.chengdu.node, NEED)
    path = IdPath(id=need.id)
    amended = needs.NeedInput(title="尾矿回收（修订）", text="寻求回收工艺。")
    await needs.amend_need(desks.chengdu.node, path, amended)
    await needs.withdraw_need(desks.chengdu.node, path, needs.WithdrawInput(reason="已解决"))

    view = await needs.get_need(desks.chengdu.node, path)
    assert (view.title, view.state, view.closed_note) == ("尾矿回收（修订）", "withdrawn", "已解决")
    with pytest.raises(ConflictError):
        await needs.solve_need(desks.chengdu.node, path, needs.SolveInput())
    with pytest.raises(ConflictError):
        await referrals.request_referral(
            desks.chengdu.node, referrals.RequestInput(need=need.id, to=desks.hangzhou.id)
        )


async def test_a_referral_goes_to_a_known_other_station_about_a_known_need(desks: Desks) -> None:
    need = await needs.publish_need(desks.chengdu.node, NEED)

    for to, about, error in (
        (desks.chengdu.id, need.id, InvalidError),
        ("A" * 43, need.id, NotFoundError),
        (desks.hangzhou.id, "A" * 43, NotFoundError),
    ):
        asked = referrals.RequestInput(need=about, to=to)
        with pytest.raises(error):
            await referrals.request_referral(desks.chengdu.node, asked)


async def test_only_the_receiver_accepts_and_only_once(desks: Desks) -> None:
    path = await _referral(desks)
    accept = referrals.AcceptInput(contact=referrals.OfficeInput(name="技术转移办公室"))

    with pytest.raises(ConflictError, match="the referral is requested"):
        await referrals.accept_referral(desks.chengdu.node, path, accept)
    with pytest.raises(NotAllowedError):
        await referrals.accept_referral(desks.zhejiang.node, path, accept)
    await referrals.accept_referral(desks.hangzhou.node, path, accept)
    with pytest.raises(ConflictError):
        await referrals.accept_referral(desks.hangzhou.node, path, accept)

    seen = await referrals.get_referral(desks.hangzhou.node, path)
    assert "referral.started/1" in seen.allowed


async def test_a_declined_or_revoked_referral_is_over(desks: Desks) -> None:
    declined, revoked = await _referral(desks), await _referral(desks)

    body = referrals.DeclineInput(reason="field", note="不在本站领域")
    await referrals.decline_referral(desks.hangzhou.node, declined, body)
    await referrals.revoke_referral(desks.chengdu.node, revoked, referrals.ReasonInput())
    desks.exchange()

    for path, state in ((declined, "declined"), (revoked, "revoked")):
        seen = await referrals.get_referral(desks.national.node, path)
        assert (seen.referral.state, seen.allowed) == (state, [])
        with pytest.raises(ConflictError):
            await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())


async def test_a_contact_is_disclosed_only_after_acceptance(desks: Desks) -> None:
    path = await _referral(desks)
    consent = disclosure.ConsentInput(on="2026-09-20", by="总经理")
    told = disclosure.DiscloseInput(consent=consent, contact={"name": "攀西钒钛有限公司"})

    with pytest.raises(ConflictError):
        await disclosure.disclose_contact(desks.chengdu.node, path, told)
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    desks.exchange()
    with pytest.raises(InvalidError, match="No enterprise"):
        await disclosure.disclose_contact(
            desks.chengdu.node, path, disclosure.DiscloseInput(consent=consent)
        )
    await disclosure.disclose_contact(desks.chengdu.node, path, told)


async def test_an_amount_is_published_only_with_consent(desks: Desks) -> None:
    path = await _referral(desks)
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    contract = referrals.ContractInput(type="service", amount_fen=100, signed="2026-09-21")
    await referrals.conclude_referral(
        desks.hangzhou.node, path, referrals.ConcludeInput(outcome="contract", contract=contract)
    )
    desks.exchange()

    await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())

    totals = await reports.get_performance(desks.chengdu.node, reports.TotalsQuery())
    assert (totals.outcomes, totals.contract_fen) == (1, 0)


async def test_only_a_station_above_judges_a_report(desks: Desks) -> None:
    compiled = await reports.compile_report(
        desks.chengdu.node, reports.PeriodInput(period="2026-09")
    )
    desks.exchange()
    path = IdPath(id=compiled.id)

    with pytest.raises(NotAllowedError):
        await approval.approve_report(desks.zhejiang.node, path)
    returned = approval.ReturnInput(reason="请补充证据")
    await approval.return_report(desks.sichuan.node, path, returned)
    seen = await reports.get_report(desks.sichuan.node, path)
    assert (seen.report.state, seen.report.reason) == ("returned", "请补充证据")
    await approval.approve_report(desks.sichuan.node, path)
    with pytest.raises(ConflictError, match="approved already"):
        await approval.approve_report(desks.sichuan.node, path)


async def test_only_a_national_station_publishes_policies_cuts_and_rankings(
    desks: Desks,
) -> None:
    policy = ranking.PolicyInput(name="p", period="2026", weights={"needs": 100})

    with pytest.raises(NotAllowedError, match="admitted as regional"):
        await ranking.publish_policy(desks.sichuan.node, policy)
    with pytest.raises(NotAllowedError):
        await ranking.name_cut(desks.sichuan.node, ranking.CutInput(name="c", period="2026"))
    with pytest.raises(InvalidError):
        await ranking.publish_policy(
            desks.national.node, policy.model_copy(update={"weights": {"needs": 99}})
        )


async def test_what_is_not_held_is_not_found(desks: Desks) -> None:
    for get in (
        needs.get_need,
        results.get_result,
        referrals.get_referral,
        reports.get_report,
        rankings.get_ranking,
        rankings.recount_ranking,
    ):
        with pytest.raises(NotFoundError):
            await get(desks.national.node, NOWHERE)


async def test_a_node_without_performance_says_so_instead_of_disagreeing_with_a_ranking(
    country: Country, tmp_path: Path
) -> None:
    desk = open_desk(country.national, country, tmp_path, scope=Scope(("registry", "needs")))
    desk.ingest.receive(country.national.text(), "peer")
    cut = ranking.CutInput(name="九月", period="2026-09")

    for asked in (
        rankings.recount_ranking(desk.node, NOWHERE),
        rankings.check_ranking(desk.node, NOWHERE),
        rankings.get_ranking(desk.node, NOWHERE),
        rankings.list_rankings(desk.node, rankings.RankingQuery()),
        ranking.name_cut(desk.node, cut),
    ):
        with pytest.raises(NotAllowedError, match="does not hold the channel performance") as said:
            await asked
        assert "'channels' in node.toml" in said.value.hint
    desk.store.close()
