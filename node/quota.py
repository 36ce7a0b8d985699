"""The quota an admission names, counted on a log's own TIMEs (DESIGN 1.3).

Every node reaches the same verdict, whenever the entries arrive: of any 24 hours of a log's own
time, no more entries and no more bytes of lines than the admission allows.
"""

from node.store import Writing
from node.store.writing import line_bytes_of
from protocol.chain import Run
from protocol.errors import Code, Refused
from protocol.limits import EPOCHS_PER_YEAR_MAX, QUOTA_WINDOW_MS
from protocol.records import Quota

_YEAR_S = 365 * 24 * 3600


def check_quota(tx: Writing, run: Run, quota: Quota) -> None:
    """Check a verified run, next in its log, against the author's quota.

    Raises:
        Refused: ``over-quota`` with what is exceeded.
    """
    if run.first == 0:
        _check_epochs(tx, run)
    stored = tx.find_log(run.log)
    size = line_bytes_of(run) + (0 if stored is None else stored.line_bytes)
    entries = run.first + len(run)
    if entries <= quota.entries_per_day and size <= quota.bytes_per_day:
        return
    since = run.times[0] - QUOTA_WINDOW_MS
    first, entries, size = tx.volume(run.log, since)
    entries += len(run)
    size += line_bytes_of(run)
    if entries > quota.entries_per_day or size > quota.bytes_per_day:
        _check_each(tx, run, quota, first)


def _check_epochs(tx: Writing, run: Run) -> None:
    epoch = run.log.epoch
    held = tx.epochs(run.log.author, run.log.channel)
    if sum(epoch - _YEAR_S < each < epoch for each in held) >= EPOCHS_PER_YEAR_MAX:
        raise Refused(
            Code.OVER_QUOTA, f"more than {EPOCHS_PER_YEAR_MAX} epochs of this log in one year"
        )


def _check_each(tx: Writing, run: Run, quota: Quota, first: int) -> None:
    """Slide the window over every entry; only logs near their quota pay for this."""
    headers, _ = tx.range(run.log, first, run.first - 1)
    stamps = [_stamp(line) for line in headers] + [_stamp(line) for line in run.headers]
    start = entries = size = 0
    for time, bytes_ in stamps:
        entries += 1
        size += bytes_
        while stamps[start][0] <= time - QUOTA_WINDOW_MS:
            entries -= 1
            size -= stamps[start][1]
            start += 1
        if entries > quota.entries_per_day or size > quota.bytes_per_day:
            raise Refused(
                Code.OVER_QUOTA,
                f"more than {quota.entries_per_day} entries or {quota.bytes_per_day} bytes"
                " in 24 hours",
            )


def _stamp(line: bytes) -> tuple[int, int]:
    fields = line.split(b" ")
    return int(fields[7]), len(line) + int(fields[10])
