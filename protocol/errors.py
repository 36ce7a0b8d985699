"""The errors that may cross the wire, and the codes they carry (SPEC 9).

::

    ProtocolError(code)          anything one station may tell another
    ├── Refused                  the peer's bytes are at fault: an entry, a run, a page, a request
    └── Inert                    a good signature over a body that means nothing here (SPEC 4.3)

Mistakes of our own are assertions, never a :class:`ProtocolError`.
"""

from enum import StrEnum


class Code(StrEnum):
    """Stable refusal codes (SPEC 9.1)."""

    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    WRONG_NETWORK = "wrong-network"
    BAD_CHAIN = "bad-chain"
    BAD_SIGNATURE = "bad-signature"
    BAD_BODY = "bad-body"
    GAP = "gap"
    FORK = "fork"
    NOT_ADMITTED = "not-admitted"
    NOT_HELD = "not-held"
    REVOKED = "revoked"
    OVER_QUOTA = "over-quota"
    HELD_FUTURE = "held-future"
    TOO_LARGE = "too-large"
    BUSY = "busy"
    RATE = "rate"
    BAD_REQUEST = "bad-request"
    CLOCK = "clock"
    CURSOR_EPOCH = "cursor-epoch"
    CURSOR_AHEAD = "cursor-ahead"
    CURSOR_EXPIRED = "cursor-expired"


class Reason(StrEnum):
    """Why a stored entry is inert (SPEC 4.3)."""

    UNKNOWN_KIND = "unknown-kind"
    WRONG_CHANNEL = "wrong-channel"
    BAD_JSON = "bad-json"
    BAD_RECORD = "bad-record"
    BEYOND_LEVEL = "beyond-level"
    REVOKED = "revoked"
    DISPUTED = "disputed"
    ABSENT = "absent"
    ERASED = "erased"


class ProtocolError(Exception):
    """Something one station may say to another; ``code`` is stable, ``detail`` is for a person."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Refused(ProtocolError):
    """Bytes from a peer were not accepted; nothing of them is stored.

    Args:
        code: one of the refusal codes.
        detail: what was wrong, in words a station clerk can pass on.
        line: 0-based index of the entry in the run at which it went wrong, if known.
        wait_ms: after how many milliseconds it may be accepted, where time helps and that is known.
    """

    def __init__(
        self, code: Code, detail: str = "", line: int | None = None, wait_ms: int | None = None
    ) -> None:
        super().__init__(code, detail)
        self.code: Code = code
        self.line = line
        self.wait_ms = wait_ms


class Inert(ProtocolError):
    """A well-signed entry that has no effect; it is kept, relayed and shown with its reason."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
