"""The console's words, figures and frame; what a reader sees is in tests/browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

import node.console
from node.console import formats
from node.console.pages import PAGES
from node.console.pages.paging import ROWS, cut_page, read_query
from node.console.pages.referrals import progress
from node.console.render import catalogue, environment, render, translate
from node.console.words import TABLES
from node.modes import MODES
from node.web import pages as web_pages
from node.web.reference import REFERENCE

CONSOLE = Path(node.console.__file__).parent
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
ALL_PAGES = (
    *PAGES,
    REFERENCE,
    *(page for mode in MODES.values() for page in (*mode.pages, *mode.desks)),
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def source_texts() -> Iterator[str]:
    for template in TEMPLATES:
        for call in environment().parse(template.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                text = call.args[0]
                if isinstance(text, nodes.Const):
                    yield text.value
    for table in TABLES.values():
        yield from table.values()
    for page in ALL_PAGES:
        yield from (page.title, *([page.menu] if page.menu else []))
    yield from web_pages._TITLES.values()


def test_every_chinese_text_has_its_english() -> None:
    missing = {text for text in source_texts() if text not in catalogue()}

    assert missing == set()


def test_the_catalogue_holds_no_text_that_is_not_used() -> None:
    used = set(source_texts())

    assert {key for key in catalogue() if key.rpartition("|")[2] not in used} == set()


def test_english_texts_hold_the_same_places_as_the_chinese() -> None:
    place = re.compile(r"%\(\w+\)s")

    for chinese, english in catalogue().items():
        assert sorted(place.findall(chinese)) == sorted(place.findall(english)), chinese
        assert not CHINESE.search(english), english


def test_the_catalogue_is_written_in_one_way() -> None:
    path = CONSOLE / "locale" / "en.json"
    text = path.read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_carries_a_text_that_cannot_be_translated(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL)

    assert not CHINESE.search(bare)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_carries_inline_style_or_script(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! src=)", text)


def test_every_page_has_its_template() -> None:
    names = {path.name for path in TEMPLATES}

    assert {page.template for page in ALL_PAGES} <= names


def test_a_text_without_english_stays_chinese() -> None:
    assert translate("从未翻译过的话", "en") == "从未翻译过的话"


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (0, "0元", "¥0"),
        (850_00, "850元", "¥850"),
        (850_05, "850.05元", "¥850.05"),
        (350_000_00, "35万元", "¥350,000"),
        (12_345_600, "12.34万元", "¥123,456"),
        (120_000_000_00, "1.2亿元", "¥120,000,000"),
    ],
)
def test_amounts_are_written_in_wan_and_yi(fen: int, chinese: str, english: str) -> None:
    assert formats.amount(fen, "zh").removeprefix("约") == chinese
    assert formats.amount(fen, "en") == english


def test_an_amount_whose_digits_were_cut_says_so() -> None:
    assert formats.amount(9_999_999_99, "zh") == "约999.99万元"
    assert formats.amount(999_999_99, "zh") == "约99.99万元"
    assert formats.amount(350_000_00, "zh") == "35万元"


def test_no_amount_is_an_empty_text() -> None:
    assert formats.amount(None, "zh") == ""


def test_times_are_beijing_times() -> None:
    at_ms = 1_795_351_000_123

    assert formats.moment(at_ms) == "2026-11-22 20:36"
    assert formats.precise(at_ms) == "2026-11-22 20:36:40.123"
    assert formats.day(1_795_372_000_000) == "2026-11-23"
    assert formats.iso(at_ms) == "2026-11-22T12:36:40Z"


def test_spans_are_written_in_their_largest_unit() -> None:
    assert formats.span(59_999, "zh") == "59 秒"
    assert formats.span(3 * 3_600_000, "zh") == "3 小时"
    assert formats.span(90_000, "en") == "1 min"
    assert formats.span(0, "zh") == "0 秒"


def test_points_are_out_of_one_hundred() -> None:
    assert formats.points(1_000_000) == "100.00"
    assert formats.points(961_259) == "96.12"


def test_divisions_are_named_from_the_province_down() -> None:
    assert formats.division("510104") == "四川省成都市锦江区"
    assert formats.division("500101") == "重庆市万州区"
    assert formats.division("999999") == "999999"


def test_a_finished_referral_has_all_steps_done() -> None:
    assert {step.look for step in progress("confirmed", [])} == {"done"}


def test_a_started_referral_shows_what_is_to_come() -> None:
    steps = progress("started", ["referral.accepted/1", "referral.started/1"])

    assert [step.look for step in steps] == ["done", "done", "now", "", ""]


def test_a_declined_referral_stops_where_it_was() -> None:
    steps = progress("declined", ["referral.declined/1"])

    assert [(step.state, step.look) for step in steps] == [
        ("requested", "done"),
        ("declined", "stop"),
    ]


class Listed:
    def __init__(self, number: int) -> None:
        self.id = f"id{number}"


def test_a_full_page_links_to_the_next_and_keeps_what_was_asked() -> None:
    asked = read_query({"q": " 涂料 ", "after": "id9", "other": "x"}, "q")

    shown, links = cut_page([Listed(each) for each in range(ROWS + 1)], "/needs", asked)

    assert len(shown) == ROWS
    assert links["next_url"] == f"/needs?q=%E6%B6%82%E6%96%99&after=id{ROWS - 1}"
    assert links["first_url"] == "/needs?q=%E6%B6%82%E6%96%99"


def test_a_short_first_page_links_nowhere() -> None:
    _, links = cut_page([Listed(1)], "/needs", read_query({}, "q"))

    assert links == {"next_url": "", "first_url": ""}


FRAME: dict[str, object] = {
    "path": "/x",
    "menus": [],
    "languages": [],
    "me": None,
    "actor": None,
    "has_accounts": True,
    "login_next": "",
    "roles": (),
    "code": "",
    "node_name": "<i>node</i>",
    "network_id": "0" * 16,
    "network_name": "<i>network</i>",
}


def test_what_stations_write_is_escaped() -> None:
    problem = {"status": 404, "title": "<i>", "detail": "<script>", "hint": "a & b"}

    html = render("problem.html", {**FRAME, **problem}, "zh")

    assert "<i>" not in html
    assert "<script>" not in html
    assert "a &amp; b" in html


def test_the_page_says_which_language_it_is_in() -> None:
    problem = {"status": 404, "title": "", "detail": "", "hint": ""}

    assert '<html lang="zh-CN">' in render("problem.html", {**FRAME, **problem}, "zh")
    assert '<html lang="en">' in render("problem.html", {**FRAME, **problem}, "en")
