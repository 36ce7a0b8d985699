"""One entry: its header line and its body line, and the strict JSON of a body (SPEC 3, 4)."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from protocol.errors import Code, Inert, Reason, Refused
from protocol.header import Header, LogId, entry_id, sign_header
from protocol.keys import SigningKey, digest
from protocol.limits import BODY_BYTES_MAX, BODY_BYTES_MIN, INTEGER_MAX, JSON_DEPTH_MAX

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Entry(NamedTuple):
    """A verified entry: what :func:`protocol.chain.check_run` let through, one by one.

    ``line`` is the header line and ``body`` the body line, without LF, exactly as received;
    an empty ``body`` is *absent* (SPEC 4.4).
    """

    header: Header
    id: str
    line: bytes
    body: bytes


class Tail(NamedTuple):
    """Where a log stands: the last entry's seq, id and time (Unix milliseconds)."""

    seq: int
    id: str
    time: int


def write_entry(
    key: SigningKey,
    network: str,
    log: LogId,
    tail: Tail | None,
    *,
    time: int,
    kind: str,
    subject: str,
    body: bytes,
) -> Entry:
    """Sign the next entry of one's own log (SPEC 3.3).

    Args:
        key: the author's key; must be the log's author.
        network: 16 hex digits.
        log: the log to append to.
        tail: where the log stands, or None for its first entry.
        time: Unix milliseconds, above the tail's.
        kind: ``noun.past-participle/version``.
        subject: the id of the entry that opened the case, or ``-``.
        body: one line of JSON, 2..65,536 bytes.

    Raises:
        Refused: ``too-large`` when the body has more than 65,536 bytes.
    """
    if not BODY_BYTES_MIN <= len(body) <= BODY_BYTES_MAX:
        raise Refused(Code.TOO_LARGE, f"body of {len(body)} bytes, {BODY_BYTES_MAX} allowed")
    assert tail is None or time > tail.time
    header = Header(
        network,
        log.author,
        log.channel,
        log.epoch,
        0 if tail is None else tail.seq + 1,
        "-" if tail is None else tail.id,
        time,
        kind,
        subject,
        len(body),
        digest(body),
        "",
    )
    line = sign_header(header, key)
    signed = header._replace(sig=line.rpartition(b" ")[2].decode("ascii"))
    return Entry(signed, entry_id(line), line, body)


def encode_body(value: Mapping[str, object]) -> bytes:
    """Write a body line: one UTF-8 JSON object without raw line breaks, without LF (SPEC 4.1)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def parse_body(body: bytes) -> dict[str, Json]:
    """Read a body line strictly (SPEC 4.1): no duplicate names, no floats, integers within
    ±(2^53-1), no lone surrogates, at most 16 levels deep.

    Raises:
        Inert: ``bad-json`` with what is wrong; ``absent`` for an empty line.
    """
    if not body:
        raise Inert(Reason.ABSENT, "the body is not held here")
    try:
        if b"\\" in body and _ESCAPED_SURROGATE.search(body):
            _check_surrogates(body)
        if body.count(b"{") + body.count(b"[") > JSON_DEPTH_MAX:
            _check_depth(body)
        value = _decode(body.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Inert(Reason.BAD_JSON, f"not JSON in UTF-8: {error}") from None
    if not isinstance(value, dict):
        raise Inert(Reason.BAD_JSON, "not a JSON object")
    return value


def _decode(text: str) -> Json:
    """The one value of a text; most begin and end with it, which spares looking for spaces."""
    value: Json
    if text.startswith("{"):
        value, end = _STRICT.raw_decode(text)
        if end == len(text):
            return value
    value = _STRICT.decode(text)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Inert(Reason.BAD_JSON, "a name stands twice in one object")
    return value


def _no_float(text: str) -> NoReturn:
    raise Inert(Reason.BAD_JSON, f"{text[:40]} is not an integer")


def _bounded(text: str) -> int:
    number = int(text) if len(text) <= 17 else INTEGER_MAX + 1
    if abs(number) > INTEGER_MAX:
        raise Inert(Reason.BAD_JSON, "an integer outside ±(2^53-1)")
    return number


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=_no_float,
    parse_constant=_no_float,
    parse_int=_bounded,
)


def _check_surrogates(body: bytes) -> None:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Inert(Reason.BAD_JSON, "a lone surrogate") from None


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A string, or what begins as one and never ends: each byte is looked at once, whatever it says."""


def _check_depth(body: bytes) -> None:
    depth = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"{[":
            depth += 1
            if depth > JSON_DEPTH_MAX:
                raise Inert(Reason.BAD_JSON, f"more than {JSON_DEPTH_MAX} levels deep")
        elif byte in b"}]":
            depth -= 1
