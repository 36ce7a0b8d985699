"""How a page is looked at: languages, widths and schemes, and what is asked of each."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder for a picture of every page, for a person to look at."""

Scheme = Literal["light", "dark"]
View = tuple[int, Scheme]
"""A width and a scheme."""

_WIDE_BY_DAY: View = (1280, "light")
_NARROW_BY_NIGHT: View = (400, "dark")
_NARROW_BY_DAY: View = (400, "light")
_WIDE_BY_NIGHT: View = (1280, "dark")
_ALL = (_WIDE_BY_DAY, _NARROW_BY_NIGHT, _NARROW_BY_DAY, _WIDE_BY_NIGHT)
VIEWS: dict[str, tuple[View, ...]] = {
    "zh": _ALL if SCREENSHOTS else (_WIDE_BY_DAY, _NARROW_BY_NIGHT),
    "en": _ALL if SCREENSHOTS else (_NARROW_BY_DAY, _WIDE_BY_NIGHT),
}
"""Every two of language, width and scheme meet in one; with pictures all eight there are."""

_OF_THE_VIEW = {
    "runOnly": {
        "type": "rule",
        "values": [
            "color-contrast",
            "link-in-text-block",
            "scrollable-region-focusable",
            "target-size",
        ],
    }
}
"""The rules of axe that another width or scheme may break where the markup is the same; it measures
the size of targets (WCAG 2.5.8) only where it is asked to."""
AXE_LOOKS: dict[tuple[str, int, Scheme], dict[str, object]] = {
    ("zh", *_WIDE_BY_DAY): {},
    ("zh", *_NARROW_BY_NIGHT): _OF_THE_VIEW,
}
"""Where axe runs and by which rules, at a quarter of a second a page: wide by day by all of them,
narrow by night by those that depend on it."""

_AXE = Axe()
_AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
"""What passes is not told in detail, and style sheets are not fetched a second time."""
_AXE_COUNT = {**_AXE_OPTIONS, "selectors": False, "elementRef": False, "xpath": False}
"""How many violations there are, not where: a selector for each node is half of the work."""

LOCALES = {"zh": "zh-CN", "en": "en-GB"}

_SEEN = """() => {
    const root = document.documentElement;
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    return {
        width: window.innerWidth, scheme: dark ? 'dark' : 'light', lang: root.lang,
        headings: document.querySelectorAll('h1').length,
        overflow: root.scrollWidth - root.clientWidth,
    };
}"""
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


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page, if pictures are asked for."""
    if SCREENSHOTS:
        path = Path(SCREENSHOTS) / f"{name.replace(' ', '-')}.png"
        page.screenshot(path=path, full_page=True)


def find_chinese(page: Page) -> list[str]:
    """Chinese texts that are not marked as Chinese."""
    found: list[str] = page.evaluate(_CHINESE)
    return found


def find_violations(page: Page, rules: Mapping[str, object] = {}) -> list[object]:
    """What axe finds against the accessibility of a page, by all rules or by those named."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE.axe_script)
    count = page.evaluate(
        "options => axe.run(document, options).then(found => found.violations.length)",
        {**_AXE_COUNT, **rules},
    )
    if not count:
        return []
    options = {**_AXE_OPTIONS, **rules}
    found: list[object] = _AXE.run(page, options=options).response["violations"]
    return found


def look_at(page: Page, lang: str, name: str, picture: str) -> None:
    """Check a loaded page in every view of a language: complete, as wide as its window, accessible.

    It begins with the view the page was loaded in and leaves it in the last: of two pages that
    follow each other one is loaded wide, the other narrow.
    """
    views = VIEWS[lang]
    size = page.viewport_size
    assert size is not None
    for width, scheme in views if size["width"] == views[0][0] else reversed(views):
        page.set_viewport_size({"width": width, "height": size["height"]})
        page.emulate_media(color_scheme=scheme)
        seen = page.evaluate(_SEEN)
        assert (seen["width"], seen["scheme"]) == (width, scheme), name
        assert seen["lang"] == {"zh": "zh-CN", "en": "en"}[lang], name
        assert seen["headings"] == 1, name
        assert seen["overflow"] <= 0, f"{name} is wider than {width} px"
        if lang == "en":
            assert find_chinese(page) == [], name
        rules = AXE_LOOKS.get((lang, width, scheme))
        if rules is not None:
            assert find_violations(page, rules) == [], name
        keep_picture(page, f"{picture}-{lang}-{width}-{scheme}")
