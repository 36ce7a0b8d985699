"""A broker serves an enterprise: from the card to tasks, agreement, contract and an answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from grassroots import enterprises, needs, referrals
from node.people import OPERATOR, Role, staff
from protocol.records import (
    ReferralAccepted,
    ReferralConcluded,
    ReferralStarted,
)
from tests.browser.conftest import START_S, Site
from tests.browser.looks import LOCALES, VIEWS, keep_picture, look_at

pytestmark = pytest.mark.browser

FIRST = "correct horse battery staple"
SECOND = "石榴树开花了吗 外婆在门口问我们"
BROKER = "broker-shen"


def do(site: Site, work: Coroutine[Any, Any, object]) -> Any:
    """Do something in the node's own loop."""
    return asyncio.run_coroutine_threadsafe(work, site.loop).result(START_S)


@pytest.fixture(scope="module")
def broker(site: Site) -> str:
    """The name of a broker who has chosen a password, at a station that keeps a card."""

    async def prepare() -> None:
        gate = site.node.gate
        site.node.recovery.give_up()  # its one peer never answers
        await staff.add_account(gate, OPERATOR, BROKER, "沈经纪", Role.BROKER, FIRST)
        actor = await gate.find_actor(await gate.sign_in(BROKER, FIRST, "::1", ""))
        assert actor is not None
        await staff.change_own_password(gate, actor, FIRST, SECOND, "::1")
        await enterprises.add_enterprise(
            site.node, enterprises.EnterpriseInput(name="攀西钒钛有限公司")
        )

    do(site, prepare())
    return BROKER


def come_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(SECOND)
    page.locator("main form button").click()


def open_and_fill(page: Page, summary: str, **fields: str) -> None:
    """Open the form behind a summary, fill it in and send it."""
    part = page.locator("details", has=page.get_by_text(summary, exact=True)).first
    part.locator("summary").click()
    for name, value in fields.items():
        part.locator(f"[name={name}]").fill(value)
    part.get_by_role("button").click()


@pytest.fixture(scope="module")
def served(site: Site, broker: str) -> dict[str, str]:
    """Where the first test left what it made."""
    return {}


