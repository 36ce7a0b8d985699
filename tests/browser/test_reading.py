"""What a clerk does with the console: read, search, follow a fact to its signature."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from node.app import Node
from tests.browser.conftest import Site
from tests.browser.story import NEED_TITLE, OWN_NAME
from tests.builders import need

pytestmark = pytest.mark.browser


def test_a_reader_without_preference_reads_chinese(
    open_context: Callable[..., BrowserContext],
) -> None:
    page = open_context(locale="fr-FR").new_page()
    page.goto("/")

    expect(page.locator("nav.menu a").first).to_have_text("总览")


def test_english_is_one_click_away_and_stays(page: Page) -> None:
    page.goto("/needs?q=水性漆")
    page.get_by_role("link", name="English").click()

    expect(page.locator("h1")).to_have_text("Technology needs")
    expect(page).to_have_url(re.compile(r"q=%E6%B0%B4.*lang=en"))
    page.goto("/stations")
    expect(page.locator("h1")).to_have_text("Stations")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("h1")).to_have_text("站点名册")


def test_the_overview_shows_what_waits_for_this_station(page: Page) -> None:
    page.goto("/")
    waiting = page.locator("section", has=page.get_by_role("heading", name="待本站办理"))

    expect(page.locator("h1")).to_have_text(OWN_NAME)
    expect(waiting.locator("li")).to_have_count(1)
    expect(waiting).to_contain_text("机载老式铜缆通信换新传输方式")
    expect(waiting).to_contain_text("待受理")


def test_figures_follow_the_network_without_reloading(site: Site, page: Page) -> None:
    page.goto("/")
    figure = page.locator("[data-live=needs]")
    before = int(figure.inner_text())
    expect(page.locator("[data-live-state]")).to_have_text("数据实时更新")

    site.run(lambda node: _publish_need(node))

    expect(figure).to_have_text(str(before + 1))


def _publish_need(node: Node) -> None:
    node.publisher.publish(need("刚刚征集到的需求", field="新材料"))


def test_a_search_narrows_the_list_and_is_in_the_address(page: Page) -> None:
    page.goto("/needs")
    page.get_by_label("关键词").fill("快干")
    page.get_by_label("领域").select_option("新材料")
    page.get_by_role("button", name="查询").click()

    expect(page.locator("main .list .title")).to_have_text([NEED_TITLE])
    expect(page).to_have_url(re.compile("q=%E5%BF%AB%E5%B9%B2&field="))


def test_a_long_list_goes_on_page_by_page(page: Page) -> None:
    page.goto("/results")
    first = page.locator("main .list .title").all_inner_texts()
    page.get_by_role("link", name="下一页").click()
    rest = page.locator("main .list .title").all_inner_texts()

    assert len(first) == 30
    assert len(rest) == 11
    assert not set(first) & set(rest)
    page.get_by_role("link", name="回到首页").click()
    expect(page.locator("main .list .title").first).to_have_text(first[0])


def test_a_need_leads_to_its_signed_entry_and_back(page: Page) -> None:
    page.goto("/needs?q=快干")
    page.get_by_role("link", name=NEED_TITLE).click()
    expect(page.locator("main")).to_contain_text("40万元")
    expect(page.locator("main")).to_contain_text("四川省成都市锦江区")
    page.locator("h1 ~ .tags a.signed").click()

    expect(page.locator("h1")).to_have_text("发布需求")
    raw = page.locator("section", has=page.get_by_role("heading", name="签名原文")).locator("pre")
    assert raw.inner_text().startswith("yz1 ")
    assert '"title":"' + NEED_TITLE in raw.inner_text()
    page.get_by_role("link", name="查看这一条目所记载的事项").click()
    expect(page.locator("h1")).to_have_text(NEED_TITLE)


def test_a_referral_tells_its_whole_course(site: Site, page: Page) -> None:
    page.goto(site.story.ids["referral confirmed"])

    expect(page.locator(".timeline h3")).to_have_text(
        ["提出转介", "受理转介", "开始办理转介", "转介办理完毕", "确认转介办结"]
    )
    expect(page.locator(".steps .done")).to_have_count(5)
    expect(page.locator("main")).to_contain_text("技术开发合同")
    expect(page.locator("main")).to_contain_text("35万元")
    expect(page.locator(".timeline a.signed")).to_have_count(5)


def test_a_waiting_referral_says_what_this_station_can_do(site: Site, page: Page) -> None:
    page.goto(site.story.ids["referral requested"])
    case = site.story.ids["referral requested"].rpartition("/")[2]

    expect(page.locator(".next")).to_contain_text(OWN_NAME)
    expect(page.locator("pre")).to_contain_text(f"yizhan referral accept {case}")


def test_the_stations_stand_in_their_tree(page: Page) -> None:
    page.goto("/stations")
    region = page.locator(".tree li").filter(
        has=page.get_by_role("link", name="浙江省区域站点", exact=True)
    )

    expect(region.last.locator("li")).to_have_count(2)
    expect(region.last).to_contain_text("浙江省杭州市余杭区")
    expect(region.last.locator("li", has_text=OWN_NAME)).to_contain_text("本站")


def test_the_ranking_shows_points_checks_and_who_is_missing(site: Site, page: Page) -> None:
    page.goto(site.story.ids["one ranking"])

    expect(page.locator("tbody tr").first).to_contain_text("100.00")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("代审")
    expect(page.locator("main")).to_contain_text("没有经审核的绩效报告")
    expect(page.locator("section", has_text="各站点复核结果").first).to_contain_text("一致")


def test_an_entry_without_effect_says_why(site: Site, page: Page) -> None:
    page.goto("/entries?reason=any")

    expect(page.locator("main .list li")).to_have_count(3)
    page.goto(site.story.ids["entry beyond level"])
    expect(page.locator(".note")).to_contain_text("签名有效，但不产生效力")
    expect(page.locator(".tags")).to_contain_text("超出该站点的层级权限")


def test_markup_in_a_text_stays_text(site: Site, page: Page) -> None:
    page.goto(site.story.ids["need with markup"])

    expect(page.locator("h1")).to_contain_text("<script>document.title='taken'</script>")
    assert page.title() != "taken"


def test_an_address_of_nothing_says_what_to_do(page: Page) -> None:
    answer = page.goto("/referrals/" + "A" * 43)

    assert answer is not None
    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("没有找到")
    expect(page.locator("main")).to_contain_text("尚未同步到本站")


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")

    focused = page.locator(":focus")
    expect(focused).to_have_text("跳到正文")
    expect(focused).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
