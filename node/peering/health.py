"""How each peer does, as ``status`` and the console show it (M4)."""

from dataclasses import dataclass
from enum import StrEnum

from protocol.limits import CHANNELS
from protocol.ranges import Range


class PeerState(StrEnum):
    """Where this node stands with a peer."""

    CONNECTING = "connecting"
    UP = "up"
    WAITING = "waiting"
    """It answers and does not take this node yet."""
    DOWN = "down"


@dataclass(slots=True)
class PeerHealth:
    """One peer: where it answers, and how far its feed is taken in.

    Times are Unix milliseconds; ``position`` is the last feed row taken, ``lag`` how many rows
    the peer had beyond it when it last said so. ``failures`` counts attempts in a row.

    ``lacking`` is what the peer was found not to hold of what is held here, ``lacking_ms`` when:
    that is how an omission shows.
    """

    url: str
    key: str
    station: str | None
    state: PeerState = PeerState.CONNECTING
    last_ok_ms: int | None = None
    last_error: str = ""
    position: int | None = None
    lag: int | None = None
    next_retry_ms: int | None = None
    failures: int = 0
    channels: tuple[str, ...] = CHANNELS
    lacking: tuple[Range, ...] = ()
    lacking_ms: int | None = None

    def note_answer(self, now_ms: int) -> None:
        """It answered."""
        self.state = PeerState.UP
        self.last_ok_ms = now_ms
        self.next_retry_ms = None
        self.failures = 0

    def note_lacking(self, ranges: tuple[Range, ...], now_ms: int) -> None:
        """Heads were compared: this is what it lacks of what is held here."""
        self.lacking = ranges
        self.lacking_ms = now_ms if ranges else None

    @property
    def lacks(self) -> int:
        """How many entries it lacks of those held here."""
        return sum(last - first + 1 for _, first, last in self.lacking)

    def note_failure(self, state: PeerState, error: str, retry_ms: int) -> None:
        """It did not answer, or refused; it is asked again at ``retry_ms``."""
        self.state = state
        self.last_error = error
        self.next_retry_ms = retry_ms
        self.failures += 1