def test_a_broker_sees_an_engagement_through_on_the_pages(
    broker: str, served: dict[str, str], page: Page
) -> None:
    come_in(page, broker)
    page.get_by_role("link", name="服务", exact=True).click()
    page.get_by_label("服务名称").fill("尾矿回收技术服务")
    page.get_by_label("服务企业").select_option(label="攀西钒钛有限公司")
    page.get_by_label("协同攻关项目").check()
    page.get_by_label("目标").fill("回收率提高五个百分点")
    page.get_by_role("button", name="登记服务").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("尾矿回收技术服务")
    served["engagement"] = page.url

    open_and_fill(page, "添加任务", what="取样", person="王五")
    page.get_by_role("button", name="标记完成").click()
    open_and_fill(page, "添加指标", what="回收率", target="5", due="2027-01-31")
    page.get_by_label("完成值：回收率").fill("6")
    page.get_by_role("button", name="填报").click()
    open_and_fill(page, "登记产出", title="试验报告")
    open_and_fill(page, "登记成效", title="年节电", amount="12,000.50")
    expect(page.locator("main")).to_contain_text("1.2万元")

    correct_on_the_page(page)

    page.get_by_label("模板").select_option("task-book")
    page.get_by_role("button", name="起草协议").click()
    expect(page.locator(".paper")).to_contain_text("攀西钒钛有限公司")
    served["agreement"] = page.url
    scan = {"name": "签字页.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    page.get_by_label("签字盖章件").set_input_files(scan)
    page.get_by_role("button", name="登记签订").click()
    expect(page.locator(".tags")).to_contain_text("已签订")
    expect(page.get_by_role("link", name="签字页.pdf")).to_be_visible()
    keep_picture(page, "agreement-signed")
    page.get_by_role("link", name="返回服务").click()
    expect(page.get_by_role("link", name="签字页.pdf")).to_be_visible()

    page.get_by_role("link", name="登记技术合同").click()
    page.get_by_label("合同名称").fill("尾矿回收技术开发")
    page.get_by_label("成交额（元）", exact=True).fill("100")
    page.get_by_label("其中技术交易额（元）").fill("200")
    page.get_by_label("签订日期").fill("2026-01-05")
    page.get_by_role("button", name="登记技术合同").click()
    expect(page.get_by_role("alert")).to_contain_text("above amount_fen")
    page.get_by_label("其中技术交易额（元）").fill("80.5")
    page.get_by_role("button", name="登记技术合同").click()
    expect(page.locator("main")).to_contain_text("80.5元")

    page.goto("/activities")
    page.get_by_label("活动名称").fill("钒钛产业对接会")
    page.get_by_label("参加人数").fill("40")
    page.get_by_role("button", name="登记活动").click()
    expect(page.locator(".list").first).to_contain_text("40 人参加")

    page.goto(served["engagement"])
    open_and_fill(page, "办结服务")
    expect(page.locator(".tags")).to_contain_text("已完成")


def correct_on_the_page(page: Page) -> None:
    """Correct a task, and withdraw an outcome, each with a reason; the first try has none."""
    page.get_by_label("更正或撤销：取样").click()
    form = page.locator("form", has=page.locator("input[value=amend_task]"))
    form.get_by_label("事项").fill("取样三份")
    keep_picture(page, "engagement-correcting")
    form.get_by_label("更正原因").fill(" ")
    form.get_by_role("button", name="保存更正").click()
    expect(page.get_by_role("alert")).to_contain_text("原因")
    expect(form.get_by_label("事项")).to_have_value("取样三份")
    form.get_by_label("更正原因").fill("数量写错")
    form.get_by_role("button", name="保存更正").click()
    page.get_by_label("更正或撤销：试验报告").click()
    gone = page.locator("#output").locator("xpath=ancestor::section")
    gone.get_by_label("撤销原因").fill("登记重复")
    gone.get_by_role("button", name="撤销").click()
    expect(gone).to_contain_text("尚未登记。")
    history = page.locator("#corrections").locator("xpath=ancestor::section")
    expect(history).to_contain_text("取样 → 取样三份")
    expect(history).to_contain_text("登记重复")
    keep_picture(page, "engagement-corrected")


async def conclude_own_case(site: Site) -> None:
    """A case that this station sent to Ningbo, with an outcome its enterprise has to confirm."""
    ningbo = site.teller.ningbo
    given = needs.NeedInput(title="轴承早期失效分析", text="转速 3000，温升高。")
    need = (await needs.publish_need(site.node, given)).id
    request = referrals.RequestInput(need=need, to=ningbo.id)
    case = (await referrals.request_referral(site.node, request)).id
    accepted = ningbo.sign(ReferralAccepted(after=(case,)), case)
    started = ningbo.sign(ReferralStarted(after=(accepted.id,)), case)
    ningbo.sign(ReferralConcluded(after=(started.id,), outcome="advice"), case)
    text = ningbo.text("referrals")
    await asyncio.to_thread(site.node.ingest.receive, text, site.teller.zhejiang.key.public)


def test_an_enterprise_answers_on_its_phone_and_the_broker_confirms(
    site: Site,
    broker: str,
    served: dict[str, str],
    page: Page,
    open_context: Callable[..., BrowserContext],
) -> None:
    do(site, conclude_own_case(site))
    come_in(page, broker)
    page.goto("/askings")
    page.get_by_role("button", name="生成链接和回执码").click()
    made = page.get_by_role("status").filter(has_text="请交给企业")
    path = urlsplit(made.locator("code").inner_text()).path
    served["asking"] = path
    keep_picture(page, "asking-made")

    phone = open_context(400, java_script_enabled=False).new_page()
    phone.goto(path)
    expect(phone.locator("main")).to_contain_text("轴承早期失效分析")
    phone.get_by_label("属实", exact=True).check()
    phone.get_by_label("非常满意", exact=True).check()
    phone.get_by_label("意见和建议").fill("专家很负责")
    keep_picture(phone, "ask-phone")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status")).to_contain_text("已经收到")

    page.goto("/askings")
    expect(page.locator("main .list").first).to_contain_text("专家很负责")
    page.get_by_role("button", name="按企业答复确认办结").click()
    expect(page.locator("main .list").first).to_contain_text("签名条目")
    page.get_by_role("button", name="生成链接和回执码").click()
    served["progress"] = urlsplit(page.locator("code").first.inner_text()).path


@pytest.mark.parametrize("lang", LOCALES)
def test_every_page_of_services_is_complete_accessible_and_fits(
    broker: str,
    served: dict[str, str],
    open_context: Callable[..., BrowserContext],
    lang: str,
) -> None:
    page = open_context(*VIEWS[lang][0], locale=LOCALES[lang]).new_page()
    come_in(page, broker)
    paths = {
        "services": "/services",
        "contracts": "/contracts",
        "activities": "/activities",
        "askings": "/askings",
        **served,
    }

    for name, path in paths.items():
        page.goto(path)

        look_at(page, lang, path, name)
