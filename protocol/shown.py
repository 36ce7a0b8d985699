"""What a peer showed of late that it holds: it need not be given that (SPEC 7.8)."""

from collections import deque

from protocol.header import LogId

LOGS_MAX = 50_000
"""Logs remembered at the most; beyond, what is forgotten is at worst given twice."""
_TURNS = 3


class Shown:
    """Logs and how far the peer holds them, over the last few turns of looking what to give."""

    def __init__(self) -> None:
        """Nothing was shown."""
        self._turns: deque[dict[LogId, int]] = deque([{}], maxlen=_TURNS)

    def note(self, log: LogId, seq: int) -> None:
        """The peer holds a log up to ``seq``."""
        latest = self._turns[-1]
        if seq > latest.get(log, -1) and len(latest) < LOGS_MAX:
            latest[log] = seq

    def has(self, log: LogId, seq: int) -> bool:
        """Whether the peer showed that it holds an entry."""
        return seq <= max([turn.get(log, -1) for turn in self._turns])

    def turn(self) -> None:
        """What can be given was looked over; what was shown long before is forgotten."""
        self._turns.append({})
