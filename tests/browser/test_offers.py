"""A broker offers a result and an expert, and corrects what a form finds wrong (C4-C6, F1)."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from node.people import OPERATOR, Role, staff
from tests.browser.conftest import START_S, Site
from tests.browser.looks import LOCALES, VIEWS, look_at

pytestmark = pytest.mark.browser

FIRST = "correct horse battery staple"
SECOND = "石榴树开花了吗 外婆在门口问我们"
BROKER = "broker-tan"


@pytest.fixture(scope="module")
def broker(site: Site) -> str:
    """The name of a broker who has chosen a password."""

    async def prepare() -> None:
        gate = site.node.gate
        site.node.recovery.give_up()  # its one peer never answers
        await staff.add_account(gate, OPERATOR, BROKER, "谭经纪", Role.BROKER, FIRST)
        actor = await gate.find_actor(await gate.sign_in(BROKER, FIRST, "::1", ""))
        assert actor is not None
        await staff.change_own_password(gate, actor, FIRST, SECOND, "::1")

    asyncio.run_coroutine_threadsafe(prepare(), site.loop).result(START_S)
    return BROKER


def come_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(SECOND)
    page.locator("main form button").click()


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Where the first tests left what they made."""
    return {}


def test_a_result_is_published_corrected_and_advanced(
    broker: str, made: dict[str, str], page: Page
) -> None:
    come_in(page, broker)
    page.get_by_role("link", name="成果", exact=True).first.click()
    page.get_by_role("link", name="发布成果").click()
    page.locator("[name=title]").fill("快干水性漆")
    page.get_by_label("成果简介").fill("表干一小时，不返白。")
    page.get_by_label("计划级别").select_option("national")
    page.get_by_label("专利分类号").fill("B22")
    page.get_by_role("button", name="签名发布").click()
    expect(page.locator(".wrong")).to_have_count(2)
    expect(page.get_by_label("成果简介")).to_have_value("表干一小时，不返白。")
    page.get_by_label("专利分类号").fill("C09D7/61")
    page.get_by_label("计划名称").fill("重点研发计划")
    page.get_by_role("button", name="签名发布").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("快干水性漆")
    made["result"] = page.url

    page.get_by_role("link", name="修改、推进或撤回").click()
    expect(page.get_by_label("达到阶段")).to_have_value("screening")
    page.get_by_label("达到阶段").select_option("pilot")
    page.get_by_role("button", name="签名推进").click()

    expect(page.locator(".steps .now")).to_have_text("中试")


def test_an_expert_is_made_known_without_a_name(
    broker: str, made: dict[str, str], page: Page
) -> None:
    come_in(page, broker)
    page.get_by_role("link", name="资源", exact=True).first.click()
    page.get_by_role("link", name="登记资源").click()
    page.locator("[name=title]").fill("水性漆配方工程师王小明")
    page.get_by_label("介绍").fill("十年配方经验。")
    page.get_by_label("真实姓名").fill("王小明")
    page.get_by_role("button", name="登记并发布").click()
    expect(page.locator(".wrong")).to_have_count(1)
    page.locator("[name=title]").fill("水性漆配方工程师")
    page.get_by_role("button", name="登记并发布").click()

    expect(page.locator("main")).to_contain_text("未公开，请联系登记站点")
    expect(page.locator("main")).not_to_contain_text("王小明")
    made["expert"] = page.url


@pytest.mark.parametrize("lang", LOCALES)
def test_the_forms_are_complete_accessible_and_fit(
    broker: str,
    made: dict[str, str],
    open_context: Callable[..., BrowserContext],
    lang: str,
) -> None:
    page = open_context(*VIEWS[lang][0], locale=LOCALES[lang]).new_page()
    come_in(page, broker)

    for name, path in (
        ("result form", "/results/new"),
        ("result edit", f"{made['result']}/edit"),
        ("expert form", "/resources/new"),
        ("service form", "/resources/new?type=service"),
        ("expert edit", f"{made['expert']}/edit"),
    ):
        page.goto(path)

        look_at(page, lang, name, f"offer-{name}")
