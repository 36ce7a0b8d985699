"""Requests and answers as HTTP carries them: method, path, query, body; content (SPEC 7).

One spelling each way: what is decoded here is what :func:`encode_request` writes, and any other
name in a query is refused.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError

from protocol.errors import Code, Refused
from protocol.limits import CHANNELS, COMPARISON_BYTES_MAX, INTEGER_MAX, REQUEST_BYTES_MAX
from protocol.messages import (
    BucketsReply,
    BucketsRequest,
    ChangesRequest,
    HeadsReply,
    HeadsRequest,
    Hello,
    HelloRequest,
    Message,
    Outcomes,
    PushRequest,
    RangeRequest,
    RangesRequest,
    Request,
)
from protocol.page import LogText, decode_page
from protocol.sync import Response

M = TypeVar("M", bound=Message)

ROOT = "/sync/v1"

_QUERY_FIELDS_MAX = 8
_COMPARISON: TypeAdapter[BucketsRequest | HeadsRequest] = TypeAdapter(BucketsRequest | HeadsRequest)


class Form(NamedTuple):
    """A request ready to be signed and sent."""

    method: str
    path: str
    query: str
    body: bytes


def encode_request(request: Request) -> Form:
    """The HTTP form of a request."""
    match request:
        case HelloRequest():
            return Form("GET", "/hello", "", b"")
        case ChangesRequest():
            return Form("GET", "/changes", _changes_query(request), b"")
        case PushRequest():
            return Form("POST", "/entries", "", request.text)
        case BucketsRequest() | HeadsRequest():
            return Form("POST", "/heads", "", request.encode())
        case RangeRequest():
            path = f"/logs/{request.author}/{request.channel}/{request.epoch}"
            end = "" if request.last == INTEGER_MAX else f"&to={request.last}"
            bodies = "" if request.bodies else "&bodies=0"
            return Form("GET", path, f"from={request.first}{end}{bodies}", b"")
        case RangesRequest():
            return Form("POST", "/logs", "", request.encode())


def decode_answer(request: Request, content: bytes) -> Response:
    """Read what a station answered to a request.

    Raises:
        Refused: bytes that are no such answer.
    """
    match request:
        case HelloRequest():
            return Hello.decode(content)
        case ChangesRequest():
            return decode_page(content)
        case PushRequest():
            return Outcomes.decode(content)
        case BucketsRequest():
            return BucketsReply.decode(content)
        case HeadsRequest():
            return HeadsReply.decode(content)
        case RangeRequest() | RangesRequest():
            return LogText(content)


def _changes_query(request: ChangesRequest) -> str:
    fields = []
    if request.after is not None:
        fields.append(f"after={request.after}")
    if request.wait_s:
        fields.append(f"wait={request.wait_s}")
    if request.channels != CHANNELS:
        fields.append(f"channels={','.join(request.channels)}")
    if request.echo:
        fields.append("echo=1")
    if request.heads:
        fields.append("heads=1")
    return "&".join(fields)


def content_bytes_max(path: str) -> int:
    """How long a request's content may be, bytes: only a push carries entries (SPEC 10)."""
    return REQUEST_BYTES_MAX if path == "/entries" else COMPARISON_BYTES_MAX


def decode_request(method: str, path: str, query: str, body: bytes) -> Request:
    """Read a request.

    Args:
        method: GET or POST.
        path: below ``/sync/v1``, with its leading slash.
        query: as sent, without ``?``.
        body: as sent.

    Raises:
        Refused: ``bad-request`` naming what is wrong, or ``too-large``.
    """
    bytes_max = content_bytes_max(path)
    if len(body) > bytes_max:
        raise Refused(Code.TOO_LARGE, f"a request of more than {bytes_max} bytes")
    fields = _read_query(query)
    match (method, path.split("/")[1:]):
        case ("GET", ["hello"]):
            return _build(HelloRequest, fields)
        case ("GET", ["changes"]):
            return _changes(fields)
        case ("POST", ["entries"]):
            _build(HelloRequest, fields)
            return PushRequest.model_construct(text=body)
        case ("POST", ["heads"]):
            _build(HelloRequest, fields)
            return _comparison(body)
        case ("POST", ["logs"]):
            _build(HelloRequest, fields)
            return RangesRequest.decode(body)
        case ("GET", ["logs", author, channel, epoch]):
            return _range(author, channel, epoch, fields)
    raise Refused(Code.BAD_REQUEST, f"no request {method[:8]} {path[:80]}")


def _read_query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_QUERY_FIELDS_MAX)
    except ValueError:
        raise Refused(Code.BAD_REQUEST, "the query has too many fields") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refused(Code.BAD_REQUEST, "a name stands twice in the query")
    return fields


def _changes(fields: dict[str, str]) -> ChangesRequest:
    values: dict[str, object] = {}
    if "after" in fields:
        values["after"] = fields.pop("after")
    if "wait" in fields:
        values["wait_s"] = _number("wait", fields.pop("wait"))
    if "channels" in fields:
        values["channels"] = tuple(fields.pop("channels").split(","))
    if "echo" in fields:
        values["echo"] = _flag("echo", fields.pop("echo"))
    if "heads" in fields:
        values["heads"] = _flag("heads", fields.pop("heads"))
    request = _build(ChangesRequest, values | fields)
    assert request.cursor is None or request.after is not None
    return request


def _range(author: str, channel: str, epoch: str, fields: dict[str, str]) -> RangeRequest:
    values: dict[str, object] = {
        "author": author,
        "channel": channel,
        "epoch": _number("epoch", epoch),
        "first": _number("from", fields.pop("from", "0")),
    }
    if "to" in fields:
        values["last"] = _number("to", fields.pop("to"))
    if "bodies" in fields:
        values["bodies"] = _flag("bodies", fields.pop("bodies"))
    return _build(RangeRequest, values | fields)


def _comparison(body: bytes) -> BucketsRequest | HeadsRequest:
    try:
        return _COMPARISON.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"][1:])
        raise Refused(Code.BAD_REQUEST, f"{where}: {first['msg']}") from None


def _build(message: type[M], fields: Mapping[str, Any]) -> M:
    try:
        return message(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        raise Refused(Code.BAD_REQUEST, f"{where[:40]}: {first['msg']}") from None


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 16 or str(int(text)) != text:
        raise Refused(Code.BAD_REQUEST, f"{name}: not a whole number")
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise Refused(Code.BAD_REQUEST, f"{name}: 0 or 1")
    return text == "1"
