"""What went wrong, told over HTTP: one problem document whatever the error (RFC 9457, SPEC 9)."""

import json
import secrets
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError

from node.errors import (
    ConflictError,
    InvalidError,
    LockedOutError,
    NodeError,
    NotAllowedError,
    NotFoundError,
    PasswordDueError,
    QuotaError,
    RecoveringError,
    RoleError,
    SignInError,
    StoreError,
    UnknownCodeError,
    UnreachableError,
)
from node.web.delivery import deliver
from node.web.keys import node_of
from protocol.errors import Code, ProtocolError, Refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PROBLEM = "application/problem+json"

STATUS_OF_CODE: dict[str, int] = {
    Code.NOT_ADMITTED: 403,
    Code.NOT_HELD: 404,
    Code.REVOKED: 403,
    Code.BAD_SIGNATURE: 401,
    Code.CLOCK: 401,
    Code.TOO_LARGE: 413,
    Code.GAP: 409,
    Code.FORK: 409,
    Code.CURSOR_EPOCH: 409,
    Code.CURSOR_AHEAD: 409,
    Code.CURSOR_EXPIRED: 410,
    Code.OVER_QUOTA: 429,
    Code.RATE: 429,
    Code.BUSY: 503,
}
"""HTTP status of each refusal code; 400 for those not named here (SPEC 9.2)."""

_STATUS_OF_ERROR: tuple[tuple[type[NodeError], int], ...] = (
    (NotFoundError, 404),
    (NotAllowedError, 403),
    (SignInError, 401),
    (LockedOutError, 429),
    (QuotaError, 429),
    (ConflictError, 409),
    (InvalidError, 422),
    (UnknownCodeError, 422),
    (UnreachableError, 502),
    (StoreError, 503),
    (RecoveringError, 503),
)

_CODE_OF_ERROR: tuple[tuple[type[NodeError], str], ...] = (
    (RecoveringError, "recovering"),
    (RoleError, "role"),
    (PasswordDueError, "password-due"),
    (LockedOutError, "locked-out"),
    (SignInError, "sign-in"),
)
"""The codes a program decides by, where the status does not say enough."""

RETRY_AFTER_S = 1

_LONG_ROUTES = frozenset({"/events", "/sync/v1/changes"})
"""Routes that wait on purpose; their time says nothing."""

_NEXT_STEPS: dict[int, str] = {
    404: "Check the address; /api lists every operation.",
    405: "Use one of the methods named in the Allow header.",
    413: "Send less at once.",
}


def problem(
    status: int,
    title: str,
    detail: str = "",
    *,
    code: str = "",
    hint: str = "",
    headers: dict[str, str] | None = None,
    **more: object,
) -> web.Response:
    """A problem document.

    Args:
        status: the HTTP status.
        title: what kind of problem it is, the same words each time.
        detail: what was wrong this time.
        code: the stable code a program decides by.
        hint: what to do next.
        more: further members of the document.
    """
    code = code or title.lower().replace(" ", "-")
    members = {
        "type": f"urn:yizhan:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "hint": hint,
        **more,
    }
    kept = {name: value for name, value in members.items() if value not in ("", None)}
    text = json.dumps(kept, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type=PROBLEM, headers=headers)


def refusal(error: ProtocolError, now_ms: int) -> web.Response:
    """The problem document of a refusal that goes to another station.

    Args:
        error: what is refused.
        now_ms: this node's time, told when the caller's clock is off.
    """
    status = STATUS_OF_CODE.get(error.code, 400)
    retry = error.code in (Code.BUSY, Code.RATE)
    return problem(
        status,
        "Refused",
        error.detail,
        code=str(error.code),
        headers={"Retry-After": str(RETRY_AFTER_S)} if retry else None,
        now_ms=now_ms if error.code == Code.CLOCK else None,
        retry_after_s=RETRY_AFTER_S if retry else None,
    )


def node_problem(error: NodeError) -> web.Response:
    """The problem document of an error of this station."""
    status = next((found for kind, found in _STATUS_OF_ERROR if isinstance(error, kind)), 500)
    reasons = error.reasons if isinstance(error, InvalidError) else None
    free_ms = error.free_ms if isinstance(error, QuotaError) else None
    is_recovering = isinstance(error, RecoveringError)
    return problem(
        status,
        web.Response(status=status).reason,
        error.message,
        code=next((code for kind, code in _CODE_OF_ERROR if isinstance(error, kind)), ""),
        hint=error.hint,
        headers={"Retry-After": str(RETRY_AFTER_S)} if is_recovering else None,
        reasons=reasons or None,
        free_ms=free_ms,
        roles=error.roles if isinstance(error, RoleError) else None,
        until_ms=error.until_ms if isinstance(error, LockedOutError) else None,
    )


def invalid(error: ValidationError, where: str) -> InvalidError:
    """Input that breaks its model, with a reason per field."""
    reasons = {
        ".".join(str(step) for step in fault["loc"]) or where: fault["msg"]
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    }
    named = "; ".join(f"{field}: {reason}" for field, reason in list(reasons.items())[:3])
    return InvalidError(
        f"The {where} is not right: {named}", "Correct the fields named and send it again.", reasons
    )


def _http_problem(error: web.HTTPException) -> web.Response:
    answer = problem(
        error.status,
        error.reason,
        "" if error.text == f"{error.status}: {error.reason}" else (error.text or ""),
        hint=_NEXT_STEPS.get(error.status, ""),
    )
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count every answer and time it, by route and never by address; then send it."""
    metrics = node_of(request).metrics
    begun = time.perf_counter()
    answer = await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    metrics.requests.labels(request.method, route, answer.status).inc()
    if route not in _LONG_ROUTES:
        metrics.latency.labels(route).observe(time.perf_counter() - begun)
    if isinstance(answer, web.Response):
        await deliver(request, answer)
    return answer


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document; what nobody foresaw gets an id and a log line."""
    node = node_of(request)
    if "%00" in request.raw_path:
        return problem(400, "Bad Request", "The address holds a NUL.", hint=_NEXT_STEPS[404])
    try:
        return await handler(request)
    except Refused as error:
        return refusal(error, node.clock.now_ms())
    except NodeError as error:
        return node_problem(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _http_problem(error)
    except ConnectionError:
        raise
    except Exception as error:
        incident = secrets.token_hex(6)
        node.log.error("request failed", incident=incident, path=request.path, exc_info=error)
        return problem(
            500,
            "Internal Server Error",
            f"This node made a mistake; it is logged as {incident}.",
            hint="Tell the keeper of this node the number above.",
            incident=incident,
        )
