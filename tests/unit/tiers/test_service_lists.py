"""Services, activities and contracts as lists: brought in, refused by column, handed out (A17)."""

from pathlib import Path

from grassroots.engagements import activities, book, contracts, work
from grassroots.engagements.catalogue import list_services
from node.drafting import IdPath
from node.readmodels import activities as held
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_engagements import NAME, card, engage, started_referral
from tests.unit.tiers.test_lists import (
    MEETING,
    REGISTERED,
    SERVICES,
    TRAINING,
    UNREGISTERED,
    bring_in,
    filled_in,
    handed_out,
    lines_of,
    refused,
)


async def test_activities_of_a_file_publish_their_numbers_and_nothing_else(
    desks: Desks, tmp_path: Path
) -> None:
    engagement = await engage(desks.chengdu)
    file = filled_in(tmp_path, "activities", {**MEETING, "服务编号": engagement}, TRAINING)

    await bring_in(desks.chengdu, "activities", file)
    desks.exchange()

    kept = desks.chengdu.store.read(
        lambda reading: activities.find(reading, activities.ActivityQuery())
    )
    shown = {each.kind: each for each in desks.hangzhou.store.read(held.find)}
    assert {(each.title, each.engagement) for each in kept} == {
        ("攀西钒钛对接会", engagement), ("专利培训", None),
    }  # fmt: skip
    meeting = shown["matchmaking"]
    assert (meeting.days, meeting.participants, meeting.enterprises) == (2, 80, 35)
    assert (meeting.division, shown["training"].on_date) == ("510400", "2026-03-06")
    assert "攀西钒钛对接会".encode() not in desks.chengdu.text()


async def test_an_activity_row_is_refused_by_its_column(desks: Desks, tmp_path: Path) -> None:
    file = filled_in(
        tmp_path,
        "activities",
        {**MEETING, "活动类型": "团建"},
        {**MEETING, "参加企业数": "81"},
        {**MEETING, "活动日期": ""},
        {**MEETING, "天数": "0"},
        {**MEETING, "服务编号": "没有这项"},
        {**MEETING, "行政区划代码": "999999"},
        MEETING,
    )

    told = await refused(desks.chengdu, "activities", file)

    assert [(row, column) for row, column, _ in told] == [
        (2, "活动类型"), (3, "参加企业数"), (4, "活动日期"), (5, "天数"), (6, "服务编号"),
        (7, "行政区划代码"),
    ]  # fmt: skip
    assert told[1][2] == "参加企业数多于参加人数"
    assert [reason for _, _, reason in told if reason.isascii()] == []


async def test_contracts_of_a_file_keep_turnover_and_technology_amount_apart(
    desks: Desks, tmp_path: Path
) -> None:
    _, referral = await started_referral(desks)
    file = filled_in(tmp_path, "contracts", {**REGISTERED, "转介编号": referral}, UNREGISTERED)

    await bring_in(desks.chengdu, "contracts", file)

    query = contracts.ContractQuery()
    newest, first = desks.chengdu.store.read(lambda reading: contracts.find(reading, query))
    assert (first.amount_fen, first.technology_fen) == (35_500_000, 12_345_600)
    assert (first.registration, first.referral) == ("510100-1", referral)
    assert (newest.registration, newest.technology_fen) == (None, 0)
    lines = lines_of(await handed_out(desks.chengdu, tmp_path, "contracts", "xlsx"))
    assert [line["企业"] for line in lines] == [NAME, ""]
    assert [line["合同成交额（万元）"] for line in lines] == ["35.5", "8"]


