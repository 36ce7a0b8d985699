"""Local pacing: how many requests one caller gets, and how many at a time (SPEC 10, DESIGN 1.7).

Pacing is never a verdict: ``rate`` and ``busy`` say "later", and nothing is remembered of it.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from protocol.errors import Code, Refused

REQUESTS_PER_S = 500.0
BURST = 1000.0
CALLERS_MAX = 10_000


class Pace:
    """A bucket of requests per caller, filled at a steady rate."""

    def __init__(self, per_s: float = REQUESTS_PER_S, burst: float = BURST) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, caller: str, now_s: float) -> None:
        """Take one request out of the caller's bucket.

        Args:
            caller: a key, or the address of someone without one.
            now_s: a clock that never runs back, seconds.

        Raises:
            Refused: ``rate`` when the bucket is empty.
        """
        left, since = self._buckets.pop(caller, (self._burst, now_s))
        left = min(self._burst, left + (now_s - since) * self._per_s)
        self._buckets[caller] = (max(0.0, left - 1.0), now_s)
        if len(self._buckets) > CALLERS_MAX:
            self._buckets.popitem(last=False)
        if left < 1.0:
            raise Refused(Code.RATE, f"more than {self._per_s:g} requests a second; slow down")


class Slots:
    """So much at a time for each caller: one ingest, a few answers under way."""

    def __init__(self, most: int, why: str) -> None:
        """Take nothing yet.

        Args:
            most: slots of one caller.
            why: what a caller is told who holds them all.
        """
        self._most = most
        self._why = why
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, caller: str) -> Iterator[None]:
        """Hold one of the caller's slots.

        Raises:
            Refused: ``busy`` when all are held already.
        """
        if self._taken[caller] >= self._most:
            raise Refused(Code.BUSY, self._why)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
