"""Does a run keep its author's quota, and if not, from when on would it (SPEC 6.8)."""

from collections.abc import Sequence

from node.store import Reading
from node.store.writing import line_bytes_of
from protocol.chain import Run
from protocol.errors import Code, Refused
from protocol.header import LogId, parse_header
from protocol.limits import QUOTA_WINDOW_MS
from protocol.quota import (
    Spans,
    Window,
    count_within,
    keeps,
    least_quota,
    quota_at,
    stamp_of,
)
from protocol.roster import Roster


def quota_part(tx: Reading, run: Run, spans: Spans) -> tuple[int, Refused | None]:
    """How many entries of a verified run, next in its log, keep the author's quota.

    Only logs near their quota pay for looking at each entry.

    Args:
        tx: the store.
        run: what is to be appended.
        spans: the author's admissions, one at least.

    Returns:
        The number of entries from the first on, and what stands against the next: ``over-quota``.
    """
    least = least_quota(spans)
    stored = tx.find_log(run.log)
    size, all_of_it = line_bytes_of(run), len(run)
    if keeps(least, run.first + all_of_it, size + (0 if stored is None else stored.line_bytes)):
        return all_of_it, None
    first, entries, before = tx.volume(run.log, run.times[0] - QUOTA_WINDOW_MS)
    if keeps(least, entries + all_of_it, before + size):
        return all_of_it, None
    held, _ = tx.range(run.log, first, run.first - 1)
    count = count_within(map(stamp_of, held), map(stamp_of, run.headers), spans)
    if count == all_of_it:
        return count, None
    quota = quota_at(spans, run.times[count])
    return count, Refused(
        Code.OVER_QUOTA,
        f"more than {quota.entries_per_day} entries or {quota.bytes_per_day} bytes in 24 hours",
    )


def find_room(tx: Reading, roster: Roster, log: LogId, lines: Sequence[bytes]) -> int | None:
    """From when on entries that are to be signed together keep the quota, Unix milliseconds.

    Args:
        tx: the store.
        roster: who is a member; the log's author is one.
        log: the log they go to.
        lines: their header lines, signed at the earliest TIMEs they may have.

    Returns:
        That moment; None when waiting does not help: they are more than a whole day's quota, or
        it is not the quota of the log that is exceeded.
    """
    coming = [stamp_of(line) for line in lines]
    free_ms = coming[0].time
    quota = quota_at(roster.quotas(log.author), free_ms)
    first = parse_header(lines[0]).seq
    entries, size = len(coming), sum(stamp.size for stamp in coming)
    if not keeps(quota, entries, size):
        return None
    start, _, _ = tx.volume(log, free_ms - QUOTA_WINDOW_MS)
    window = Window(map(stamp_of, tx.range(log, start, first - 1)[0]))
    window.leave(free_ms - QUOTA_WINDOW_MS)
    if window.has_room(quota, entries, size):
        return None
    while not window.has_room(quota, entries, size):
        free_ms = window.stamps[0].time + QUOTA_WINDOW_MS
        window.leave(window.stamps[0].time)
    return free_ms
