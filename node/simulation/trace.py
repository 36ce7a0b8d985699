"""What happened in a run, as a digest: two runs with the same trace did the same things."""

import hashlib
from collections import deque

from node.simulation.scheduler import VirtualClock

LAST_LINES = 400


class Trace:
    """Every event in a line of text, hashed as it comes; the last lines are kept for reading."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._start_ms = clock.now
        self._sha = hashlib.sha256()
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self.count = 0

    def note(self, who: str, what: str) -> None:
        """Write a line."""
        line = f"{(self._clock.now - self._start_ms) / 1000:.3f} {who} {what}"
        self._sha.update(line.encode() + b"\n")
        self.lines.append(line)
        self.count += 1

    def digest(self) -> str:
        """SHA-256 of all lines so far, 16 hex digits."""
        return self._sha.hexdigest()[:16]
