"""What our door refuses, in words; of our own entries, for the one who publishes."""

from collections.abc import MutableMapping

from node.calendar import moment_of
from node.errors import ConflictError, NodeError, NotAllowedError, QuotaError
from protocol.errors import Code
from protocol.messages import ACCEPTED, Outcome


def check_room(channel: str, free_ms: int | None, full_until: MutableMapping[str, int]) -> None:
    """Check that waiting does not help against a quota that is used up; note it where it does.

    Args:
        channel: of the log that is full.
        free_ms: from when on there is room, None when waiting does not help.
        full_until: what the station's status shows, by channel.

    Raises:
        QuotaError: it does, and until when to wait.
    """
    if free_ms is not None:
        full_until[channel] = free_ms
        raise QuotaError(
            f"this station's quota of {channel} is used up until {moment_of(free_ms)}",
            "try again then, or ask the station above for a larger quota",
            free_ms,
        )


def check_accepted(outcome: Outcome) -> None:
    """Check what became of own entries at our own door.

    Raises:
        NotAllowedError: the network does not know this station as a member.
        ConflictError: the quota or the clock stands against it.
    """
    if outcome.code == ACCEPTED:
        return
    errors: dict[str, NodeError] = {
        Code.NOT_ADMITTED: NotAllowedError(
            "this station is not admitted yet; nobody would accept what it signs",
            "ask the station above to admit it, then wait until the admission has arrived here",
        ),
        Code.REVOKED: NotAllowedError(
            "this station's membership has ended", "ask the station above for a new admission"
        ),
        Code.OVER_QUOTA: ConflictError(
            f"this log's quota is used up: {outcome.detail}",
            "send less at once, or ask the station above for a larger quota",
        ),
        Code.HELD_FUTURE: ConflictError(
            "this record follows one that was signed at a time still to come",
            "check this machine's clock",
        ),
    }
    raise errors.get(outcome.code) or AssertionError(outcome)
