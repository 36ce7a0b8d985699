"""``/sync/v1``: what stations ask of one another, over HTTP (SPEC 7, DESIGN 1.5).

Who asks is settled by the request's signature, what they get by :mod:`node.answering`; here is what
only HTTP needs: pacing, slots, and what may be cached.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from aiohttp import web

from node.answering import answer as respond
from node.answering import check_push
from node.web.body import read_content, unpack
from node.web.delivery import deliver
from node.web.keys import node_of
from node.web.pace import Pace, Slots
from protocol.exchange import ROOT, content_bytes_max, decode_request
from protocol.messages import (
    ChangesRequest,
    Outcomes,
    PushRequest,
    RangeRequest,
    Request,
    write_outcomes,
)
from protocol.page import LogText, Page
from protocol.requests import check_request, is_signed
from protocol.sync import Response

if TYPE_CHECKING:
    from node.app import Node

PACE: web.AppKey[Pace] = web.AppKey("pace")
SLOTS: web.AppKey[Slots] = web.AppKey("slots")
POLLS: web.AppKey[Slots] = web.AppKey("polls")
ANSWERS: web.AppKey[Slots] = web.AppKey("answers")

POLLS_MAX = 64
"""Requests of one caller that wait for news; one whose line broke is noticed at its end only."""
ANSWERS_MAX = 16
"""Answers to one caller that it has not yet taken."""
STRANGERS_REST = 4
"""The answer to a stranger's push is held back so many times as long as it took to take it in:
all of them together get a fifth of the writer's time, however many they are."""
REST_S_MAX = 10.0

UNKNOWN = ""
"""The slot all callers share whom the roster does not know."""

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_NOT_KEPT = "no-store"
_IMMUTABLE = "private, max-age=31536000, immutable"


def add_sync(app: web.Application) -> None:
    """Serve the routes other stations use."""
    app[PACE] = Pace()
    app[SLOTS] = Slots(1, "what you sent before is still being taken in")
    app[POLLS] = Slots(POLLS_MAX, "too many of your requests wait for news")
    app[ANSWERS] = Slots(ANSWERS_MAX, "take the answers to your other requests first")
    app.router.add_get(f"{ROOT}/hello", serve_sync)
    app.router.add_get(f"{ROOT}/changes", serve_sync)
    app.router.add_post(f"{ROOT}/entries", serve_sync)
    app.router.add_post(f"{ROOT}/heads", serve_sync)
    app.router.add_post(f"{ROOT}/logs", serve_sync)
    app.router.add_get(f"{ROOT}/logs/{{author}}/{{channel}}/{{epoch}}", serve_sync)


async def serve_sync(request: web.Request) -> web.StreamResponse:
    """Read one station's request, settle whose it is, and answer it."""
    path = request.path.removeprefix(ROOT)
    bytes_max = content_bytes_max(path)
    content = await read_content(request, bytes_max) if request.can_read_body else b""
    caller = authenticate(request, content)
    body = unpack(content, request.headers.get("Content-Encoding", ""), bytes_max)
    wanted = decode_request(request.method, path, request.query_string, body)
    answer = _answer(wanted, await _respond(request, caller, wanted))
    with request.app[ANSWERS].take(_name(request, caller)):
        await deliver(request, answer)
    return answer


def _name(request: web.Request, caller: str | None) -> str:
    """By what a caller's requests are counted: its key, or where it calls from."""
    return caller or request.remote or UNKNOWN


async def _respond(request: web.Request, caller: str | None, wanted: Request) -> Response:
    node = node_of(request)
    me = _addressed(node, request)
    match wanted:
        case PushRequest():
            return await _take_push(request, caller, wanted)
        case ChangesRequest():
            with request.app[POLLS].take(_name(request, caller)):
                return await respond(node.peering.host, caller, wanted, me)
        case _:
            return await respond(node.peering.host, caller, wanted, me)


def authenticate(request: web.Request, content: bytes) -> str | None:
    """Whose request this is: a key, or None when it does not claim to be anyone's (SPEC 7.1).

    Raises:
        Refused: it claims to be someone's, and is not; or they ask too often.
    """
    caller = _signer(request, content) if is_signed(request.headers) else None
    request.app[PACE].check(_name(request, caller), time.monotonic())
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


async def _take_push(request: web.Request, caller: str | None, pushed: PushRequest) -> Outcomes:
    """Take runs in through the one door: the registry from anyone, the rest from members."""
    node = node_of(request)
    is_member = check_push(node.peering.host, caller, pushed.text)
    assert caller is not None
    with request.app[SLOTS].take(caller if is_member else UNKNOWN):
        begun_s = time.monotonic()
        outcomes = await node.ingest.areceive(pushed.text, caller)
        if not is_member:
            spent_s = time.monotonic() - begun_s
            await asyncio.sleep(min(REST_S_MAX, STRANGERS_REST * spent_s))
    for outcome in outcomes:
        node.metrics.outcomes.labels(str(outcome.code)).inc(outcome.count or 1)
    return write_outcomes(outcomes)


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
