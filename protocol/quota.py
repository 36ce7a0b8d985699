"""The quota an admission names, counted on a log's own TIMEs (SPEC 6.8).

Every node reaches the same verdict, whenever the entries arrive and however they are cut into
runs: of any 24 hours of a log's own time, no more entries and no more bytes of lines than the
admission allows.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from protocol.limits import QUOTA_WINDOW_MS
from protocol.records import Quota

Spans = Sequence[tuple[int, int, Quota]]
"""The quotas of the admissions of a key, each with the TIMEs it begins and ends at."""


class Stamp(NamedTuple):
    """What the quota counts of an entry: its TIME, and the bytes of its lines as signed for."""

    time: int
    size: int


class Window:
    """The entries of a log in the 24 hours that end at the newest one."""

    def __init__(self, stamps: Iterable[Stamp] = ()) -> None:
        self.stamps: deque[Stamp] = deque()
        self.size = 0
        for stamp in stamps:
            self.add(stamp)

    def add(self, stamp: Stamp) -> None:
        """Count the next entry of the log."""
        self.stamps.append(stamp)
        self.size += stamp.size
        self.leave(stamp.time - QUOTA_WINDOW_MS)

    def leave(self, time: int) -> None:
        """Forget what is as old as that."""
        while self.stamps and self.stamps[0].time <= time:
            self.size -= self.stamps.popleft().size

    def has_room(self, quota: Quota, entries: int = 0, size: int = 0) -> bool:
        """Whether what is counted and so much more keeps a quota."""
        return keeps(quota, len(self.stamps) + entries, self.size + size)


def count_within(before: Iterable[Stamp], coming: Iterable[Stamp], spans: Spans) -> int:
    """How many of the entries that come keep the quota, from the first on.

    Args:
        before: the entries of the log before them, at least those of the last 24 hours.
        coming: consecutive entries.
        spans: their author's admissions, one at least.
    """
    window = Window(before)
    count = 0
    for stamp in coming:
        window.add(stamp)
        if not window.has_room(quota_at(spans, stamp.time)):
            break
        count += 1
    return count


def quota_at(spans: Spans, time: int) -> Quota:
    """The quota an entry of this TIME counts under: of admissions that overlap, the largest."""
    covering = [quota for low, high, quota in spans if low <= time <= high] or [spans[-1][2]]
    return Quota(
        entries_per_day=max(quota.entries_per_day for quota in covering),
        bytes_per_day=max(quota.bytes_per_day for quota in covering),
    )


def least_quota(spans: Spans) -> Quota:
    """No more than any of the admissions allows: who keeps this keeps the quota at any TIME."""
    if len(spans) == 1:
        return spans[0][2]
    return Quota(
        entries_per_day=min(quota.entries_per_day for _, _, quota in spans),
        bytes_per_day=min(quota.bytes_per_day for _, _, quota in spans),
    )


def keeps(quota: Quota, entries: int, size: int) -> bool:
    """Whether so many entries and bytes are within a quota."""
    return entries <= quota.entries_per_day and size <= quota.bytes_per_day


def stamp_of(line: bytes) -> Stamp:
    """What the quota counts of an entry, by its header line, which was checked before."""
    fields = line.split(b" ")
    return Stamp(int(fields[7]), len(line) + int(fields[10]))
