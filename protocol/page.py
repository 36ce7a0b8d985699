"""Answers that carry log text: a page of the feed, a range of a log (SPEC 7.3, 7.6)."""

from typing import Annotated, NamedTuple

from pydantic import Field

from protocol.cursor import CURSOR_TEXT, Cursor, parse_cursor
from protocol.errors import Code, Refused
from protocol.messages import Reply, Value

CONTROL_BYTES_MAX = 1024


class PageControl(Reply):
    """The first line of a page."""

    cursor: Annotated[str, Field(pattern=f"^{CURSOR_TEXT}$")]
    more: bool
    digest: Value | None = None


class Page(NamedTuple):
    """A page of the feed: a JSON line, LF, then log text (SPEC 7.3).

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


class LogText(NamedTuple):
    """Log text that answers a range (SPEC 7.6)."""

    text: bytes

    def encode(self) -> bytes:
        """Write the text, as it was signed."""
        return self.text
