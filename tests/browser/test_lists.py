"""Somebody brings a list in from a file and attaches files, on the station's pages."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from grassroots.enterprises import EnterpriseInput, add_enterprise
from grassroots.needs import NeedInput, publish_need
from grassroots.referrals import RequestInput, request_referral
from node.app import Node
from node.people import Role
from node.store import ConsentRow
from node.tables import ENGAGEMENTS, ENTERPRISES, RESOURCES, VISITS
from node.tables.template import write_template
from protocol.records import ReferralAccepted
from tests.browser.conftest import Site
from tests.browser.looks import LOCALES, VIEWS, keep_picture, look_at
from tests.browser.test_people import FIRST, SECOND, change_password, do, give_account, log_in

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.7\n" + b"x" * 3_000


def a_list(folder: Path, *rows: dict[str, str]) -> Path:
    """A template filled in as a clerk does."""
    lines = [[row.get(column.title, "") for column in ENTERPRISES.columns] for row in rows]
    file = folder / "企业名录.xlsx"
    file.write_bytes(write_template(ENTERPRISES, lines))
    return file


@pytest.fixture(scope="module")
def clerk(site: Site) -> str:
    give_account(site, "zhao", "赵敏", Role.MANAGER)
    return "zhao"


def enter(page: Page, name: str, to: str) -> None:
    """Log in, changing the first password where it is still to be changed."""
    page.goto(f"/login?next={to}")
    log_in(page, name, SECOND)
    if page.get_by_role("alert").count():
        log_in(page, name, FIRST)
        page.goto("/me")
        change_password(page)
    page.goto(to)


def test_a_file_is_looked_into_before_it_is_brought_in(
    site: Site, page: Page, clerk: str, tmp_path: Path
) -> None:
    file = a_list(
        tmp_path,
        {"企业名称": "甲轴承厂", "企业规模": "中型企业", "行政区划代码": "330110"},
        {"企业名称": "乙", "企业规模": "巨型"},
        {"联系人": "无名"},
    )
    enter(page, clerk, "/lists")

    page.get_by_label("导入到").select_option("enterprises")
    page.get_by_label("文件").set_input_files(file)
    page.get_by_role("button", name="检查文件").click()
    rows = page.locator("table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("“巨型”不在可选范围内")
    expect(rows.nth(1)).to_contain_text("必填，没有填写")
    keep_picture(page, "lists-checked")
    page.get_by_role("button", name="确认导入 1 行").click()

    expect(page.get_by_role("status").first).to_contain_text("已导入 1 行")
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
    with page.expect_download() as saved:
        page.get_by_role("button", name=f"导出：{ENTERPRISES.title}").click()
    assert saved.value.suggested_filename == "enterprises.xlsx"
    page.goto("/audit")
    expect(page.locator("main")).to_contain_text("export_records")


def test_experts_are_looked_into_with_a_warning_and_brought_in(
    site: Site, page: Page, clerk: str, tmp_path: Path
) -> None:
    good = {"资源类型": "专家", "类别": "技术专家", "名称": "模具工程师"}
    good |= {"介绍": "模温控制", "真实姓名": "王五"}
    rows = (good, {**good, "名称": "王五，模具工程师"}, {**good, "类别": "市级学会"})
    lines = [[row.get(column.title, "") for column in RESOURCES.columns] for row in rows]
    file = tmp_path / "资源.xlsx"
    file.write_bytes(write_template(RESOURCES, lines))
    enter(page, clerk, "/lists")

    page.get_by_label("导入到").select_option("resources")
    page.get_by_label("文件").set_input_files(file)
    page.get_by_role("button", name="检查文件").click()
    expect(page.locator("table tbody tr")).to_have_count(2)
    expect(page.locator("table tbody tr").nth(0)).to_contain_text("写到了本人姓名")
    expect(page.locator("table tbody tr").nth(1)).to_contain_text("“市级学会”不是专家的类别")
    expect(page.get_by_text("请确认公开姓名已经本人同意。")).to_be_visible()
    page.get_by_role("button", name="确认导入 1 行").click()

    expect(page.get_by_role("status").first).to_contain_text("已导入 1 行")
    for table, title in (("contracts", "技术合同"), ("engagements", "服务清单")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=f"导出：{title}").click()
        assert saved.value.suggested_filename == f"{table}.xlsx"


def test_services_are_looked_into_and_brought_in(
    site: Site, page: Page, clerk: str, tmp_path: Path
) -> None:
    good = {"服务名称": "模具检测", "服务项目": "协同攻关项目", "开始日期": "2026-03-05"}
    done = {"服务名称": "表面强化咨询", "状态": "已完成", "结束日期": "2026-03-20"}
    rows = (good, {**good, **done}, {**good, "服务项目": "算命"}, {**good, "企业": "查无此厂"})
    lines = [[row.get(column.title, "") for column in ENGAGEMENTS.columns] for row in rows]
    file = tmp_path / "服务.xlsx"
    file.write_bytes(write_template(ENGAGEMENTS, lines))
    enter(page, clerk, "/lists")

    page.get_by_label("导入到").select_option("engagements")
    page.get_by_label("文件").set_input_files(file)
    page.get_by_role("button", name="检查文件").click()
    expect(page.locator("table tbody tr")).to_have_count(2)
    expect(page.locator("table tbody tr").nth(0)).to_contain_text("“算命”不在可选范围内")
    expect(page.locator("table tbody tr").nth(1)).to_contain_text("本站没有“查无此厂”的企业档案")
    expect(page.get_by_text("的服务导入后即公开办结记录")).to_be_visible()
    keep_picture(page, "lists-services")
    page.get_by_role("button", name="确认导入 2 行").click()

    expect(page.get_by_role("status").first).to_contain_text("已导入 2 行")
    with page.expect_download() as saved:
        page.get_by_label("服务办结 csv").click()
    assert "协同攻关项目" in Path(saved.value.path()).read_text("utf-8-sig")
    page.goto("/services?state=done")
    expect(page.locator("main")).to_contain_text("表面强化咨询")


def test_what_is_no_list_is_told_on_the_page(
    site: Site, page: Page, clerk: str, tmp_path: Path
) -> None:
    file = tmp_path / "图.xlsx"
    file.write_bytes(b"PK\x03\x04 cut off")
    enter(page, clerk, "/lists")

    page.get_by_label("文件").set_input_files(file)
    page.get_by_role("button", name="检查文件").click()

    expect(page.get_by_role("alert")).to_contain_text("不是 Excel 工作簿")
    assert VISITS.title == "走访记录"


def test_a_file_of_a_visit_is_kept_shown_and_deleted(site: Site, page: Page, clerk: str) -> None:
    enter(page, clerk, "/visits")
    page.get_by_label("走访日期").fill("2026-03-05")
    page.get_by_role("button", name="登记走访").click()
    page.get_by_role("link", name="附件", exact=True).first.click()

    page.get_by_label("文件").set_input_files(
        {"name": "现场 照片.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_label("说明").fill("车间")
    page.get_by_role("button", name="添加附件").click()

    link = page.get_by_role("link", name="现场 照片.pdf")
    keep_picture(page, "visit-files")
    with page.expect_download() as saved:
        link.click()
    assert Path(saved.value.path()).read_bytes() == PDF
    page.get_by_label("文件").set_input_files(
        {"name": "工具.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    )
    page.get_by_role("button", name="添加附件").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="删除").click()
    expect(page.get_by_text("没有附件。")).to_be_visible()


async def keep_consent(node: Node, receiver: str, referral: str) -> None:
    """A card, and a consent for it in the register."""
    card = await add_enterprise(node, EnterpriseInput(name="余杭涂料厂"))
    told = {
        "receiver": receiver, "receiver_name": "成都市锦江区基层站点", "receiver_contact": "028-1",
        "purpose": "work", "kinds": '["name"]', "way": "sealed", "given_on": "2026-03-05",
        "given_by": "总经理", "created_ms": node.clock.now_ms(),
    }  # fmt: skip
    empty = ("evidence", "evidence_hash", "withdrawal", "part", "disclosed", "sealed",
             "withdrawn_note", "erased")  # fmt: skip
    row = {"id": "consent", "enterprise": card.id, "referral": referral, "withdrawn_ms": None}
    row |= told | dict.fromkeys(empty, "")
    await node.store.awrite(lambda tx: tx.insert(ConsentRow, [row]))


@pytest.fixture(scope="module")
def consent(site: Site) -> str:
    """The path of a consent's page."""
    referral = site.story.ids["referral confirmed"].rpartition("/")[2]
    do(site, keep_consent(site.node, site.teller.chengdu.id, referral))
    return "/consents/consent"


