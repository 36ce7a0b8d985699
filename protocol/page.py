"""Answers that carry log text or lines of heads: pages of the feed, ranges (SPEC 7.3, 7.6)."""

import re
from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import Field

from protocol.cursor import CURSOR_TEXT, Cursor, parse_cursor
from protocol.errors import Code, Refused
from protocol.header import CHANNEL_TEXT, HASH_TEXT, INTEGER_TEXT, LogId
from protocol.heads import Head, log_name
from protocol.limits import INTEGER_MAX
from protocol.messages import Reply, Value

CONTROL_BYTES_MAX = 1024

_HEAD_LINE = re.compile(
    f"({HASH_TEXT})/({CHANNEL_TEXT})/({INTEGER_TEXT}) ({INTEGER_TEXT}) ({HASH_TEXT}) "
    f"({INTEGER_TEXT})"
)


class PageControl(Reply):
    """The first line of a page."""

    cursor: Annotated[str, Field(pattern=f"^{CURSOR_TEXT}$")]
    more: bool
    digest: Value | None = None


class Page(NamedTuple):
    """A page of the feed: a JSON line, LF, then log text or lines of heads (SPEC 7.3).

    ``more`` says the page is not short; ``digest`` is that of the sender's heads, given when there
    was nothing to send.
    """

    cursor: Cursor
    more: bool
    digest: str | None
    text: bytes

    def encode(self) -> bytes:
        """Write the page."""
        control = PageControl(cursor=str(self.cursor), more=self.more, digest=self.digest)
        return control.encode() + b"\n" + self.text


def decode_page(raw: bytes) -> Page:
    """Read a page; its text is not looked into.

    Raises:
        Refused: ``malformed`` for another first line.
    """
    line, mark, text = raw.partition(b"\n")
    if not mark or len(line) > CONTROL_BYTES_MAX:
        raise Refused(Code.MALFORMED, "a page begins with its control line")
    try:
        control = PageControl.decode(line)
        cursor = parse_cursor(control.cursor)
    except Refused as fault:
        raise Refused(Code.MALFORMED, fault.detail) from None
    return Page(cursor, control.more, control.digest, text)


def write_heads_text(heads: Iterable[Head]) -> bytes:
    """Where logs stand, a line each: ``AUTHOR/CHANNEL/EPOCH SEQ ID TIME`` (SPEC 7.3)."""
    return "".join(map(write_head_line, heads)).encode("ascii")


def write_head_line(head: Head) -> str:
    """Where one log stands, as a line."""
    log, seq, id_, time = head
    return f"{log_name(log)} {seq} {id_} {time}\n"


def read_heads_text(text: bytes) -> list[Head]:
    """Read lines of heads.

    Raises:
        Refused: ``malformed`` for a line of another form.
    """
    lines = text.decode("latin-1").split("\n")
    if lines.pop():
        raise Refused(Code.MALFORMED, "the page ends inside a line")
    return [read_head_line(line) for line in lines]


def read_head_line(line: str) -> Head:
    """Read where one log stands.

    Raises:
        Refused: ``malformed`` for a line of another form.
    """
    match = _HEAD_LINE.fullmatch(line)
    if match is None or max(int(match[3]), int(match[4]), int(match[6])) > INTEGER_MAX:
        raise Refused(Code.MALFORMED, "not the line of a head")
    log = LogId(match[1], match[2], int(match[3]))
    return Head(log, int(match[4]), match[5], int(match[6]))


class LogText(NamedTuple):
    """Log text that answers a range (SPEC 7.6)."""

    text: bytes

    def encode(self) -> bytes:
        """Write the text, as it was signed."""
        return self.text
