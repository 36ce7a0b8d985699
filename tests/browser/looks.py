"""How a page is looked at: languages, widths and schemes, and what is asked of each."""

import itertools
import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder for a picture of every page, for a person to look at."""

_PAIRS = [("zh", 1280, "light"), ("zh", 400, "dark"), ("en", 400, "light"), ("en", 1280, "dark")]
_ALL = list(itertools.product(("zh", "en"), (400, 1280), ("light", "dark")))
LOOKS = _ALL if SCREENSHOTS else _PAIRS
"""Every two of language, width and scheme meet in one; with pictures all eight there are."""

AXE_LOOKS = {("zh", 1280, "light"), ("zh", 400, "dark")}
"""Where axe runs, at half a second a page: wide by day and narrow by night."""

_AXE = Axe()
_AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
"""What passes is not told in detail, and style sheets are not fetched a second time."""

LOCALES = {"zh": "zh-CN", "en": "en-GB"}

_CHINESE = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent;
        const parent = walker.currentNode.parentElement;
        if (!/[\\u4e00-\\u9fff]/.test(text)) continue;
        if (parent.closest('[lang|="zh"], pre')) continue;
        found.push(text.trim());
    }
    return found;
}"""


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    script = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(script))


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page, if pictures are asked for."""
    if SCREENSHOTS:
        path = Path(SCREENSHOTS) / f"{name.replace(' ', '-')}.png"
        page.screenshot(path=path, full_page=True)


def find_chinese(page: Page) -> list[str]:
    """Chinese texts that are not marked as Chinese."""
    found: list[str] = page.evaluate(_CHINESE)
    return found


def find_violations(page: Page) -> list[object]:
    """What axe finds against the accessibility of a page."""
    found: list[object] = _AXE.run(page, options=_AXE_OPTIONS).response["violations"]
    return found