def test_the_signed_paper_of_a_consent_is_kept_shown_and_deleted(
    site: Site, page: Page, clerk: str, consent: str
) -> None:
    enter(page, clerk, consent)
    paper = page.locator("section", has=page.locator("#paper"))
    expect(paper.get_by_text("没有附件。")).to_be_visible()

    paper.get_by_label("文件").set_input_files(
        {"name": "同意书.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    paper.get_by_label("说明").fill("盖章原件")
    paper.get_by_role("button", name="添加凭证").click()
    expect(paper).to_contain_text("盖章原件")
    keep_picture(page, "consent-paper")
    page.get_by_role("link", name="余杭涂料厂").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="同意书.pdf").click()
    assert Path(saved.value.path()).read_bytes() == PDF

    page.goto(consent)
    paper.locator("summary").click()
    paper.get_by_label("文件").set_input_files(
        {"name": "工具.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    )
    paper.get_by_role("button", name="添加凭证").click()
    expect(page.get_by_role("alert")).to_be_visible()
    paper.get_by_role("button", name="删除：同意书.pdf").click()
    expect(paper.get_by_text("没有附件。")).to_be_visible()
    page.goto("/audit")
    expect(page.locator("main")).to_contain_text("添加同意凭证")


async def take_own_referral(site: Site) -> str:
    """A referral of this station's need, with a card behind it, that Ningbo took."""
    ningbo = site.teller.ningbo
    card = await add_enterprise(
        site.node, EnterpriseInput(name="宁海模具厂", contact="王工", phone="0574-333")
    )
    given = NeedInput(title="模具表面强化", text="寻求氮化工艺。", enterprise=card.id)
    need = (await publish_need(site.node, given)).id
    wanted = RequestInput(need=need, to=ningbo.id)
    case = (await request_referral(site.node, wanted)).id
    ningbo.sign(ReferralAccepted(after=(case,)), case)
    text, sender = ningbo.text("referrals"), site.teller.zhejiang.key.public
    await asyncio.to_thread(site.node.ingest.receive, text, sender)
    return f"/consents/new?referral={case}"


def test_a_consent_and_its_signed_paper_are_recorded_by_one_form(
    site: Site, page: Page, clerk: str
) -> None:
    path = do(site, take_own_referral(site))
    enter(page, clerk, path)
    page.get_by_label("同意人的职务").fill("总经理")
    page.get_by_label("接收站点的联系方式").fill("0574-111")
    paper = page.get_by_label("签字或盖章的同意书")
    paper.set_input_files(
        {"name": "工具.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    )
    page.get_by_role("button", name="只登记，暂不提供").click()
    expect(page.get_by_role("alert")).to_contain_text("不收这种文件")
    expect(page.get_by_text("文件须重新选择")).to_be_visible()
    expect(page.get_by_label("同意人的职务")).to_have_value("总经理")
    keep_picture(page, "consent-refused")

    paper.set_input_files({"name": "同意书.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_role("button", name="只登记，暂不提供").click()

    page.get_by_role("link", name="提供给 宁波").first.click()
    expect(page.get_by_role("link", name="同意书.pdf")).to_be_visible()


def test_files_of_a_need_are_shown_to_everybody(site: Site, page: Page) -> None:
    path = next(path for path in site.story.ids.values() if path.startswith("/needs/"))
    page.goto(path)

    page.get_by_role("link", name="查看附件").click()

    expect(page.get_by_text("没有附件。")).to_be_visible()
    assert page.get_by_role("button", name="添加附件").count() == 0


@pytest.mark.parametrize("lang", LOCALES)
def test_pages_of_files_and_lists_are_accessible_and_fit(
    site: Site,
    open_context: Callable[..., BrowserContext],
    clerk: str,
    consent: str,
    lang: str,
) -> None:
    page = open_context(*VIEWS[lang][0], locale=LOCALES[lang]).new_page()
    enter(page, clerk, "/lists")
    need = next(path for path in site.story.ids.values() if path.startswith("/needs/"))

    for name, path in (
        ("lists", "/lists"),
        ("files", need.replace("/needs/", "/files/")),
        ("consent", consent),
    ):
        page.goto(path)

        look_at(page, lang, name, name)
