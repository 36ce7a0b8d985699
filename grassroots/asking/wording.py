"""How a need stands, in words for the enterprise it came from; nothing internal is told (D9)."""

from collections.abc import Sequence
from typing import Literal

Standing = Literal[
    "received", "asked", "taken", "working", "decide", "done", "again", "checking", "ended"
]

_OF_CASE: dict[str, Standing] = {
    "requested": "asked",
    "accepted": "taken",
    "started": "working",
    "concluded": "decide",
    "confirmed": "done",
    "declined": "again",
    "revoked": "again",
    "disputed": "checking",
}
_FURTHEST = ("concluded", "disputed", "started", "accepted", "requested")
"""Of several referrals of one need the one that matters most to the enterprise."""


def standing_of(need: str, cases: Sequence[str]) -> Standing:
    """How a need stands.

    Args:
        need: its state: open, solved, withdrawn, …
        cases: the states of its referrals, the newest first.
    """
    if need == "solved":
        return "done"
    if need != "open":
        return "ended"
    for state in _FURTHEST:
        if state in cases:
            return _OF_CASE[state]
    return _OF_CASE.get(cases[0], "working") if cases else "received"
