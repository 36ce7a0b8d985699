"""Lists filled in as workbooks: tried, brought in, handed out, brought in again (A17, L1)."""

from pathlib import Path
from typing import get_args

import pytest

from grassroots import enterprises, needs, resources, tables
from grassroots.desks.lists import PUBLIC
from grassroots.desks.reasons import in_chinese
from grassroots.engagements import activities, book
from grassroots.intakes import INTAKES
from grassroots.ownlists import OWN_LISTS, PrivateTable
from grassroots.tables import (
    ExportInput,
    ExportPath,
    ExportQuery,
    ImportOutcome,
    ImportPath,
    RecordExportPath,
)
from national import ranking
from node.cli import exports, imports
from node.drafting import IdPath
from node.exports import Table
from node.imports import Row, read_file
from node.lists import ListKind
from node.people import OPERATOR
from node.readmodels import needs as published_needs
from node.readmodels import resources as offered
from node.readmodels import results as published_results
from node.supervision import approval
from node.tables import LAYOUTS, get_layout
from node.tables.headings import ENTRY
from node.tables.template import write_template
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_engagements import engage
from tests.unit.tiers.test_screening import publish as publish_screening
from tests.unit.tiers.test_story import PERIOD, compile_report, publish_both, refer

EXPERT = {
    "编号": "z-1", "资源类型": "专家", "类别": "技术专家", "名称": "压铸工艺高级工程师",
    "介绍": "薄壁铝合金压铸件的气孔与缩松", "职称": "高级工程师", "技术领域": "新材料",
    "关键词": "压铸；模温", "真实姓名": "张三丰", "联系方式": "138 0000 0000",
}  # fmt: skip
AGREED = {
    "资源类型": "技术经纪人", "类别": "中级", "名称": "技术经纪人李四",
    "介绍": "技术转移", "公开姓名": "李四",
    "本人同意的日期": "2026-09-20", "同意公开的范围": "网络内公开姓名", "真实姓名": "李四",
}  # fmt: skip
TESTING = {
    "资源类型": "服务产品", "类别": "技术服务", "名称": "金相检测", "介绍": "金属组织",
    "服务内容": "工程化、孵化与集成开发", "费用（元）": "1200.50", "行政区划代码": "510107",
    "网址": "https://example.cn/a",
}  # fmt: skip
RESOURCES = (EXPERT, AGREED, TESTING)
MEETING = {
    "活动类型": "对接会", "活动名称": "攀西钒钛对接会", "活动日期": "2026/3/5", "天数": "2",
    "参加人数": "80", "参加企业数": "35", "行政区划代码": "510400",
    "地点": "攀枝花", "备注": "内部",
}  # fmt: skip
TRAINING = {"活动类型": "培训", "活动名称": "专利培训", "活动日期": "2026-03-06"}
ACTIVITIES = (MEETING, TRAINING)
REGISTERED = {
    "合同登记编号": "510100-1", "合同名称": "尾矿回收技术服务合同", "合同类型": "技术服务合同",
    "合同技术领域": "新材料", "合同成交额（万元）": "35.5", "技术交易额（万元）": "12.3456",
    "签订日期": "2026-03-05",
}  # fmt: skip
UNREGISTERED = {
    "合同名称": "浮选药剂开发合同", "合同类型": "技术开发合同", "合同成交额（万元）": "8",
    "技术交易额（万元）": "0", "签订日期": "2026-03-06",
}  # fmt: skip
CONTRACTS = (REGISTERED, UNREGISTERED)
SERVICES = (
    {"服务名称": "尾矿回收技术服务", "服务项目": "协同攻关项目；科技战略咨询",
     "服务目标": "回收率提高", "开始日期": "2026-03-05", "负责人": "王五"},
    {"服务名称": "群众性创新活动", "服务项目": "群众性技术创新", "开始日期": "2026/3/6",
     "结束日期": "2026-06-30", "状态": "已完成"},
    {"服务名称": "信息服务", "服务项目": "技术信息吸收转化", "开始日期": "2026-03-07",
     "结束日期": "2026-05-31", "状态": "已中止", "备注": "企业停产"},
)  # fmt: skip
LISTS = {
    "engagements": SERVICES,
    "resources": RESOURCES,
    "activities": ACTIVITIES,
    "contracts": CONTRACTS,
}


