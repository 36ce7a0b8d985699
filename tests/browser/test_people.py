"""Somebody who works at the station: logs in, changes the first password, keeps the accounts."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from node.people import OPERATOR, Role, staff
from tests.browser.conftest import START_S, Site
from tests.browser.looks import LOCALES, VIEWS, look_at

pytestmark = pytest.mark.browser

FIRST = "correct horse battery staple"
SECOND = "石榴树开花了吗 外婆在门口问我们"
DESKS = (
    "/me", "/me/mail", "/inbox", "/inbox?show=all", "/watching", "/consents", "/mail", "/staff",
    "/audit", "/audit?verify=1", "/login",
)  # fmt: skip


def do(site: Site, work: Coroutine[Any, Any, Any]) -> Any:
    """Do something in the node's own loop; what came of it."""
    return asyncio.run_coroutine_threadsafe(work, site.loop).result(START_S)


def give_account(site: Site, name: str, person: str, role: Role) -> None:
    do(site, staff.add_account(site.node.gate, OPERATOR, name, person, role, FIRST))


def log_in(page: Page, name: str, password: str) -> None:
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button").click()


def change_password(page: Page) -> None:
    page.locator("input[name=password]").fill(FIRST)
    page.locator("input[name=new_password]").fill(SECOND)
    page.locator("input[name=again_password]").fill(SECOND)
    page.locator("section", has=page.locator("input[name=new_password]")).get_by_role(
        "button"
    ).click()


def test_a_manager_logs_in_changes_the_first_password_and_makes_an_account(
    site: Site, page: Page
) -> None:
    give_account(site, "lin", "林静", Role.MANAGER)
    page.goto("/needs?state=open")
    page.get_by_role("link", name="登录", exact=True).click()
    log_in(page, "lin", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    log_in(page, "lin", FIRST)
    expect(page).to_have_url(f"{site.address}/needs?state=open")
    page.get_by_role("link", name="人员").click()
    expect(page.get_by_role("status").first).to_contain_text("请先修改密码")
    change_password(page)
    expect(page.get_by_role("status").first).to_contain_text("密码已修改")

    page.get_by_role("link", name="人员").click()
    page.get_by_label("用户名").fill("wang")
    page.get_by_label("姓名").fill("王五")
    adding = page.locator("section", has=page.get_by_role("heading", name="新建账号"))
    adding.locator("select").select_option("reviewer")
    page.get_by_label("初始密码", exact=True).fill("password password")
    page.get_by_role("button", name="新建账号").click()
    expect(page.get_by_role("alert")).to_contain_text("容易被猜到")
    expect(page.get_by_label("姓名")).to_have_value("王五")
    page.get_by_label("初始密码", exact=True).fill(FIRST)
    page.get_by_role("button", name="新建账号").click()

    made = page.locator("li", has_text="wang").first
    expect(made).to_contain_text("审核员")
    page.get_by_role("link", name="审计").click()
    expect(page.locator("main .list li").first).to_contain_text("新建账号")
    page.get_by_role("link", name="林静").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("link", name="登录", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="人员")).to_have_count(0)


@pytest.fixture(scope="module")
def at_work(site: Site) -> str:
    """The name of a manager who has changed the first password, with others beside."""
    give_account(site, "zhao", "赵站长", Role.MANAGER)
    give_account(site, "qian", "钱多多", Role.AUDITOR)
    return "zhao"


@pytest.mark.parametrize("lang", LOCALES)
def test_every_desk_is_complete_accessible_and_fits(
    site: Site,
    at_work: str,
    open_context: Callable[..., BrowserContext],
    lang: str,
) -> None:
    page = open_context(*VIEWS[lang][0], locale=LOCALES[lang]).new_page()
    page.goto("/login")
    log_in(page, at_work, FIRST)
    if page.locator("input[name=name]:visible").count():
        log_in(page, at_work, SECOND)
    page.goto("/me")
    if page.locator(".note.amber").count():
        change_password(page)

    for path in DESKS:
        page.goto(path)

        name = path.strip("/").replace("?", "-")
        look_at(page, lang, path, f"desk-{name}")
