"""How a need stands, in words for the enterprise it came from; nothing internal is told (D9)."""

from collections.abc import Sequence

NEED, CASE = "standing", "case-plain"
"""The tables of words: of the need itself, of one of its referrals."""
_FURTHEST = ("concluded", "disputed", "started", "accepted", "queried", "requested")
"""Of several referrals of one need the one that matters most to the enterprise."""


def standing_of(need: str, cases: Sequence[str]) -> tuple[str, str]:
    """How a need stands: the table of words and the code in it.

    Args:
        need: its state: open, solved, withdrawn, …
        cases: the states of its referrals, the newest first.
    """
    if need == "solved":
        return NEED, "done"
    if need != "open":
        return NEED, "ended"
    if not cases:
        return NEED, "received"
    return CASE, f"referral.{next((each for each in _FURTHEST if each in cases), cases[0])}"