def filled_in(folder: Path, kind: str, *rows: dict[str, str]) -> Path:
    """A list's template filled in as a clerk does; every heading named is one it has."""
    layout = get_layout(kind)
    titles = [column.title for column in layout.columns]
    assert {title for row in rows for title in row} <= {*titles}
    file = folder / f"{kind}.xlsx"
    lines = [[row.get(title, "") for title in titles] for row in rows]
    file.write_bytes(write_template(layout, lines))
    return file


async def bring_in(desk: Desk, kind: str, file: Path, *, dry_run: bool = False) -> ImportOutcome:
    path = ImportPath.model_validate({"kind": kind})
    return await tables.import_file(desk.node, path, file, "台账", OPERATOR, dry_run=dry_run)


async def refused(desk: Desk, kind: str, file: Path) -> list[tuple[int, str, str]]:
    """Row, heading and reason in a clerk's words of what a file has wrong."""
    told = (await bring_in(desk, kind, file, dry_run=True)).refused
    return [(each.row, each.column, in_chinese(each.reason)) for each in told]


async def handed_out(desk: Desk, folder: Path, table: str, format_: str) -> Path:
    """A list as a file: the station's own where it has one, else the public one."""
    if table in get_args(PrivateTable):
        own = RecordExportPath.model_validate({"table": table})
        body = ExportInput.model_validate({"format": format_})
        made = await tables.export_records(desk.node, own, body)
    else:
        path = ExportPath.model_validate({"table": table})
        query = ExportQuery.model_validate({"format": format_})
        made = await tables.export_rows(desk.node, path, query)
    file = folder / made.name
    assert isinstance(made.content, bytes)
    file.write_bytes(made.content)
    return file


def lines_of(file: Path) -> list[Row]:
    return [row for _, row in read_file(file) if isinstance(row, dict)]


@pytest.mark.parametrize("kind", sorted(LISTS))
async def test_a_template_filled_in_is_tried_brought_in_and_known_again(
    desks: Desks, tmp_path: Path, kind: str
) -> None:
    file, count = filled_in(tmp_path, kind, *LISTS[kind]), len(LISTS[kind])

    tried = await bring_in(desks.chengdu, kind, file, dry_run=True)
    nothing = await bring_in(desks.chengdu, kind, file, dry_run=True)
    done = await bring_in(desks.chengdu, kind, file)
    again = await bring_in(desks.chengdu, kind, file)

    assert (tried.would_publish, tried.published, tried.refused) == (count, 0, [])
    assert nothing == tried
    assert (done.published, done.already_here, done.refused) == (count, 0, [])
    assert (again.published, again.already_here, again.refused) == (0, count, [])


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
@pytest.mark.parametrize("kind", sorted(LISTS))
async def test_a_list_handed_out_is_known_again_row_by_row(
    desks: Desks, tmp_path: Path, kind: str, format_: str
) -> None:
    await bring_in(desks.chengdu, kind, filled_in(tmp_path, kind, *LISTS[kind]))

    file = await handed_out(desks.chengdu, tmp_path, kind, format_)

    again = await bring_in(desks.chengdu, kind, file)
    count = len(LISTS[kind])
    assert len(lines_of(file)) == count
    assert (again.published, again.already_here, again.refused) == (0, count, [])


@pytest.mark.parametrize("kind", ["activities", "contracts", "engagements"])
async def test_a_list_handed_out_says_the_same_at_another_station(
    desks: Desks, tmp_path: Path, kind: str
) -> None:
    await bring_in(desks.chengdu, kind, filled_in(tmp_path, kind, *LISTS[kind]))
    file = await handed_out(desks.chengdu, tmp_path, kind, "xlsx")

    moved = await bring_in(desks.hangzhou, kind, file)
    copy = await handed_out(desks.hangzhou, tmp_path, kind, "xlsx")

    own = ("公开条目编号", "合同编号", "服务编号")
    titles = [column.title for column in get_layout(kind).columns]
    assert (moved.published, moved.refused) == (len(LISTS[kind]), [])
    first, second = ([{t: row[t] for t in titles} for row in lines_of(each)] for each in
                     (file, copy))  # fmt: skip
    assert first == second
    assert [row for row in lines_of(copy) if not any(row.get(each) for each in own)] == []


