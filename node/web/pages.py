"""The console over HTTP: Page values become routes, in the reader's language."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from node.capability import Page
from node.console import STATIC
from node.console.render import LANGUAGES, render_page, render_problem, translate
from node.errors import StoreError
from node.people import Actor
from node.web.auth import actor_of
from node.web.errors import PROBLEM, Handler
from node.web.keys import node_of
from node.web.numbers import count_for

if TYPE_CHECKING:
    pass

LANGUAGE_COOKIE = "lang"
_COOKIE_AGE_S = 365 * 24 * 3600

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "Server": "yizhan",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_TITLES = {
    401: "请先登录",
    403: "不允许这样做",
    404: "没有找到",
    409: "当前状态下不能这样做",
    413: "内容太大",
    422: "填写有误",
    429: "请稍后再试",
    500: "本节点出错了",
    503: "本节点暂时无法处理",
}
"""What a reader sees first, by status; the console's catalogue has them in English."""

_MACHINE_PATHS = ("/api/", "/sync/", "/healthz", "/readyz", "/metrics", "/events", "/static/")


def add_pages(app: web.Application, pages: Iterable[Page]) -> None:
    """Serve the console's pages and its stylesheet, script and mark."""
    for page in pages:
        app.router.add_get(page.path, _adapt(page))
    app.router.add_static("/static/", STATIC)


def _adapt(page: Page) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        node = node_of(request)
        actor = await actor_of(request)
        context = {
            "unread": await count_for(node, actor),
            **await page.build(node, dict(request.match_info), dict(request.query)),
        }
        html = render_page(node, page, context, language_of(request), request.path_qs, actor)
        return html_response(request, html)

    return answer


def html_response(request: web.Request, html: str, status: int = 200) -> web.Response:
    """A page as an answer that is never kept; remembers the language if one was chosen."""
    answer = web.Response(
        status=status,
        text=html,
        content_type="text/html",
        headers={"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie"},
    )
    chosen = request.query.get("lang")
    if chosen in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=_COOKIE_AGE_S, samesite="Lax", httponly=True, path="/"
        )
    return answer


def language_of(request: web.Request) -> str:
    """The reader's language: chosen by ``?lang=``, kept in a cookie, else what the browser asks.

    Chinese where none of them says English.
    """
    for choice in (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if choice in LANGUAGES:
            return choice
    for item in request.headers.get("Accept-Language", "").split(","):
        wanted = item.partition(";")[0].strip().lower()[:2]
        if wanted in LANGUAGES:
            return wanted
    return LANGUAGES[0]


def is_for_reader(request: web.Request) -> bool:
    """Whether a person with a browser waits for the answer."""
    wants_html = "text/html" in request.headers.get("Accept", "")
    return wants_html and not request.path.startswith(_MACHINE_PATHS)


@web.middleware
async def show_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show a reader what went wrong as a page, with what to do next."""
    answer = await handler(request)
    if not isinstance(answer, web.Response) or answer.content_type != PROBLEM:
        return answer
    if not is_for_reader(request):
        return answer
    told = json.loads(answer.text or "{}")
    html = render_problem(
        node_of(request),
        answer.status,
        translate(_TITLES.get(answer.status, _TITLES[500]), language_of(request)),
        told,
        language_of(request),
        request.path_qs,
        await _find_reader(request),
    )
    return html_response(request, html, answer.status)


async def _find_reader(request: web.Request) -> Actor | None:
    """Who looks; nobody known where what went wrong is the store that would know."""
    try:
        return await actor_of(request)
    except StoreError:
        return None


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every answer; a page may load nothing from elsewhere."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
