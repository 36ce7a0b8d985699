"""``/api/v1``: Route values become HTTP operations, described in OpenAPI (DESIGN section 3)."""

import asyncio
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from node.capability import Download, Route, Stream
from node.errors import InvalidError, PasswordDueError, RoleError, StoreError
from node.files.attaching import OpenFile
from node.people import OPERATOR, Actor
from node.people.recording import record
from node.people.trail import TARGET_CHARS_MAX
from node.web.auth import actor_of, refuse_stranger
from node.web.body import read_body
from node.web.delivery import cut_off
from node.web.errors import Handler, invalid
from node.web.files import disposition, drop_upload, give_file, receive_upload
from node.web.keys import node_of
from node.web.openapi import PREFIX, Operation, read_operations, write_openapi
from node.web.pace import Slots

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

JSON = "application/json"

STALLED_S = 60.0
"""A reader of a long file that takes nothing for so long is cut off."""
STREAMS: web.AppKey[Slots] = web.AppKey("streams")
KEEPER, ANYONE = "keeper", "anyone"
"""Who is given a long file: one at a time each, for it occupies one of the store's readers."""


def add_routes(app: web.Application, node: "Node", routes: Iterable[Route], version: str) -> None:
    """Serve ``routes`` below ``/api/v1``, with their description beside them."""
    names = {"Node": type(node)}
    operations = read_operations(routes, names)
    for each in operations:
        app.router.add_route(each.route.method, PREFIX + each.route.path, _adapt(each))
    title = f"驿站 Yizhan · {node.mode.title}"
    document = cache(lambda: write_openapi(title, version, operations))
    app.router.add_get(f"{PREFIX}/openapi.json", _document(document))
    app[STREAMS] = Slots(1, "this file is being given to another reader")


def _document(document: Callable[[], dict[str, Any]]) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(await asyncio.to_thread(document))

    return answer


def _adapt(operation: Operation) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        node = node_of(request)
        actor = await actor_of(request)
        target = "/".join(request.match_info.values())[:TARGET_CHARS_MAX]
        if operation.route.needed is not None:
            if actor is None:
                return refuse_stranger()
            await _check_may(node, actor, operation, target)
        taken: dict[str, object] = dict(await _read(operation, request))
        if operation.wants_actor:
            taken["actor"] = actor
        result = await _perform(node, request, actor, operation, target, taken)
        if isinstance(result, Stream):
            caller = KEEPER if actor is OPERATOR else ANYONE
            with request.app[STREAMS].take(caller):
                return await _stream(request, result)
        if isinstance(result, OpenFile):
            return await give_file(request, result)
        return _write(operation, result)

    return answer


async def _perform(
    node: "Node",
    request: web.Request,
    actor: Actor | None,
    operation: Operation,
    target: str,
    taken: dict[str, object],
) -> Any:
    """Do it; what was sent for it as a file is gone afterwards unless it was kept."""
    if operation.wants_upload:
        upload = await receive_upload(request, str(getattr(taken.get("query"), "name", "")))
        taken["upload"] = upload
    try:
        if operation.is_recorded:
            assert actor is not None
            return await record(
                node, actor, operation.id, target, lambda: operation.route.handler(node, **taken)
            )
        return await operation.route.handler(node, **taken)
    finally:
        if operation.wants_upload:
            drop_upload(upload.path)


async def _check_may(node: "Node", actor: Actor, operation: Operation, target: str) -> None:
    """Refuse, and note in the audit trail, what the caller's role does not allow."""
    assert operation.route.needed is not None
    try:
        actor.check_may(operation.route.needed)
    except (RoleError, PasswordDueError):
        await node.gate.refuse(actor, operation.id, target)
        raise


async def _read(operation: Operation, request: web.Request) -> dict[str, BaseModel]:
    taken: dict[str, BaseModel] = {}
    where = "address"
    try:
        if operation.path is not None:
            taken["path"] = operation.path.model_validate_strings(dict(request.match_info))
        if operation.query is not None:
            where = "query"
            taken["query"] = operation.query.model_validate_strings(_query(request))
        if operation.body is not None:
            where = "body"
            _check_type(request)
            text = await read_body(request)
            taken["body"] = operation.body.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise invalid(error, where) from None
    return taken


def _query(request: web.Request) -> dict[str, Any]:
    """Query parameters as text; one that stands more than once as a list."""
    found: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        found[name] = values[0] if len(values) == 1 else values
    return found


def _check_type(request: web.Request) -> None:
    if request.content_type != JSON:
        raise InvalidError(
            f"The body is {request.content_type}, not {JSON}.", f"Send it as {JSON}."
        )


def _write(operation: Operation, result: object) -> web.Response:
    if isinstance(result, Download):
        return _download(result)
    assert operation.result is not None
    return web.Response(
        status=operation.route.status,
        body=operation.answer.dump_json(result),
        content_type=JSON,
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _download(file: Download) -> web.Response:
    return web.Response(body=file.content, headers=_file_headers(file))


def _file_headers(file: Download | Stream) -> dict[str, str]:
    return {"Content-Type": file.content_type, "Content-Disposition": disposition(file.name)}


async def _stream(request: web.Request, file: Stream) -> web.StreamResponse:
    """Send a file as the store yields it, never faster than it is taken."""
    response = web.StreamResponse(headers=_file_headers(file))
    await response.prepare(request)
    loop = asyncio.get_running_loop()

    def send(reading: "Reading") -> None:
        for piece in file.read(reading):
            asyncio.run_coroutine_threadsafe(response.write(piece), loop).result(STALLED_S)

    try:
        await node_of(request).store.aread(send)
        await response.write_eof()
    except ConnectionError:
        pass
    except (TimeoutError, StoreError):
        cut_off(request)
    return response
