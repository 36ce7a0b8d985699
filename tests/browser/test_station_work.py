"""A station's day: a card, a visit, a need drafted by one and approved by another."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from node.people import Role
from tests.browser.conftest import Site
from tests.browser.looks import LOCALES, VIEWS, look_at
from tests.browser.test_people import FIRST, SECOND, change_password, give_account, log_in

pytestmark = pytest.mark.browser

CODE = "91110000600037341L"
NAME = "余杭精锻有限公司"
TITLE = "锻件表面脱碳层过深"
TEXT = "连杆锻件加热后表面脱碳层深度达到零点四毫米，寻求保护气氛或涂层办法，降到零点一毫米以内。"


@pytest.fixture(scope="module")
def at_work(site: Site) -> None:
    """A broker and two who may approve; the node no longer waits for peers that are not there."""
    site.loop.call_soon_threadsafe(site.node.recovery.give_up)
    give_account(site, "broker", "孙经纪", Role.BROKER)
    give_account(site, "reviewer", "李审核", Role.REVIEWER)
    give_account(site, "chief", "周站长", Role.MANAGER)


def enter(page: Page, name: str) -> Page:
    """Somebody at their desk, whether or not they have changed their first password."""
    page.goto("/login")
    log_in(page, name, FIRST)
    if page.locator("input[name=name]:visible").count():
        log_in(page, name, SECOND)
    page.goto("/me")
    if page.locator(".note.amber").count():
        change_password(page)
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def add_card(page: Page) -> None:
    """Type a wrong credit code first; what was typed stays."""
    page.goto("/enterprises/new")
    page.get_by_label("企业名称").fill(NAME)
    page.get_by_label("统一社会信用代码").fill(CODE[:-1] + "A")
    press(page, "保存")
    expect(page.get_by_role("alert")).to_contain_text("请检查：统一社会信用代码")
    expect(page.get_by_label("企业名称")).to_have_value(NAME)
    page.get_by_label("统一社会信用代码").fill(CODE)
    page.get_by_label("企业规模").select_option("small")
    press(page, "保存")
    expect(page.locator("h1")).to_have_text(NAME)


def draft_need(page: Page, title: str, text: str) -> None:
    page.get_by_label("需求名称").fill(title)
    page.get_by_label("需求内容").fill(text)
    page.get_by_label("已与企业核实").check()
    press(page, "保存并查重")


def test_a_need_comes_from_the_enterprise_s_door_to_the_network(
    site: Site, at_work: None, open_context: Callable[..., BrowserContext]
) -> None:
    broker = enter(open_context().new_page(), "broker")
    add_card(broker)
    broker.get_by_role("link", name="记录走访").click()
    expect(broker.locator("select[name=enterprise]")).to_have_value(re.compile(".+"))
    broker.get_by_label("挖掘的需求数").fill("1")
    broker.get_by_label("走访情况").fill("见总工，看锻造车间")
    press(broker, "登记走访")
    expect(broker.get_by_role("status").first).to_contain_text("走访已登记")
    broker.get_by_role("link", name=NAME).first.click()
    expect(broker.get_by_text("见总工，看锻造车间")).to_be_visible()
    broker.get_by_role("link", name="登记需求").click()
    draft_need(broker, f"{NAME}的难题", TEXT)
    expect(broker.get_by_role("alert")).to_contain_text("出现了企业名称")
    draft_need(broker, TITLE, TEXT)
    expect(broker.locator("h1")).to_have_text(TITLE)
    press(broker, "提交审核")
    expect(
        broker.get_by_text("等待审核员或站长审核。").or_(broker.get_by_text("您起草"))
    ).to_be_visible()

    reviewer = enter(open_context().new_page(), "reviewer")
    reviewer.get_by_role("link", name="需求办理").click()
    reviewer.get_by_role("link", name=TITLE).click()
    reviewer.get_by_label("退回原因").fill("请写明材质")
    press(reviewer, "退回修改")
    broker.goto("/workbench")
    broker.get_by_role("link", name=TITLE).click()
    expect(broker.get_by_text("请写明材质")).to_be_visible()
    broker.get_by_role("link", name="修改草稿").click()
    draft_need(broker, TITLE, f"{TEXT}材质四十五钢。")
    press(broker, "提交审核")
    reviewer.reload()
    press(reviewer, "审核通过并发布")

    reviewer.get_by_role("link", name="查看需求").click()
    expect(reviewer.locator("h1")).to_have_text(TITLE)
    assert NAME not in reviewer.content()
    broker.goto(reviewer.url)
    broker.get_by_role("link", name="办理需求").click()
    broker.get_by_label("新的有效期至").fill("2039-12-31")
    press(broker, "续期")
    expect(broker.locator(".facts").first).to_contain_text("2039-12-31")
    broker.goto("/enterprises")
    broker.get_by_role("link", name=NAME).click()
    expect(broker.get_by_role("link", name=TITLE)).to_be_visible()

    broker.goto("/needs/new")
    draft_need(broker, "连杆锻件脱碳", f"{TEXT}急。")
    expect(broker.locator(".note.amber").first).to_contain_text("已有相近的需求")
    expect(broker.get_by_role("link", name=TITLE)).to_be_visible()


@pytest.mark.parametrize("lang", LOCALES)
def test_every_desk_of_the_station_s_work_is_complete_accessible_and_fits(
    site: Site,
    at_work: None,
    open_context: Callable[..., BrowserContext],
    lang: str,
) -> None:
    page = enter(open_context(*VIEWS[lang][0]).new_page(), "chief")
    paths = ["/workbench", "/enterprises", "/enterprises/new", "/visits", "/needs/new"]
    for listed, part in (("/workbench", "/drafts/"), ("/enterprises", "/enterprises/")):
        page.goto(listed)
        links = page.locator(f"main .list a[href^='{part}']")
        if links.count():
            paths.append(str(links.first.get_attribute("href")))
    page.goto(f"/?lang={lang}")

    for path in paths:
        page.goto(path)

        name = "-".join(part for part in path.split("/")[:3] if part)[:24]
        look_at(page, lang, path, f"work-{name}")
