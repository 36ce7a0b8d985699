"""The store as the sync conversation sees it (SPEC 7)."""

from collections.abc import Sequence

from node.store.reading import Reading
from node.store.stored import FeedPage, StoredRun
from protocol.chain import join_text
from protocol.header import LogId
from protocol.heads import Head
from protocol.limits import CHANNELS
from protocol.roster import Roster


class StoreView:
    """Implements :class:`protocol.sync.View` over one consistent look at the store."""

    def __init__(self, reading: Reading, network: str, key: str, roster: Roster) -> None:
        """Look.

        Args:
            reading: valid while the view is used.
            network: this network's id, 16 hex digits.
            key: this node's own key.
            roster: who is a member, as known here.
        """
        self.network = network
        self.key = key
        self.roster = roster
        self._reading = reading

    @property
    def feed_epoch(self) -> int:
        """Which feed the positions belong to."""
        return self._reading.feed_epoch

    @property
    def feed_head(self) -> int:
        """The last position that may be shown."""
        return self._reading.feed_head

    def heads(self, author: str | None = None) -> Sequence[Head]:
        """The heads held, of one author or of all."""
        return self._reading.heads(author)

    def feed(
        self, after: int, channels: Sequence[str], bytes_max: int, skip_source: str | None
    ) -> FeedPage:
        """The next page of the feed; see :meth:`Reading.feed`."""
        return self._reading.feed(after, channels, bytes_max, skip_source)

    def buckets(self, channels: Sequence[str] = CHANNELS) -> Sequence[int]:
        """The 256 bucket sums of these channels' heads."""
        return self._reading.buckets(channels)

    def heads_in(self, buckets: Sequence[int], channels: Sequence[str]) -> Sequence[Head]:
        """The heads whose log falls into one of these buckets."""
        return self._reading.heads_in(buckets, channels)

    def text(
        self, log: LogId, first: int, last: int, bytes_max: int, *, bodies: bool = True
    ) -> bytes:
        """Log text of a range of a log: whole entries, one at least if any is held.

        Args:
            log: the log.
            first, last: the range, both ends included; less is given where less is held.
            bytes_max: stop before the text grows longer than this.
            bodies: False leaves every body line empty.
        """
        parts: list[bytes] = []
        size = 0
        for run in self._reading.runs(log, first, last):
            headers, run_bodies = _fit(run, bytes_max - size, bodies, parts == [])
            parts.append(join_text(headers, run_bodies))
            size += len(parts[-1])
            if len(headers) < run.count:
                break
        return b"".join(parts)


def _fit(
    run: StoredRun, room: int, with_bodies: bool, is_first: bool
) -> tuple[list[bytes], list[bytes]]:
    """As many entries of a run as fit; of the first run one, however long."""
    headers, bodies = run.lines()
    if not with_bodies:
        bodies = [b""] * len(headers)
    for count, (header, body) in enumerate(zip(headers, bodies, strict=True)):
        room -= len(header) + len(body) + 2
        if room < 0 and not (is_first and count == 0):
            return headers[:count], bodies[:count]
    return headers, bodies
