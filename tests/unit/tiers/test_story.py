"""A need goes from a Chengdu enterprise to Hangzhou and into the ranking (D3, M10, P3, P5)."""

from grassroots import (
    disclosure,
    enterprises,
    matching,
    needs,
    rankings,
    referrals,
    reports,
    results,
    visits,
)
from national import ranking
from node.drafting import IdPath
from node.readmodels import PROJECTIONS, performance
from node.rebuild import readmodel_digest
from node.supervision import approval
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

PERIOD = "2026-09"
CONSENT = disclosure.ConsentInput(on="2026-09-20", by="总经理")


async def publish_both(desks: Desks) -> tuple[str, str, str]:
    """A visit turns up a need; its enterprise's card; a result elsewhere fits it."""
    card = await enterprises.add_enterprise(
        desks.chengdu.node,
        enterprises.EnterpriseInput(name="攀西钒钛有限公司", industry="3240", division="510400"),
    )
    await visits.add_visit(
        desks.chengdu.node,
        visits.VisitInput(enterprise=card.id, on="2026-09-20", needs_found=1, note="见总工"),
    )
    need = await needs.publish_need(
        desks.chengdu.node,
        needs.NeedInput(
            title="钒钛磁铁矿尾矿回收钛精矿",
            text="寻求尾矿中细粒钛铁矿的浮选药剂与工艺，回收率提高五个百分点。",
            kind="upgrade",
            sub_kind="process",
            industry="3240",
            enterprise=card.id,
        ),
    )
    result = await results.publish_result(
        desks.hangzhou.node,
        results.ResultInput(
            title="细粒钛铁矿浮选捕收剂",
            text="一种用于钛铁矿浮选的捕收剂，尾矿回收率提高六个百分点。",
            owner="浙江某大学",
            trl=8,
        ),
    )
    await results.publish_result(
        desks.hangzhou.node,
        results.ResultInput(title="奶牛体况评分", text="深度相机非接触测定奶牛体况。"),
    )
    desks.exchange()
    return card.id, need.id, result.id


async def refer(desks: Desks, need: str, result: str) -> str:
    request = referrals.RequestInput(need=need, to=desks.hangzhou.id, result=result)
    referral = (await referrals.request_referral(desks.chengdu.node, request)).id
    desks.exchange()
    path = IdPath(id=referral)
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    desks.exchange()
    told = disclosure.DiscloseInput(consent=CONSENT)
    await disclosure.disclose_contact(desks.chengdu.node, path, told)
    desks.exchange()
    await referrals.start_referral(desks.hangzhou.node, path, referrals.NoteInput())
    contract = referrals.ContractInput(
        type="transfer", amount_fen=80_000_000, technology_fen=60_000_000, signed="2026-09-21"
    )
    concluded = referrals.ConcludeInput(outcome="contract", contract=contract)
    await referrals.conclude_referral(desks.hangzhou.node, path, concluded)
    desks.exchange()
    confirmed = referrals.ConfirmInput(satisfied=5, consent=True)
    await referrals.confirm_referral(desks.chengdu.node, path, confirmed)
    desks.exchange()
    return referral


async def compile_report(desk: Desk) -> str:
    return (await reports.compile_report(desk.node, reports.PeriodInput(period=PERIOD))).id


async def test_the_search_of_another_region_finds_the_result_that_fits_and_says_why(
    desks: Desks,
) -> None:
    _, need, result = await publish_both(desks)

    found = await matching.search(
        desks.zhejiang.node, matching.SearchQuery(kind="results", need=need)
    )

    assert found.items[0].id == result
    assert found.items[0].station_name == "杭州基层站"
    assert {"浮选", "尾矿"} & set(found.items[0].terms)


async def test_a_referral_is_carried_through_and_closes_the_need(desks: Desks) -> None:
    _, need, result = await publish_both(desks)

    referral = await refer(desks, need, result)

    seen = await referrals.get_referral(desks.national.node, IdPath(id=referral))
    assert seen.referral.state == "confirmed"
    assert seen.referral.amount_fen == 80_000_000
    assert seen.referral.satisfied == 5
    assert {step.verdict for step in seen.referral.history} == {"applied"}
    assert (await needs.get_need(desks.zhejiang.node, IdPath(id=need))).state == "solved"
    totals = await reports.get_performance(desks.national.node, reports.TotalsQuery())
    assert (totals.visits, totals.outcomes, totals.contract_fen) == (1, 1, 80_000_000)


