"""What a station does for an enterprise: services, agreements, contracts, activities (E1-E16)."""

import hashlib

import pytest
from pydantic import ValidationError

from grassroots import enterprises, needs, referrals
from grassroots.engagements import activities, agreements, book, catalogue, contracts, figures, work
from grassroots.engagements.templates import BLANK, templates
from node.calendar import read_period
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.readmodels import PROJECTIONS
from node.readmodels.counting import count_indicators
from node.rebuild import readmodel_digest
from node.servicelists import services
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

NAME = "攀西钒钛有限公司"


async def card(desk: Desk) -> str:
    given = enterprises.EnterpriseInput(
        name=NAME, industry="3240", division="510400", credit_code="91510400MA62100003"
    )
    return (await enterprises.add_enterprise(desk.node, given)).id


async def engage(desk: Desk, **fields: object) -> str:
    given = {"title": "尾矿回收技术服务", "services": ["alliance-research"], **fields}
    body = book.EngagementInput.model_validate(given)
    return (await book.add_engagement(desk.node, body)).id


async def started_referral(desks: Desks) -> tuple[str, str]:
    """A need from Chengdu that Hangzhou works on: the ids of need and referral."""
    enterprise = await card(desks.chengdu)
    asked = needs.NeedInput(title="尾矿回收", text="寻求浮选工艺。", enterprise=enterprise)
    need = (await needs.publish_need(desks.chengdu.node, asked)).id
    desks.exchange()
    request = referrals.RequestInput(need=need, to=desks.hangzhou.id)
    referral = (await referrals.request_referral(desks.chengdu.node, request)).id
    desks.exchange()
    path = IdPath(id=referral)
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    await referrals.start_referral(desks.hangzhou.node, path, referrals.NoteInput())
    desks.exchange()
    return need, referral


def test_the_catalogue_holds_the_lists_of_the_seeds() -> None:
    lists = catalogue.by_list()

    assert {name: len(items) for name, items in lists.items()} == {
        "alliance": 7, "station": 6, "mode": 4, "society": 4, "carrier": 5, "regional": 8,
        "gbt34670": 7, "advice": 1,
    }  # fmt: skip
    assert all(each.zh and each.en and each.since for each in services().values())


async def test_an_engagement_goes_from_its_goal_to_services_rendered(desks: Desks) -> None:
    desk = desks.chengdu
    id_ = await engage(
        desk, enterprise=await card(desk), person="林静", goal="回收率提高五个百分点"
    )
    path = IdPath(id=id_)
    task = await work.add_task(desk.node, path, work.TaskInput(what="取样", person="王五"))
    promised = figures.MilestoneInput(what="回收率", unit="%", due="2026-12-31", target=5)
    figure = await figures.add_milestone(desk.node, path, promised)
    with pytest.raises(ConflictError, match="1 of its tasks"):
        await book.finish_engagement(desk.node, path, book.FinishInput())

    await work.finish_task(desk.node, IdPath(id=task.id), work.DoneInput())
    await figures.reach_milestone(desk.node, IdPath(id=figure.id), figures.ReachedInput(reached=6))
    done = await book.finish_engagement(desk.node, path, book.FinishInput())
    desks.exchange()

    assert (done.state, bool(done.entry)) == ("done", True)
    detail = await work.get_engagement(desk.node, path)
    assert [each.reached for each in detail.milestones] == [6]
    served = await activities.get_served(
        desks.national.node, activities.ServedQuery(station=desk.id)
    )
    assert (served.services, served.by_service) == (1, {"alliance-research": 1})
    with pytest.raises(ConflictError, match="done already"):
        await work.add_task(desk.node, path, work.TaskInput(what="再来"))


async def test_nothing_that_is_published_names_the_enterprise(desks: Desks) -> None:
    desk = desks.chengdu
    id_ = await engage(desk, enterprise=await card(desk), title=f"{NAME}服务", note="见总工")
    await book.finish_engagement(desk.node, IdPath(id=id_), book.FinishInput())
    held = activities.ActivityInput(kind="training", title=f"{NAME}培训", participants=30)
    await activities.add_activity(desk.node, held)

    assert NAME.encode() not in desk.text()
    assert "培训".encode() not in desk.text()


