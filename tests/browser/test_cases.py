"""A broker works on a case from its page: accepts it, asks for help, gives it to a colleague."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from node.people import Role
from tests.browser.conftest import Site
from tests.browser.looks import (
    LOCALES,
    VIEWS,
    find_chinese,
    find_violations,
    keep_picture,
    look_at,
)
from tests.browser.test_people import change_password, give_account, log_in

pytestmark = pytest.mark.browser


def _at_work(site: Site, page: Page, name: str, person: str) -> None:
    site.loop.call_soon_threadsafe(site.node.recovery.give_up)  # its one peer never answers
    give_account(site, name, person, Role.BROKER)
    page.goto("/login?next=/me")
    log_in(page, name, "correct horse battery staple")
    change_password(page)


def test_a_broker_takes_a_case_on_asks_for_help_and_gives_it_to_a_colleague(
    site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    _at_work(site, page, "zhou", "周明")
    page.goto(site.story.ids["referral requested"])
    forms = page.locator("section", has=page.locator("#acts"))
    expect(forms.locator("summary")).to_have_text(["受理", "不予受理", "要求补充说明"])

    forms.locator("summary").nth(2).click()
    forms.locator("details").nth(2).locator("textarea").fill("请补充工况。")
    forms.get_by_role("button", name="要求补充说明").click()
    assert page.get_by_role("alert").count() == 0, page.get_by_role("alert").inner_text()
    expect(page.locator("main .tags").first).to_contain_text("待补充说明")
    forms.locator("summary", has_text="受理").first.click()
    forms.get_by_role("button", name="受理", exact=True).click()
    expect(page.locator("main .tags").first).to_contain_text("已受理")
    forms.locator("summary", has_text="邀请协办").click()
    forms.locator("input[name=station]").fill("没有这个站点")
    forms.get_by_role("button", name="邀请协办").click()
    expect(page.get_by_role("alert")).to_be_visible()

    page.locator("summary", has_text="分派").click()
    page.locator("select[name=account]").select_option(label="周明")
    page.locator("input[name=note]").fill("请本周联系")
    page.get_by_role("button", name="分派").click()
    expect(page.locator("section", has=page.locator("#who"))).to_contain_text("周明")
    page.goto("/work")

    expect(page.locator("main")).to_contain_text("请本周联系")


def test_a_need_is_given_to_a_colleague_from_its_page_and_taken_back(
    site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    page.goto(site.story.ids["need"])
    expect(page.locator("#who")).to_have_count(0)
    _at_work(site, page, "zheng", "郑洁")
    page.goto(site.story.ids["need"])
    who = page.locator("section", has=page.locator("#who"))
    expect(who).to_contain_text("尚未分派")

    who.locator("summary").click()
    who.locator("select").select_option(label="郑洁")
    who.locator("input[name=note]").fill("先问清预算")
    who.get_by_role("button", name="分派").click()
    expect(who.locator("p").first).to_contain_text("郑洁")
    page.goto("/work")
    page.locator("li", has_text="先问清预算").locator("a.title").click()
    expect(page).to_have_url(re.compile(re.escape(site.story.ids["need"])))

    who.locator("summary").click()
    who.locator("select").select_option(label="暂不指定")
    who.get_by_role("button", name="分派").click()
    expect(who.locator("p").first).to_contain_text("尚未分派")
    page.goto("/work")
    expect(page.locator("main")).not_to_contain_text("先问清预算")


def test_a_need_that_went_over_and_was_met_is_closed_on_the_page_of_its_case(
    site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    _at_work(site, page, "qian", "钱江")
    paths: list[str] = []
    site.run(lambda node: paths.append(site.teller.transfer(node)))
    page.goto(f"{paths[0]}?lang=en")
    expect(page.get_by_role("button", name="Mark the need as solved")).to_be_visible()
    assert find_chinese(page) == []
    page.goto(f"{paths[0]}?lang=zh")
    assert find_violations(page) == []
    keep_picture(page, "case-need-still-open")

    page.get_by_role("button", name="把需求标为已解决").click()

    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="把需求标为已解决")).to_have_count(0)
    page.get_by_role("link", name="印染废水脱色").click()
    expect(page.locator("main .tags").first).to_contain_text("已解决")


def test_an_offer_goes_out_from_the_page_of_a_need(
    site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    _at_work(site, page, "wu", "吴芳")
    page.goto("/needs?state=open")
    page.locator(".list a.title").last.click()
    page.get_by_role("link", name="对接这条需求").click()

    if page.locator("input[name=do][value=interest]").count():
        page.locator("textarea[name=note]").fill("可提供检测。")
    else:
        page.locator("input[name=station]").fill("浙江省区域站点")
    page.get_by_role("button", name="提交").first.click()

    expect(page.locator("#history")).to_be_visible()
    expect(page.locator(".timeline li")).to_have_count(1)


@pytest.mark.parametrize("lang", LOCALES)
def test_the_pages_of_cases_fit_and_can_be_used_by_everybody(
    site: Site, open_context: Callable[..., BrowserContext], lang: str
) -> None:
    page = open_context(*VIEWS[lang][0], locale=LOCALES[lang]).new_page()
    _at_work(site, page, f"li{lang}", "李工")
    for path in (
        site.story.ids["referral requested"],
        site.story.ids["referral confirmed"],
        site.story.ids["need"],
        "/work?account=all",
        "/referrals/rules",
    ):
        page.goto(path)

        look_at(page, lang, path, f"case{path.replace('/', '-')[:30]}")
