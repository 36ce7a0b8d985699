"""Desks over HTTP: pages for those who are known, and the forms sent from them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from aiohttp import web

from node.capability import Desk, Done, Visit
from node.console.render import render_page
from node.errors import (
    ConflictError,
    InvalidError,
    LockedOutError,
    NodeError,
    PasswordDueError,
    PasswordError,
    RoleError,
    SignInError,
    StaffError,
)
from node.people import OPERATOR
from node.web.auth import actor_of, drop_session, refuse_stranger, set_session
from node.web.caller import address_of
from node.web.errors import Handler, node_problem
from node.web.files import disposition
from node.web.forms import read_form
from node.web.keys import node_of
from node.web.numbers import count_for
from node.web.pages import html_response, language_of

LOGIN = "/login"


def add_desks(app: web.Application, desks: Iterable[Desk]) -> None:
    """Serve the desks, and take what their forms send."""
    for desk in desks:
        app.router.add_get(desk.path, _show(desk))
        if desk.submit is not None:
            app.router.add_post(desk.path, _take(desk))


async def _visit(request: web.Request) -> Visit:
    """Who comes to a desk; the token opens them only as long as nobody can log in."""
    actor = await actor_of(request)
    return Visit(
        actor=None if actor is OPERATOR and node_of(request).gate.has_accounts else actor,
        path=dict(request.match_info),
        query=dict(request.query),
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
    )


async def _check(request: web.Request, desk: Desk, visit: Visit) -> web.Response | None:
    """Whether this visitor may come to a desk; if not, where to go or what is told."""
    if desk.act is None:
        return None
    if visit.actor is None:
        if request.method != "GET":
            return refuse_stranger()
        return _go(f"{LOGIN}?next={quote(request.path_qs, safe='/')}")
    try:
        visit.actor.check_may(desk.act)
    except RoleError:
        await node_of(request).gate.refuse(visit.actor, f"page {desk.path}", "")
        raise
    except PasswordDueError:
        if request.method != "GET":
            raise
        return _go("/me")
    return None


def _show(desk: Desk) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        visit = await _visit(request)
        refused = await _check(request, desk, visit)
        return refused or await _page(request, desk, visit)

    return answer


def _take(desk: Desk) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert desk.submit is not None
        visit = await _visit(request)
        refused = await _check(request, desk, visit)
        if refused is not None:
            return refused
        takes_file = desk.takes_file and visit.actor is not None
        form, upload = await read_form(request, takes_file=takes_file)
        visit = replace(visit, upload=upload)
        try:
            done = await desk.submit(node_of(request), visit, form)
        except RoleError:
            raise
        except NodeError as error:
            told = node_problem(error)
            fault = {**json.loads(told.text or "{}"), "kind": _kind(error)}
            page = await _page(request, desk, visit, fault, told.status, form)
            if isinstance(error, LockedOutError):
                page.headers["Retry-After"] = str(_seconds_until(request, error.until_ms))
            return page
        finally:
            if upload is not None:
                upload.path.unlink(missing_ok=True)
        if done.shown:
            return await _page(request, desk, visit, shown=done.shown)
        return _leave(request, done)

    return answer


def _seconds_until(request: web.Request, at_ms: int) -> int:
    return max(1, -(-(at_ms - node_of(request).clock.now_ms()) // 1000))


def _kind(error: NodeError) -> str:
    """By what word the console tells of an error; by its status where it has none of its own."""
    if isinstance(error, PasswordError):
        return f"password-{error.fault}"
    if isinstance(error, StaffError):
        return f"account-{error.fault}"
    if isinstance(error, InvalidError | ConflictError) and error.word:
        return error.word
    if isinstance(error, LockedOutError):
        return "locked-out"
    return "sign-in" if isinstance(error, SignInError) else ""


async def _page(
    request: web.Request,
    desk: Desk,
    visit: Visit,
    fault: Mapping[str, object] | None = None,
    status: int = 200,
    form: Mapping[str, str] | None = None,
    shown: Mapping[str, object] | None = None,
) -> web.Response:
    node = node_of(request)
    typed = {name: value for name, value in (form or {}).items() if "password" not in name}
    context = {
        "unread": await count_for(node, visit.actor),
        **await desk.build(node, visit),
        "fault": fault,
        "typed": typed,
        "once": shown or {},
    }
    lang, url = language_of(request), request.path_qs
    html = render_page(node, desk, context, lang, url, visit.actor)
    response = html_response(request, html, status)
    response.headers.update(desk.headers)
    return response


def _leave(request: web.Request, done: Done) -> web.Response:
    if done.file is not None:
        headers = {
            "Content-Type": done.file.content_type,
            "Content-Disposition": disposition(done.file.name),
            "Cache-Control": "no-store",
        }
        return web.Response(body=done.file.content, headers=headers)
    response = _go(done.to)
    if done.secret:
        set_session(request, response, done.secret)
    elif done.is_over:
        drop_session(request, response)
    return response


def _go(to: str) -> web.Response:
    return web.Response(status=303, headers={"Location": to, "Cache-Control": "no-store"})