async def test_a_referral_brings_its_need_and_a_need_the_enterprise_behind_it(
    desks: Desks,
) -> None:
    need, referral = await started_referral(desks)

    here = await engage(desks.chengdu, need=need)
    there = await engage(desks.hangzhou, referral=referral)

    at_home = (await work.get_engagement(desks.chengdu.node, IdPath(id=here))).engagement
    away = (await work.get_engagement(desks.hangzhou.node, IdPath(id=there))).engagement
    assert at_home.enterprise is not None
    assert (away.need, away.enterprise) == (need, None)
    with pytest.raises(NotAllowedError, match="no party"):
        await engage(desks.zhejiang, referral=referral)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"services": ["magic"]}, InvalidError),
        ({"enterprise": "nobody"}, NotFoundError),
        ({"need": "A" * 43}, NotFoundError),
        ({"begins": "2026-09-02", "ends": "2026-09-01"}, InvalidError),
    ],
)
async def test_an_engagement_that_cannot_be_is_refused_and_leaves_nothing(
    desks: Desks, fields: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await engage(desks.chengdu, **fields)

    kept = await book.list_engagements(desks.chengdu.node, book.EngagementQuery())
    assert kept.items == []


async def test_outputs_and_outcomes_are_kept_apart(desks: Desks) -> None:
    desk = desks.chengdu
    path = IdPath(id=await engage(desk))
    report = work.AchievementInput(sort="output", kind="report", title="试验报告")
    saved = work.AchievementInput(sort="outcome", kind="energy", title="节电", amount_fen=500_000)
    await work.add_achievement(desk.node, path, report)
    await work.add_achievement(desk.node, path, saved)
    with pytest.raises(InvalidError, match="no kind of output"):
        wrong = work.AchievementInput(sort="output", kind="jobs", title="就业")
        await work.add_achievement(desk.node, path, wrong)

    detail = await work.get_engagement(desk.node, path)

    assert [each.title for each in detail.outputs] == ["试验报告"]
    assert [(each.title, each.amount_fen) for each in detail.outcomes] == [("节电", 500_000)]


async def test_what_is_still_to_do_stands_by_its_day_and_says_what_is_late(desks: Desks) -> None:
    desk = desks.chengdu
    path = IdPath(id=await engage(desk))
    for what, due in (("总结", None), ("复查", "2099-01-01"), ("取样", "2020-01-01")):
        await work.add_task(desk.node, path, work.TaskInput(what=what, due=due))

    found = (await work.list_tasks(desk.node)).items

    assert [(each.what, each.is_late) for each in found] == [
        ("取样", True), ("复查", False), ("总结", False),
    ]  # fmt: skip


async def test_activities_and_services_count_in_the_report_of_their_period(desks: Desks) -> None:
    desk = desks.chengdu
    for kind, on in (("training", "2026-09-03"), ("forum", "2026-09-30"), ("forum", "2026-10-01")):
        body = activities.ActivityInput(
            kind=kind, title="活动", on=on, participants=9, enterprises=3
        )
        await activities.add_activity(desk.node, body)

    counted = desk.store.read(
        lambda reading: count_indicators(reading, desk.id, read_period("2026-09"))
    )

    assert counted.indicators["activities"] == 2
    assert counted.indicators["trainings"] == 1
    assert len(counted.evidence) == len(set(counted.evidence)) == 2


async def test_an_activity_with_more_enterprises_than_people_is_refused_and_not_kept(
    desks: Desks,
) -> None:
    body = activities.ActivityInput(kind="forum", title="论坛", participants=2, enterprises=3)

    with pytest.raises(InvalidError, match="more enterprises"):
        await activities.add_activity(desks.chengdu.node, body)

    kept = await activities.list_activities(desks.chengdu.node, activities.ActivityQuery())
    assert kept.items == []


@pytest.mark.parametrize("code", sorted(templates()))
async def test_every_template_is_filled_with_what_the_station_knows(
    desks: Desks, code: str
) -> None:
    desk = desks.chengdu
    id_ = await engage(desk, enterprise=await card(desk), goal="回收率提高")
    await work.add_task(desk.node, IdPath(id=id_), work.TaskInput(what="取样", person="王五"))

    made = await agreements.add_agreement(
        desk.node, agreements.AgreementInput(engagement=id_, template=code)
    )

    detail = await agreements.get_agreement(desk.node, IdPath(id=made.id))
    text = detail.texts[0].text
    assert NAME in text
    assert "取样，王五" in text
    assert BLANK in text
    assert "{{" not in text
    assert detail.texts[0].digest == hashlib.sha256(text.encode()).hexdigest()
    assert made.template == f"{code}/1"


async def test_an_agreement_keeps_every_version_until_it_is_signed(desks: Desks) -> None:
    desk = desks.chengdu
    id_ = await engage(desk)
    asked = agreements.AgreementInput(
        engagement=id_, template="service-plan", fields={"duties": "提供样品"}
    )
    path = IdPath(id=(await agreements.add_agreement(desk.node, asked)).id)
    revised = agreements.ReviseInput(text="改过的文本")
    await agreements.revise_agreement(desk.node, path, revised)

    signed = await agreements.sign_agreement(desk.node, path, agreements.DayInput())

    assert (signed.state, signed.version, bool(signed.signed_on)) == ("signed", 2, True)
    detail = await agreements.get_agreement(desk.node, path)
    assert [each.version for each in detail.texts] == [2, 1]
    assert "提供样品" in detail.texts[1].text
    with pytest.raises(ConflictError, match="signed"):
        await agreements.revise_agreement(desk.node, path, revised)
    file = await agreements.download_agreement(desk.node, path)
    assert file.content.decode() == "改过的文本\n"
    ended = await agreements.end_agreement(desk.node, path, agreements.DayInput())
    assert ended.state == "ended"


async def test_an_agreement_from_an_unknown_template_or_field_is_refused(desks: Desks) -> None:
    desk = desks.chengdu
    id_ = await engage(desk)

    with pytest.raises(NotFoundError, match="no agreement template"):
        await agreements.add_agreement(
            desk.node, agreements.AgreementInput(engagement=id_, template="../secret")
        )
    with pytest.raises(InvalidError, match="no field"):
        unknown = agreements.AgreementInput(
            engagement=id_, template="service-plan", fields={"price": "1"}
        )
        await agreements.add_agreement(desk.node, unknown)


def contract(**fields: object) -> contracts.TechnologyContractInput:
    given = {
        "type": "transfer",
        "name": "浮选技术转让",
        "amount_fen": 78_100,
        "technology_fen": 46_200,
        "signed": "2026-09-01",
        **fields,
    }
    return contracts.TechnologyContractInput.model_validate(given)


async def test_turnover_and_technology_amount_are_added_up_apart_by_year_and_type(
    desks: Desks,
) -> None:
    desk = desks.chengdu
    await contracts.add_contract(desk.node, contract())
    await contracts.add_contract(desk.node, contract(amount_fen=1_000, technology_fen=0))
    await contracts.add_contract(desk.node, contract(type="service", signed="2025-12-31"))

    totals = (await contracts.total_contracts(desk.node)).items

    assert [(each.year, each.type, each.contracts, each.amount_fen, each.technology_fen)
            for each in totals] == [
        ("2026", "transfer", 2, 79_100, 46_200), ("2025", "service", 1, 78_100, 46_200),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields", [{"technology_fen": 78_101}, {"amount_fen": -1}, {"type": "sale"}, {"field": "magic"}]
)
def test_a_contract_that_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        contract(**fields)


async def test_a_registration_number_stands_for_one_contract(desks: Desks) -> None:
    desk = desks.chengdu
    await contracts.add_contract(desk.node, contract(registration="2026-510000-0001"))

    with pytest.raises(ConflictError, match="recorded already"):
        await contracts.add_contract(desk.node, contract(registration="2026-510000-0001"))


async def test_a_referral_is_concluded_with_the_figures_of_its_contract(desks: Desks) -> None:
    _, referral = await started_referral(desks)
    id_ = await engage(desks.hangzhou, referral=referral)
    given = contract(engagement=id_, registration="2026-330000-0001")
    recorded = await contracts.add_contract(desks.hangzhou.node, given)

    await contracts.conclude_with_contract(
        desks.hangzhou.node, IdPath(id=recorded.id), contracts.ConcludeNote()
    )
    desks.exchange()

    seen = await referrals.get_referral(desks.chengdu.node, IdPath(id=referral))
    assert seen.referral.state == "concluded"
    assert (seen.referral.amount_fen, seen.referral.technology_fen) == (78_100, 46_200)
    alone = await contracts.add_contract(desks.hangzhou.node, contract())
    with pytest.raises(ConflictError, match="no referral"):
        await contracts.conclude_with_contract(
            desks.hangzhou.node, IdPath(id=alone.id), contracts.ConcludeNote()
        )


async def test_all_desks_hold_the_same_numbers(desks: Desks) -> None:
    for desk in (desks.chengdu, desks.hangzhou):
        held = activities.ActivityInput(kind="forum", title="论坛", participants=20)
        await activities.add_activity(desk.node, held)
        path = IdPath(id=await engage(desk))
        await book.finish_engagement(desk.node, path, book.FinishInput())
        desk.tick()
    desks.exchange()

    digests = {
        desk.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total
        for desk in desks.all()
    }

    assert len(digests) == 1
    everyone = await activities.get_served(desks.national.node, activities.ServedQuery())
    assert (everyone.activities, everyone.participants, everyone.services) == (2, 40, 2)