def test_page_commands_and_api_know_the_same_lists() -> None:
    assert get_args(Table) == exports.TABLES
    assert exports.PRIVATE == get_args(PrivateTable) == tuple(OWN_LISTS)
    assert tuple(imports.LISTS) == get_args(ListKind) == tuple(LAYOUTS) == tuple(INTAKES)
    assert set(PUBLIC) == set(get_args(Table))


# -- resources


async def test_who_stands_behind_an_expert_of_a_file_stays_at_the_station(
    desks: Desks, tmp_path: Path
) -> None:
    await bring_in(desks.chengdu, "resources", filled_in(tmp_path, "resources", *RESOURCES))
    desks.exchange()

    found = {each.title: each for each in desks.hangzhou.store.read(offered.find)}
    expert, broker = found["压铸工艺高级工程师"], found["技术经纪人李四"]
    behind = await resources.get_behind(desks.chengdu.node, IdPath(id=expert.id))

    assert (expert.person, expert.rank, expert.keywords) == ("", "高级工程师", ["压铸", "模温"])
    assert (broker.person, broker.consented_on) == ("李四", "2026-09-20")
    testing = found["金相检测"]
    assert (testing.price_fen, testing.url) == (120_050, "https://example.cn/a")
    assert (testing.source_url, testing.source_system) == ("", "台账")
    assert (behind.name, behind.contact) == ("张三丰", "138 0000 0000")
    assert "张三丰".encode() not in desks.chengdu.text()
    for format_ in ("xlsx", "csv", "jsonl"):
        rows = lines_of(await handed_out(desks.chengdu, tmp_path, "resources", format_))
        assert len(rows) == len(RESOURCES)
        assert "张三丰" not in str(rows)


async def test_an_expert_named_without_consent_is_refused_under_the_heading(
    desks: Desks, tmp_path: Path
) -> None:
    file = filled_in(
        tmp_path,
        "resources",
        {**EXPERT, "名称": "张三丰，高级工程师"},
        {**AGREED, "同意公开的范围": ""},
    )

    told = await refused(desks.chengdu, "resources", file)

    assert [(row, column) for row, column, _ in told] == [(2, "名称"), (3, "同意公开的范围")]
    assert "本人姓名" in told[0][2]
    assert told[1][2] == "必填，没有填写"


async def test_a_resource_row_is_refused_by_what_its_type_does_not_have(
    desks: Desks, tmp_path: Path
) -> None:
    file = filled_in(
        tmp_path,
        "resources",
        {**EXPERT, "类别": "市级学会"},
        {**EXPERT, "费用（元）": "5"},
        {**TESTING, "公开姓名": "甲", "本人同意的日期": "2026-01-01", "同意公开的范围": "全部"},
        {**TESTING, "费用（元）": "面议"},
        {**TESTING, "开始日期": "2026-02-02", "有效期至": "2026-02-01"},
        {**TESTING, "行政区划代码": "999999"},
        {**TESTING, "资源类型": ""},
        {**TESTING, "类别": "算命"},
        {**TESTING, "介绍": ""},
    )

    told = await refused(desks.chengdu, "resources", file)

    assert [(row, column) for row, column, _ in told] == [
        (2, "类别"), (3, "费用（元）"), (4, "公开姓名"), (5, "费用（元）"), (6, "有效期至"),
        (7, "行政区划代码"), (8, "资源类型"), (9, "类别"), (10, "介绍"),
    ]  # fmt: skip
    assert told[0][2].startswith("“市级学会”不是专家的类别，可填：经营管理专家")
    assert [reason for _, _, reason in told if reason.isascii()] == []


async def test_a_list_of_everybodys_publishes_none_of_them_again(
    desks: Desks, tmp_path: Path
) -> None:
    typed = {**EXPERTS_FORM, "source": None}
    body = resources.ResourceInput.model_validate(typed)
    await resources.offer_resource(desks.hangzhou.node, body)
    await bring_in(desks.hangzhou, "resources", filled_in(tmp_path, "resources", TESTING))
    need = needs.NeedInput(title="=尾矿回收", text="寻求浮选工艺。")
    await needs.publish_need(desks.hangzhou.node, need)
    desks.exchange()

    for kind, count in (("resources", 2), ("needs", 1)):
        for format_ in ("xlsx", "csv", "jsonl"):
            file = await handed_out(desks.chengdu, tmp_path, kind, format_)
            again = await bring_in(desks.chengdu, kind, file)
            assert (again.published, again.already_here, again.refused) == (0, count, [])
    assert desks.chengdu.store.read(lambda reading: offered.count(reading, desks.chengdu.id)) == 0


