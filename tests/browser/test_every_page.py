"""Every page, in both languages, at both widths, by day and by night: it holds what it promises."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Site
from tests.browser.looks import LOCALES, VIEWS, look_at

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", LOCALES)
def test_every_page_is_complete_accessible_and_fits(
    site: Site, open_context: Callable[..., BrowserContext], lang: str
) -> None:
    """Chinese on an English page is what stations wrote, and marked as Chinese."""
    page = open_context(*VIEWS[lang][0], locale=LOCALES[lang]).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))

    for name, path in site.story.addresses():
        answer = page.goto(path, wait_until="load")

        assert answer is not None
        assert answer.status == (404 if name == "not found" else 200), (name, path)
        look_at(page, lang, name, name)

    assert [text for text in said if "404" not in text] == []


def test_every_page_is_there_without_script(
    site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context(java_script_enabled=False).new_page()

    for name, path in site.story.addresses():
        page.goto(path)

        assert page.locator("main h1").inner_text(), name


def test_pages_print_without_menu_and_search(site: Site, page: Page) -> None:
    page.goto("/needs")
    page.emulate_media(media="print")

    assert not page.locator("nav.menu").is_visible()
    assert not page.locator("form.search").is_visible()
    assert page.locator("main .list li").first.is_visible()
