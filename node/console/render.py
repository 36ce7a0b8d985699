"""From a page's values to HTML: one Jinja environment, two languages, the frame of every page."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from node.capability import Desk, Page
from node.console import formats
from node.console.document import document
from node.console.words import find_word
from node.industries import find_industry
from node.people import Actor
from protocol.scoring import INDICATORS

if TYPE_CHECKING:
    from node.app import Node

LANGUAGES = ("zh", "en")
_HERE = Path(__file__).parent


@cache
def catalogue() -> Mapping[str, str]:
    """English for every Chinese source text of the templates and word tables."""
    texts: dict[str, str] = json.loads((_HERE / "locale" / "en.json").read_text(encoding="utf-8"))
    return texts


def translate(text: str, lang: str, **values: object) -> str:
    """A Chinese source text in ``lang``, its ``%(name)s`` places filled in.

    A text the catalogue lacks stays Chinese: a page in two languages beats no page.
    """
    found = catalogue().get(text, text) if lang == "en" else text
    return found % values if values else found


@pass_context
def _gettext(context: Context, text: str, **values: object) -> str:
    return translate(text, context["lang"], **values)


@pass_context
def _word(context: Context, code: str | None, table: str) -> str:
    if code is None:
        return ""
    word = find_word(table, code)
    if word is None:
        return code
    lang = context["lang"]
    return _in_its_table(word, table, lang) or translate(word, lang)


def _in_its_table(word: str, table: str, lang: str) -> str | None:
    """The English of a word that means something else in this table: ``table|word``."""
    return catalogue().get(f"{table}|{word}") if lang == "en" else None


def say_notice(kind: str, given: Mapping[str, str], lang: str) -> str:
    """The sentence of a notice; places that were not given stay empty."""
    return _notice_text(kind, lang) % defaultdict(str, given)


def _notice_text(kind: str, lang: str) -> str:
    return translate(find_word("notice", kind) or kind, lang)


@pass_context
def _notice(context: Context, kind: str, given: Mapping[str, str]) -> str:
    lang = context["lang"]
    values = {name: _as_written(value, lang) for name, value in given.items()}
    return escape(_notice_text(kind, lang)) % defaultdict(str, values)


def _as_written(value: str, lang: str) -> str:
    """A value as a station wrote it: marked as Chinese where the page is not."""
    if lang == "zh" or value.isascii():
        return value
    return Markup('<span lang="zh">{}</span>').format(value)


@pass_context
def _amount(context: Context, fen: int | None) -> str:
    return formats.amount(fen, context["lang"])


@pass_context
def _span(context: Context, length_ms: int | None) -> str:
    return formats.span(length_ms, context["lang"])


def _ordered(indicators: Mapping[str, int]) -> list[tuple[str, int]]:
    """Indicators in the order in which SPEC lists them."""
    return [(name, indicators[name]) for name in INDICATORS if name in indicators]


@cache
def environment() -> Environment:
    """The templates with the console's filters; a value a template lacks is a mistake of ours."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _gettext
    made.filters.update(
        word=_word,
        notice=_notice,
        amount=_amount,
        hexadecimal=formats.hexadecimal,
        yuan=formats.yuan,
        span=_span,
        moment=formats.moment,
        precise=formats.precise,
        second=formats.second,
        day=formats.day,
        iso=formats.iso,
        size=formats.size,
        number=formats.number,
        points=formats.points,
        document=document,
        short=formats.short,
        division=formats.division,
        industry=find_industry,
        ordered=_ordered,
    )
    return made


def render(template: str, context: Mapping[str, object], lang: str) -> str:
    """A template's HTML in ``lang``, ``zh`` or ``en``."""
    assert lang in LANGUAGES
    return environment().get_template(template).render({**context, "lang": lang})


def render_page(
    node: "Node",
    page: Page | Desk,
    context: Mapping[str, object],
    lang: str,
    url: str,
    actor: Actor | None = None,
) -> str:
    """A whole page: what ``page.build`` gathered, inside the frame all pages share.

    Args:
        url: path and query as received, for the menu and the link to the other language.
        actor: who looks, None for somebody who has not logged in.
    """
    title = translate(page.title, lang)
    return render(page.template, {"title": title, **_frame(node, url, actor), **context}, lang)


def render_problem(
    node: "Node",
    status: int,
    title: str,
    told: Mapping[str, Any],
    lang: str,
    url: str,
    actor: Actor | None = None,
) -> str:
    """The page for a request that could not be served, saying what to do next.

    Args:
        told: the members of the problem document.
    """
    problem = {
        "status": status,
        "title": title,
        "detail": told.get("detail", ""),
        "hint": told.get("hint", ""),
        "code": told.get("code", ""),
        "roles": told.get("roles", ()),
    }
    return render("problem.html", {**_frame(node, url, actor), **problem}, lang)


def _frame(node: "Node", url: str, actor: Actor | None) -> dict[str, object]:
    path = urlsplit(url).path or "/"
    desks = [desk for desk in node.mode.desks if desk.act and actor and actor.may(desk.act)]
    return {
        "path": path,
        "menus": [_menu(node.mode.pages, path), _menu(desks, path)],
        "languages": [(each, _with_language(url, each)) for each in LANGUAGES],
        "actor": actor,
        "has_accounts": node.gate.has_accounts,
        "login_next": "" if path == "/login" else urlencode({"next": url}),
        "me": node.me,
        "node_name": node.config.name,
        "mode": node.mode,
        "network_id": node.network.id,
        "network_name": node.network.genesis.name,
        "roster": node.roster,
        "held": node.scope.held,
        "unheld": node.scope.unheld,
        "now_ms": node.clock.now_ms(),
        "unread": 0,
    }


def _menu(pages: Iterable[Page | Desk], path: str) -> list[dict[str, object]]:
    return [
        {"label": page.menu, "path": page.path, "current": _is_current(page.path, path)}
        for page in pages
        if page.menu
    ]


def _is_current(menu_path: str, path: str) -> bool:
    return path == menu_path or (menu_path != "/" and path.startswith(menu_path + "/"))


def _with_language(url: str, lang: str) -> str:
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
    return f"{parts.path or '/'}?{urlencode([*query, ('lang', lang)])}"
