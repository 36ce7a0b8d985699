"""Which absent bodies are asked of one peer, and when: in turns, and of each peer once an hour."""

from collections import defaultdict
from collections.abc import Sequence

from node.store import FIRST_TURN, AbsentBody, Reading, Turn
from protocol.header import LogId
from protocol.limits import CHANNELS, HEADER_BYTES_MAX, PAGE_BYTES_MAX, RUN_ENTRIES_MAX
from protocol.ranges import Range

AGAIN_MS = 3_600_000
"""So long a peer that was asked for all that is absent is not asked for the same again."""
BODIES_PER_TURN = 256
TURN_BYTES = PAGE_BYTES_MAX * 3 // 4
"""Bodies of so many bytes, as their headers state, are asked for at once; one always is."""


class Rota:
    """How far one peer was asked for what is absent here; what comes to be known later is next."""

    def __init__(self) -> None:
        """Nothing was asked of it yet."""
        self._after: Turn = FIRST_TURN
        self._began_ms: int | None = None

    def next_turn(
        self, reading: Reading, now_ms: int, channels: Sequence[str] = CHANNELS
    ) -> list[Range]:
        """What to ask the peer for now; nothing while it was asked for everything this hour.

        Args:
            reading: a look at the store.
            now_ms: a clock that never runs back.
            channels: those both hold.
        """
        if self._began_ms is None or now_ms - self._began_ms >= AGAIN_MS:
            self._after, self._began_ms = FIRST_TURN, now_ms
        wanted = _that_fit(reading.list_absent(self._after, BODIES_PER_TURN, channels))
        if not wanted:
            return []
        self._after = wanted[-1].turn
        return _ranges(wanted)


def _that_fit(found: Sequence[AbsentBody]) -> list[AbsentBody]:
    size = 0
    wanted: list[AbsentBody] = []
    for each in found:
        size += each.size + HEADER_BYTES_MAX + 2
        if wanted and size > TURN_BYTES:
            break
        wanted.append(each)
    return wanted


def _ranges(wanted: Sequence[AbsentBody]) -> list[Range]:
    """One range a log, from the first to the last wanted; what is held between comes along."""
    by_log: defaultdict[LogId, list[int]] = defaultdict(list)
    for each in wanted:
        by_log[each.log].append(each.seq)
    return [
        Range(log, min(seqs), min(max(seqs), min(seqs) + RUN_ENTRIES_MAX - 1))
        for log, seqs in by_log.items()
    ]