async def test_a_contract_row_is_refused_by_its_column(desks: Desks, tmp_path: Path) -> None:
    file = filled_in(
        tmp_path,
        "contracts",
        {**REGISTERED, "合同类型": "买卖合同"},
        {**REGISTERED, "技术交易额（万元）": "35.6"},
        {**REGISTERED, "签订日期": "2999-01-01"},
        {**REGISTERED, "合同成交额（万元）": ""},
        {**REGISTERED, "服务编号": "没有"},
        {**REGISTERED, "转介编号": "没有"},
        {**REGISTERED, "合同成交额（万元）": "三十万"},
        REGISTERED,
    )

    told = await refused(desks.chengdu, "contracts", file)

    assert [(row, column) for row, column, _ in told] == [
        (2, "合同类型"), (3, "技术交易额（万元）"), (4, "签订日期"), (5, "合同成交额（万元）"),
        (6, "服务编号"), (7, "转介编号"), (8, "合同成交额（万元）"),
    ]  # fmt: skip
    assert [reason for _, _, reason in told if reason.isascii()] == []


async def test_a_registration_that_comes_later_makes_no_second_contract(
    desks: Desks, tmp_path: Path
) -> None:
    await bring_in(desks.chengdu, "contracts", filled_in(tmp_path, "contracts", UNREGISTERED))
    later = {**UNREGISTERED, "合同登记编号": "510100-2"}
    other = {**REGISTERED, "合同登记编号": "510100-3"}

    again = await bring_in(desks.chengdu, "contracts", filled_in(tmp_path, "contracts", later))
    both = filled_in(tmp_path, "contracts", REGISTERED, other)
    apart = await bring_in(desks.chengdu, "contracts", both)

    assert (again.published, again.already_here) == (0, 1)
    assert (apart.published, apart.already_here) == (2, 0)


async def test_services_are_handed_out_with_the_enterprise_and_in_words(
    desks: Desks, tmp_path: Path
) -> None:
    enterprise = await card(desks.chengdu)
    id_ = await engage(desks.chengdu, enterprise=enterprise, goal="回收率 90%", begins="2026-03-05")
    await engage(desks.chengdu, title="咨询", begins="2026-03-06")
    contract = contracts.TechnologyContractInput(
        type="service", name="合同", amount_fen=5, technology_fen=5, signed="2026-03-05",
        engagement=id_,
    )  # fmt: skip
    await contracts.add_contract(desks.chengdu.node, contract)

    [first, second] = lines_of(await handed_out(desks.chengdu, tmp_path, "engagements", "xlsx"))
    [signed] = lines_of(await handed_out(desks.chengdu, tmp_path, "contracts", "csv"))

    kept = desks.chengdu.store.read(lambda reading: book.get_view(reading, id_))
    assert (first["服务编号"], first["企业"], first["状态"]) == (id_, NAME, "进行中")
    assert (first["服务目标"], first["开始日期"]) == (kept.goal, "2026-03-05")
    assert "alliance-research" not in str(first["服务项目"])
    assert first["服务项目"]
    assert second["企业"] == ""
    assert (signed["企业"], signed["服务编号"]) == (NAME, id_)
    assert signed["合同成交额（万元）"] == "0.000005"


def kept(desk: Desk) -> list[book.EngagementView]:
    return desk.store.read(lambda reading: book.find(reading, book.EngagementQuery()))


def rendered(desk: Desk) -> list[held.RenderedView]:
    return desk.store.read(held.find_rendered)


async def test_services_of_a_file_are_kept_and_those_that_are_done_are_published_in_numbers(
    desks: Desks, tmp_path: Path
) -> None:
    desk = desks.chengdu
    enterprise = await card(desk)
    going, done, stopped = (
        {**SERVICES[0], "企业": NAME},
        {**SERVICES[1], "企业": "91510400MA62100003"},
        {**SERVICES[2], "备注": "企业停产"},
    )

    made = await bring_in(
        desk, "engagements", filled_in(tmp_path, "engagements", going, done, stopped)
    )

    assert (made.published, made.refused) == (3, [])
    by_title = {each.title: each for each in kept(desk)}
    first, second, third = (by_title[row["服务名称"]] for row in (going, done, stopped))
    assert (first.state, first.enterprise, first.services) == (
        "active", enterprise, ["alliance-research", "alliance-strategy"],
    )  # fmt: skip
    assert (second.state, second.ends, second.enterprise) == ("done", "2026-06-30", enterprise)
    assert (third.state, third.ends, third.note) == ("stopped", "2026-05-31", "企业停产")
    (public,) = rendered(desk)
    assert (public.id, public.on_date, public.services) == (
        second.entry, "2026-06-30", ["alliance-staff-innovation"],
    )  # fmt: skip
    assert (public.industry, public.division) == ("3240", "510400")
    assert NAME.encode() not in desk.text()
    assert done["服务名称"].encode() not in desk.text()