EXPERTS_FORM = {
    "type": "expert",
    "kind": "legal",
    "title": "技术合同律师",
    "text": "技术合同的起草与争议处理",
}


# -- needs and results


@pytest.mark.parametrize("kind", ["needs", "results"])
async def test_what_is_published_is_handed_out_under_its_templates_headings(
    desks: Desks, tmp_path: Path, kind: str
) -> None:
    given = {
        "needs": {
            "编号": "n1", "需求名称": "尾矿回收", "需求内容": "寻求浮选工艺",
            "需求类型": "联合研发", "企业规模": "中型企业", "预算（万元）": "12.5",
            "期限": "2026-12-31", "技术指标": "回收率 90%；成本 5 元", "关键词": "钛；浮选",
            "网址": "https://example.cn/n",
        },
        "results": {
            "编号": "r1", "成果名称": "捕收剂", "成果简介": "浮选药剂", "成熟度": "7",
            "知识产权": "已授权专利", "专利号": "ZL201810123456.7", "计划级别": "国家科技计划",
            "计划名称": "国家重点研发计划", "项目编号": "2026YFB1", "转化阶段": "中试",
        },
    }[kind]  # fmt: skip
    await bring_in(desks.chengdu, kind, filled_in(tmp_path, kind, given))

    for format_ in ("xlsx", "csv"):
        file = await handed_out(desks.chengdu, tmp_path, kind, format_)
        [line] = lines_of(file)
        assert {title: line[title] for title in given} == given
        assert (line["站点"], line["来源系统"]) == ("成都基层站", "台账")
        assert line[ENTRY.lower()]
        again = await bring_in(desks.chengdu, kind, file)
        assert (again.published, again.already_here) == (0, 1)


async def test_a_need_handed_out_is_known_by_its_source_where_its_entry_is_not_told(
    desks: Desks, tmp_path: Path
) -> None:
    row = {"编号": "n1", "需求名称": "尾矿回收", "预算（万元）": "12.5"}
    await bring_in(desks.chengdu, "needs", filled_in(tmp_path, "needs", row))
    [line] = lines_of(await handed_out(desks.chengdu, tmp_path, "needs", "xlsx"))
    told = {title: str(value) for title, value in line.items()}
    titles = {column.title for column in get_layout("needs").columns}
    rest = {title: value for title, value in told.items() if title in titles}

    again = await bring_in(desks.chengdu, "needs", filled_in(tmp_path, "needs", rest))
    moved = await bring_in(desks.hangzhou, "needs", filled_in(tmp_path, "needs", rest))

    assert (again.published, again.already_here, moved.published) == (0, 1, 1)
    [need] = desks.hangzhou.store.read(published_needs.find)
    assert (need.budget_fen, need.kind, need.source_id) == (12_500_000, "other", "n1")


async def test_a_need_says_in_its_row_whether_it_is_free_of_secrets(
    desks: Desks, tmp_path: Path
) -> None:
    need = {"需求名称": "尾矿回收", "需求内容": "寻求浮选工艺。"}
    rows = [
        {**need, "编号": number, "不涉密声明": said}
        for number, said in (("1", "是"), ("2", "否"), ("3", ""), ("4", "大概"))
    ]
    file = filled_in(tmp_path, "needs", *rows)

    found = await refused(desks.chengdu, "needs", file)
    done = await bring_in(desks.chengdu, "needs", file)

    assert [(row, column, reason[:5]) for row, column, reason in found] == [
        (3, "不涉密声明", "声明为涉密"), (5, "不涉密声明", "“大概”不"),
    ]  # fmt: skip
    assert done.published == 2
    assert b"unclassified" not in desks.chengdu.text()


async def test_json_lines_keep_the_names_of_the_api(desks: Desks, tmp_path: Path) -> None:
    row = {"成果名称": "捕收剂", "知识产权": "已授权专利"}
    await bring_in(desks.chengdu, "results", filled_in(tmp_path, "results", row))

    [line] = lines_of(await handed_out(desks.chengdu, tmp_path, "results", "jsonl"))

    [view] = desks.chengdu.store.read(published_results.find)
    assert (line["id"], line["ip"], line["state"]) == (view.id, "granted", "open")