async def test_the_enterprise_s_name_is_read_by_the_two_parties_only(desks: Desks) -> None:
    _, need, result = await publish_both(desks)
    referral = await refer(desks, need, result)
    path = IdPath(id=referral)

    told = [await disclosure.read_contact(desk.node, path) for desk in desks.all()]

    names = [[item.contact["name"] for item in each.items] for each in told]
    assert names == [[], [], [], ["攀西钒钛有限公司"], ["攀西钒钛有限公司"]]
    assert "攀西钒钛".encode() not in desks.national.text()


async def test_national_approves_in_a_dead_parent_s_place_and_everyone_recomputes_the_ranking(
    desks: Desks,
) -> None:
    _, need, result = await publish_both(desks)
    await refer(desks, need, result)
    chengdu, hangzhou = await compile_report(desks.chengdu), await compile_report(desks.hangzhou)
    zhejiang = await compile_report(desks.zhejiang)
    desks.exchange()

    await approval.approve_report(desks.national.node, IdPath(id=chengdu))
    await approval.approve_report(desks.zhejiang.node, IdPath(id=hangzhou))
    await approval.approve_report(desks.national.node, IdPath(id=zhejiang))
    desks.exchange()
    policy = await ranking.publish_policy(
        desks.national.node,
        ranking.PolicyInput(
            name="试行", period=PERIOD, weights={"outcomes": 50, "needs": 30, "results": 20}
        ),
    )
    await ranking.name_cut(desks.national.node, ranking.CutInput(name="九月", period=PERIOD))
    published = await ranking.publish_ranking(
        desks.national.node,
        ranking.RankingInput(name="九月排名", policy=policy.id, cut="九月"),
    )
    desks.exchange()

    view = performance.get
    report = desks.hangzhou.store.read(lambda reading: view(reading, chengdu))
    assert report.state == "approved"
    assert report.in_place_of == desks.sichuan.id
    for desk in desks.all():
        recount = await rankings.recount_ranking(desk.node, IdPath(id=published.id))
        assert recount.agrees
        assert recount.computed_digest == published.digest
    await rankings.check_ranking(desks.chengdu.node, IdPath(id=published.id))
    desks.exchange()
    shown = await rankings.get_ranking(desks.national.node, IdPath(id=published.id))
    places = {place.station: place for place in shown.places}
    assert places[desks.chengdu.id].rank == 1
    assert places[desks.hangzhou.id].rank == 2
    assert places[desks.sichuan.id].rank is None
    assert [(check.station, check.agrees) for check in shown.checks] == [(desks.chengdu.id, True)]


async def test_all_desks_hold_the_same_read_models_after_the_story(desks: Desks) -> None:
    _, need, result = await publish_both(desks)
    await refer(desks, need, result)
    await compile_report(desks.chengdu)
    desks.exchange()

    digests = {
        desk.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total
        for desk in desks.all()
    }

    assert len(digests) == 1


async def test_a_match_tells_what_its_station_brought_to_an_outcome_in_this_industry(
    desks: Desks,
) -> None:
    _, need, result = await publish_both(desks)
    await refer(desks, need, result)
    for industry in ("3215", "0111"):
        again = needs.NeedInput(title="钛铁矿浮选药剂", text="寻求药剂。", industry=industry)
        published = await needs.publish_need(desks.chengdu.node, again)
        desks.exchange()

        query = matching.SearchQuery(need=published.id)
        match = (await matching.search(desks.zhejiang.node, query)).items[0]

        is_alike = industry == "3215"
        assert (match.id, match.outcomes, match.industry_outcomes) == (result, 1, int(is_alike))


async def test_stations_are_found_by_what_they_published_and_never_the_asking_one(
    desks: Desks,
) -> None:
    _, need, result = await publish_both(desks)
    own = results.ResultInput(title="钛铁矿浮选尾矿", text="尾矿回收钛精矿的浮选工艺。")
    await results.publish_result(desks.chengdu.node, own)
    desks.exchange()

    query = matching.MatchQuery(need=need)
    found = (await matching.match_stations(desks.national.node, query)).items

    assert [(each.station_name, each.best) for each in found] == [("杭州基层站", result)]