async def test_a_service_row_is_refused_by_its_column(desks: Desks, tmp_path: Path) -> None:
    good = SERVICES[0]
    rows = (
        {**good, "服务项目": "协同攻关项目；算命"},
        {**good, "企业": "没有这家"},
        {**good, "需求编号": "A" * 43},
        {**good, "转介编号": "B" * 43},
        {**good, "结束日期": "2026-01-01"},
        {**good, "状态": "已完成"},
        {**good, "状态": "已完成", "结束日期": "2031-01-01"},
        {**good, "状态": "待开始"},
        {**good, "状态": "已中止", "结束日期": "2026-05-31"},
        {key: value for key, value in good.items() if key != "开始日期"},
    )

    found = await refused(desks.chengdu, "engagements", filled_in(tmp_path, "engagements", *rows))

    assert [(column, reason.split("，")[0]) for _, column, reason in found] == [
        ("服务项目", "“算命”不在可选范围内"),
        ("企业", "本站没有“没有这家”的企业档案"),
        ("需求编号", f"本站没有“{'A' * 43}”这个编号"),
        ("转介编号", f"本站没有“{'B' * 43}”这个编号"),
        ("结束日期", "早于开始日期"),
        ("结束日期", "必填"),
        ("结束日期", "日期还没有到"),
        ("状态", "开始日期已到"),
        ("备注", "必填"),
        ("开始日期", "必填"),
    ]
    assert kept(desks.chengdu) == []


async def test_services_rendered_are_handed_out_in_chinese_and_known_again(
    desks: Desks, tmp_path: Path
) -> None:
    _, referral = await started_referral(desks)
    desk = desks.hangzhou
    id_ = await engage(desk, referral=referral, begins="2026-03-05")
    task = await work.add_task(desk.node, IdPath(id=id_), work.TaskInput(what="取样"))
    await work.finish_task(desk.node, IdPath(id=task.id), work.DoneInput())
    await book.finish_engagement(desk.node, IdPath(id=id_), book.FinishInput(on="2026-06-30"))
    desks.exchange()

    for format_ in ("xlsx", "csv"):
        file = await handed_out(desks.national, tmp_path, "services-rendered", format_)
        (line,) = lines_of(file)
        assert (line["站点"], line["服务项目"], line["结束日期"], line["完成任务数"]) == (
            "杭州基层站", "协同攻关项目", "2026-06-30", "1",
        )  # fmt: skip
        assert line["转介编号"] == referral
        again = await bring_in(desk, "engagements", file)
        assert (again.published, again.already_here, again.refused) == (0, 1, [])


async def test_every_service_there_is_can_be_written_in_a_file_by_its_name_or_its_code(
    desks: Desks, tmp_path: Path
) -> None:
    listed = (await list_services(desks.chengdu.node)).items
    rows = [
        {"服务名称": f"{number}", "服务项目": named, "开始日期": "2026-03-05"}
        for number, each in enumerate(listed)
        for named in (f"{each.zh}；{each.code}",)
    ]

    await bring_in(desks.chengdu, "engagements", filled_in(tmp_path, "engagements", *rows))

    assert {each.title: each.services for each in kept(desks.chengdu)} == {
        f"{number}": [each.code] for number, each in enumerate(listed)
    }
