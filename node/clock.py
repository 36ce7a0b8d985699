"""Time and randomness as arguments, so that a whole network runs under a virtual clock."""

import os
import time
from typing import Protocol


class Clock(Protocol):
    """Where a node reads the time."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000


class Random(Protocol):
    """Where a node takes secret bytes from."""

    def __call__(self, size: int, /) -> bytes:
        """``size`` random bytes."""
        ...


system_random: Random = os.urandom
