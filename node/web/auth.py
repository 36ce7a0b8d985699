"""Who asks: the holder of the node's token, or somebody who has logged in; never another site.

A session is a cookie that scripts cannot read and other sites cannot use (SameSite=Lax). On top of
that whatever changes something has to say that it comes from a page of this node: browsers state
it in ``Sec-Fetch-Site``, or at least in ``Origin``.
"""

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from node.people import OPERATOR, Actor
from node.web.caller import is_encrypted
from node.web.errors import Handler, problem
from node.web.keys import node_of

if TYPE_CHECKING:
    from node.app import Node

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_WRITES = frozenset({"/login", "/ask/{secret}"})
"""Forms for those who have not logged in, by the paths of their desks."""

_OWN_SITE = frozenset({"same-origin", "none"})
_ACTOR: "web.RequestKey[Actor | None]" = web.RequestKey("actor")
_KEY_CHARS = 8
SECRET_CHARS_MAX = 64


def is_token(request: web.Request, token: str) -> bool:
    """Whether the request carries ``Authorization: Bearer`` and this node's token."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    is_same = hmac.compare_digest(given.strip().encode(), token.encode())
    return scheme.lower() == "bearer" and bool(token) and is_same


def is_foreign(request: web.Request) -> bool:
    """Whether a browser sent this from a page of another site (Fetch Metadata, RFC 6454)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OWN_SITE
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def is_unstated(request: web.Request) -> bool:
    """Whether nothing says which page this was sent from."""
    return "Sec-Fetch-Site" not in request.headers and "Origin" not in request.headers


def cookie_of(request: web.Request) -> str:
    """The name of this node's session cookie: nodes that share a host each have their own.

    Over TLS it has the prefix that binds it to this very host (RFC 6265bis, 4.1.3).
    """
    node: Node = node_of(request)
    name = f"yizhan-{node.keyring.public[:_KEY_CHARS]}"
    return f"__Host-{name}" if is_encrypted(request) else name


def set_session(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    """Hand a session's secret to the browser, until it is closed."""
    response.set_cookie(
        cookie_of(request),
        secret,
        httponly=True,
        samesite="Lax",
        secure=is_encrypted(request),
        path="/",
    )


def drop_session(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser forget its session."""
    response.del_cookie(
        cookie_of(request), httponly=True, samesite="Lax", secure=is_encrypted(request), path="/"
    )


async def actor_of(request: web.Request) -> Actor | None:
    """Who asks, or None for somebody not known here; looked up once a request."""
    if _ACTOR not in request:
        request[_ACTOR] = await _find_actor(request)
    return request[_ACTOR]


async def _find_actor(request: web.Request) -> Actor | None:
    node = node_of(request)
    if is_token(request, node.token):
        return OPERATOR
    if not request.headers.get("Cookie"):
        return None
    secret = request.cookies.get(cookie_of(request), "")
    if not secret.isascii() or not 0 < len(secret) <= SECRET_CHARS_MAX:
        return None
    return await node.gate.find_actor(secret)


def refuse_stranger() -> web.Response:
    """What somebody who is not known here is told."""
    return problem(
        401,
        "Unauthorized",
        "This needs the node's token, or a log-in.",
        code="no-token",
        hint="Send 'Authorization: Bearer TOKEN'; the token is in the file 'token' of the folder."
        " On the pages: log in at /login.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _refuse_foreign() -> web.Response:
    return problem(
        403,
        "Forbidden",
        "This was sent from a page of another site.",
        code="foreign-site",
        hint="Use the pages of this node itself.",
    )


@web.middleware
async def writes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request that changes something pass only from a known caller, and only from here.

    What stations send one another is signed instead, and judged in :mod:`node.web.sync`.
    """
    if request.method in READING or request.path.startswith("/sync/"):
        return await handler(request)
    if is_foreign(request):
        return _refuse_foreign()
    resource = request.match_info.route.resource
    is_open = resource is not None and resource.canonical in OPEN_WRITES
    actor = await actor_of(request)
    if actor is None and not is_open:
        return refuse_stranger()
    if (is_open or actor is not OPERATOR) and is_unstated(request):
        return _refuse_foreign()
    return await handler(request)
