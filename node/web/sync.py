"""``/sync/v1``: what stations ask of one another, over HTTP (SPEC 7, DESIGN 1.5).

Who asks is settled by the request's signature, what they get by :func:`protocol.sync.respond`,
which runs over one look at the store; only waiting and pushing need more than that.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from aiohttp import web

from node.store import StoreView
from node.web.body import read_content, unpack
from node.web.keys import node_of
from node.web.pace import Pace, Slots
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.exchange import ROOT, decode_request
from protocol.messages import ChangesRequest, PushRequest, RangeRequest, Request, write_outcomes
from protocol.page import LogText, Page
from protocol.requests import check_request, is_signed
from protocol.sync import REGISTRY_ONLY, Response, check_caller, respond

if TYPE_CHECKING:
    from node.app import Node

PACE: web.AppKey[Pace] = web.AppKey("pace")
SLOTS: web.AppKey[Slots] = web.AppKey("slots")

UNKNOWN = ""
"""The slot all callers share whom the roster does not know."""

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_NOT_KEPT = "no-store"
_IMMUTABLE = "private, max-age=31536000, immutable"
_REGISTRY = REGISTRY_ONLY[0].encode()


def add_sync(app: web.Application) -> None:
    """Serve the routes other stations use."""
    app[PACE] = Pace()
    app[SLOTS] = Slots()
    app.router.add_get(f"{ROOT}/hello", serve_sync)
    app.router.add_get(f"{ROOT}/changes", serve_sync)
    app.router.add_post(f"{ROOT}/entries", serve_sync)
    app.router.add_post(f"{ROOT}/heads", serve_sync)
    app.router.add_get(f"{ROOT}/logs/{{author}}/{{channel}}/{{epoch}}", serve_sync)


async def serve_sync(request: web.Request) -> web.StreamResponse:
    """Read one station's request, settle whose it is, and answer it."""
    content = await read_content(request) if request.can_read_body else b""
    caller = authenticate(request, content)
    body = unpack(content, request.headers.get("Content-Encoding", ""))
    wanted = decode_request(
        request.method, request.path.removeprefix(ROOT), request.query_string, body
    )
    match wanted:
        case PushRequest():
            return await _take_push(request, caller, wanted)
        case ChangesRequest():
            return _answer(wanted, await _next_page(node_of(request), caller, wanted))
        case _:
            node = node_of(request)
            return _answer(wanted, await ask(node, caller, wanted, _addressed(node, request)))


def authenticate(request: web.Request, content: bytes) -> str | None:
    """Whose request this is: a key, or None when it does not claim to be anyone's (SPEC 7.1).

    Raises:
        Refused: it claims to be someone's, and is not; or they ask too often.
    """
    caller = _signer(request, content) if is_signed(request.headers) else None
    request.app[PACE].check(caller or request.remote or "", time.monotonic())
    if caller is not None:
        node_of(request).peering.note_caller(caller)
    return caller


def _signer(request: web.Request, content: bytes) -> str:
    node = node_of(request)
    path, _, query = request.raw_path.partition("?")
    now_s = node.clock.now_ms() // 1000
    me = _addressed(node, request)
    return check_request(request.headers, request.method, path, query, content, me, now_s)


def _addressed(node: "Node", request: web.Request) -> str:
    """The own key the caller means: who has not heard of a rotation names an earlier one."""
    named = request.headers.get("Yizhan-To", "")
    keys = [key.public for key in node.keyring.signing_keys]
    return named if named in keys else keys[0]


async def ask(node: "Node", caller: str | None, request: Request, me: str) -> Response:
    """Answer a request over one look at the store, as the own key ``me``."""
    roster, now_ms = node.roster, node.clock.now_ms()
    return await node.store.aread(
        lambda reading: respond(
            StoreView(reading, node.network.id, me, roster), caller, request, now_ms, me
        )
    )


async def _next_page(node: "Node", caller: str | None, wanted: ChangesRequest) -> Page:
    """The page asked for; when it is short and empty, wait for a better one (SPEC 7.3)."""
    loop = asyncio.get_running_loop()
    end = loop.time() + wanted.wait_s
    check_caller(node.roster, caller, wanted.channels, node.clock.now_ms())
    _note_follower(node, caller)
    if _is_up_to_date(node, wanted):
        await node.hub.wait_beyond(node.hub.position, wanted.wait_s)
    page = await _page(node, caller, wanted)
    while not page.text and not page.more:
        if not await node.hub.wait_beyond(page.cursor.position, end - loop.time()):
            break
        again = wanted.model_copy(update={"after": str(page.cursor)})
        page = await _page(node, caller, again)
    _note_follower(node, caller)
    return page


def _is_up_to_date(node: "Node", wanted: ChangesRequest) -> bool:
    """Whether the caller has read this feed to its end: no need to look before waiting."""
    cursor = wanted.cursor
    return cursor is not None and cursor == Cursor(
        node.feed_epoch, node.hub.position, filter_digest(wanted.channels)
    )


async def _page(node: "Node", caller: str | None, wanted: ChangesRequest) -> Page:
    page = await ask(node, caller, wanted, node.keyring.public)
    assert isinstance(page, Page)
    return page


def _note_follower(node: "Node", caller: str | None) -> None:
    """Remember that a member follows this node: it needs no push."""
    if caller is not None and node.roster.is_admitted(caller):
        node.followers[caller] = node.clock.now_ms()


async def _take_push(
    request: web.Request, caller: str | None, pushed: PushRequest
) -> web.StreamResponse:
    """Take runs in through the one door: the registry from anyone, the rest from members."""
    node = node_of(request)
    if caller is None:
        raise Refused(Code.NOT_ADMITTED, "entries are taken from signed requests only")
    is_member = node.roster.is_admitted(caller, node.clock.now_ms())
    if not is_member and not _is_registry(pushed.text):
        raise Refused(Code.NOT_ADMITTED, "only member stations may push more than the registry")
    with request.app[SLOTS].take(caller if is_member else UNKNOWN):
        outcomes = await node.ingest.areceive(pushed.text, caller)
    for outcome in outcomes:
        node.metrics.outcomes.labels(str(outcome.code)).inc(outcome.count or 1)
    return _answer(pushed, write_outcomes(outcomes))


def _is_registry(text: bytes) -> bool:
    """Whether every header line names the registry channel."""
    headers = text.split(b"\n")[0:-1:2]
    return all(line.split(b" ", 4)[3:4] == [_REGISTRY] for line in headers)


def _answer(request: Request, response: Response) -> web.Response:
    is_text = isinstance(response, Page | LogText)
    return web.Response(
        body=response.encode(),
        headers={
            "Content-Type": _TEXT if is_text else _JSON,
            "Cache-Control": _IMMUTABLE if _is_immutable(request, response) else _NOT_KEPT,
        },
    )


def _is_immutable(request: Request, response: Response) -> bool:
    """Whether the answer can never be another: a whole range of headers only (SPEC 7.6)."""
    if not isinstance(request, RangeRequest) or request.bodies:
        return False
    assert isinstance(response, LogText)
    return response.text.count(b"\n") == 2 * (request.last - request.first + 1)
