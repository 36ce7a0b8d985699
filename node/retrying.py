"""What becomes of a refused run: when it is asked for or offered again, and why it was refused."""

from protocol.errors import Code

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
RETRY_AFTER_MS: dict[Code, int] = {
    Code.GAP: 0,
    Code.NOT_ADMITTED: 10 * _MINUTE_MS,
    Code.OVER_QUOTA: _HOUR_MS,
    Code.REVOKED: 24 * _HOUR_MS,
    Code.FORK: _HOUR_MS,
    Code.BAD_CHAIN: _HOUR_MS,
    Code.BAD_BODY: _HOUR_MS,
    Code.BAD_SIGNATURE: _HOUR_MS,
}
"""When a refused run is asked for again; a change of the roster brings the first ones forward."""
OF_TIME = (Code.HELD_FUTURE, Code.OVER_QUOTA, Code.NOT_ADMITTED)
"""What whoever pushed it may offer again later; the outcome says when (SPEC 7.4)."""
OF_THE_ROSTER = (Code.NOT_ADMITTED, Code.OVER_QUOTA, Code.REVOKED)
WHY: dict[Code, str] = {
    Code.NOT_ADMITTED: "its author is no member at that time, as far as is known here",
    Code.FORK: "there is evidence against its author up to this position",
    Code.REVOKED: "beyond where its author's log was cut",
}
"""What was wrong, in words a station clerk can pass on."""