async def a_month(desks: Desks) -> tuple[str, str]:
    """A month in which something comes of every public table: the ids of need and result."""
    _, need, result = await publish_both(desks)
    screened = {"result": result, "needs": [need], "note": "已中试"}
    await publish_screening(desks.national, [screened])
    await refer(desks, need, result)
    await bring_in_meeting(desks.chengdu)
    service = IdPath(id=await engage(desks.chengdu, begins="2026-09-02"))
    await book.finish_engagement(desks.chengdu.node, service, book.FinishInput(on="2026-09-21"))
    report = await compile_report(desks.chengdu)
    desks.exchange()
    await approval.approve_report(desks.sichuan.node, IdPath(id=report))
    desks.exchange()
    rules = ranking.PolicyInput(name="试行", period=PERIOD, weights={"outcomes": 60, "visits": 40})
    policy = await ranking.publish_policy(desks.national.node, rules)
    await ranking.name_cut(desks.national.node, ranking.CutInput(name="九月", period=PERIOD))
    body = ranking.RankingInput(name="九月排名", policy=policy.id, cut="九月")
    await ranking.publish_ranking(desks.national.node, body)
    desks.exchange()
    return need, result


async def bring_in_meeting(desk: Desk) -> None:
    body = activities.ActivityInput(
        kind="matchmaking", title="对接会", on="2026-09-20", days=2, participants=80, enterprises=35
    )
    await activities.add_activity(desk.node, body)


async def test_every_public_table_is_handed_out_in_chinese(desks: Desks, tmp_path: Path) -> None:
    need, result = await a_month(desks)
    lines = {
        table: lines_of(await handed_out(desks.national, tmp_path, table, "xlsx"))
        for table in get_args(Table)
        if table != "resources"
    }

    headings = {title for table in lines.values() for line in table for title in line}
    assert [title for title in headings if title.isascii()] == []
    assert [table for table, rows in lines.items() if not rows] == []
    words = {str(cell) for rows in lines.values() for line in rows for cell in line.values()}
    assert words & {"confirmed", "approved", "grassroots", "matchmaking", "transfer", "zh"} == set()
    [referral] = lines["referrals"]
    assert (referral["转出站点"], referral["接收站点"]) == ("成都基层站", "杭州基层站")
    assert (referral["状态"], referral["合同类型"]) == ("已办结", "技术转让合同")
    assert referral["合同成交额（万元）"] == "80"
    [report] = lines["performance"]
    assert (report["走访企业（次）"], report["状态"], report["审核站点"]) == (
        "1", "已审核", "四川区域站",
    )  # fmt: skip
    [screened] = lines["screenings"]
    assert (screened["成果条目编号"], screened["可能适用的需求"]) == (result, need)
    assert (screened["入选理由"], screened["年度"]) == ("已中试", "2026")
    [activity] = lines["activities-held"]
    assert (activity["活动类型"], activity["参加人数"]) == ("对接会", "80")
    first = next(each for each in lines["ranking"] if each["站点"] == "成都基层站")
    assert (first["名次"], first["站点层级"], first["缺少的指标"]) == ("1", "基层站点", "")
    assert first["得分：走访企业"]
    chengdu = next(each for each in lines["stations"] if each["站点名称"] == "成都基层站")
    assert (chengdu["所属体系"], chengdu["上级站点"]) == ("创新驿站 基层", "四川区域站")


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
@pytest.mark.parametrize("table", get_args(PrivateTable))
async def test_an_empty_list_is_handed_out_with_its_headings(
    desks: Desks, tmp_path: Path, table: str, format_: str
) -> None:
    file = await handed_out(desks.chengdu, tmp_path, table, format_)

    assert lines_of(file) == []
    if table in LAYOUTS:
        assert (await bring_in(desks.chengdu, table, file)).refused == []


async def test_cards_are_handed_out_in_words(desks: Desks, tmp_path: Path) -> None:
    await enterprises.add_enterprise(
        desks.chengdu.node,
        enterprises.EnterpriseInput.model_validate({"name": "甲", "size": "medium"}),
    )

    [line] = lines_of(await handed_out(desks.chengdu, tmp_path, "enterprises", "xlsx"))

    assert (line["企业名称"], line["企业规模"]) == ("甲", "中型企业")
