"""Who may write: the holder of the node's token, never a page of another site."""

import hmac
from urllib.parse import urlsplit

from aiohttp import web

from node.web.errors import Handler, problem
from node.web.keys import node_of

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})


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


def refuse_writer(request: web.Request) -> web.Response:
    """What who has no token is told."""
    return problem(
        401,
        "Unauthorized",
        "This needs the node's token.",
        code="no-token",
        hint="Send 'Authorization: Bearer TOKEN'; the token is in the file 'token' of the folder.",
        headers={"WWW-Authenticate": "Bearer"},
    )


@web.middleware
async def writes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request that changes something pass only with the token, and only from here.

    What stations send one another is signed instead, and judged in :mod:`node.web.sync`.
    """
    if request.method in READING or request.path.startswith("/sync/"):
        return await handler(request)
    if is_foreign(request):
        return problem(
            403,
            "Forbidden",
            "This was sent from a page of another site.",
            code="foreign-site",
            hint="Use the pages of this node itself.",
        )
    if not is_token(request, node_of(request).token):
        return refuse_writer(request)
    return await handler(request)
