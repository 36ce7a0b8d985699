"""The store as the sync conversation sees it (SPEC 7)."""

from collections.abc import Iterable, Iterator, Sequence

from node.store.reading import Reading
from node.store.stored import FeedPage, Recent
from protocol.chain import join_text, signed_part
from protocol.header import LogId
from protocol.heads import Head
from protocol.limits import CHANNELS
from protocol.roster import Roster
from protocol.sync import Wanted


class StoreView:
    """Implements :class:`protocol.sync.View` over one consistent look at the store."""

    def __init__(
        self,
        reading: Reading,
        network: str,
        key: str,
        roster: Roster,
        channels: Sequence[str] = CHANNELS,
    ) -> None:
        """Look.

        Args:
            reading: valid while the view is used.
            network: this network's id, 16 hex digits.
            key: this node's own key.
            roster: who is a member, as known here.
            channels: those this node holds.
        """
        self.network = network
        self.key = key
        self.roster = roster
        self.channels = channels
        self._reading = reading

    @property
    def feed_epoch(self) -> int:
        """Which feed the positions belong to."""
        return self._reading.feed_epoch

    @property
    def feed_head(self) -> int:
        """The last position that may be shown."""
        return self._reading.feed_head

    @property
    def feed_floor(self) -> int:
        """The last position whose row is gone."""
        return self._reading.feed_floor

    def heads(self, author: str | None = None) -> Sequence[Head]:
        """The heads held, of one author or of all."""
        return self._reading.heads(author)

    def first_absent(self, author: str) -> Sequence[tuple[LogId, int]]:
        """Of each log of an author, the first entry whose body is absent and not erased."""
        return self._reading.first_absent(author)

    def feed(
        self, after: int, channels: Sequence[str], bytes_max: int, is_wanted: Wanted
    ) -> FeedPage:
        """The next page of the feed; see :meth:`Reading.feed`."""
        return self._reading.feed(after, channels, bytes_max, is_wanted)

    def recent(
        self, after: int, channels: Sequence[str], is_wanted: Wanted, up_to: int | None = None
    ) -> Recent:
        """Where the logs stand that moved; see :meth:`Reading.recent`."""
        return self._reading.recent(after, channels, is_wanted, up_to)

    def heads_of(self, logs: Iterable[LogId]) -> Sequence[Head]:
        """The heads of these logs, as far as anything of them is held."""
        return self._reading.heads_of(logs)

    def buckets(self, channels: Sequence[str] = CHANNELS) -> Sequence[int]:
        """The 256 bucket sums of these channels' heads."""
        return self._reading.buckets(channels)

    def digest(self, channels: Sequence[str] = CHANNELS) -> str:
        """One word for those sums."""
        return self._reading.digest(channels)

    def heads_in(self, buckets: Sequence[int], channels: Sequence[str]) -> Sequence[Head]:
        """The heads whose log falls into one of these buckets."""
        return self._reading.heads_in(buckets, channels)

    def text(
        self, log: LogId, first: int, last: int, bytes_max: int, *, bodies: bool = True
    ) -> bytes:
        """Log text of a range of a log: whole entries, up to one whose signature holds (SPEC 7.6).

        The signature of a log's newest entry was checked when it came.

        Args:
            log: the log.
            first, last: the range, both ends included; less is given where less is held.
            bytes_max: stop before the text grows longer than this; one entry is given, however
                long.
            bodies: False leaves every body line empty.
        """
        lines: list[bytes] = []
        contents: list[bytes] = []
        room = bytes_max
        for header, body in self._lines(log, first, last):
            content = body if bodies else b""
            room -= len(header) + len(content) + 2
            if room < 0 and lines:
                break
            lines.append(header)
            contents.append(content)
        tail = self._reading.head(log)
        ends_whole = tail is not None and first + len(lines) > tail.seq
        count = len(lines) if ends_whole else signed_part(log, lines)
        return join_text(lines[:count], contents[:count])

    def _lines(self, log: LogId, first: int, last: int) -> Iterator[tuple[bytes, bytes]]:
        for run in self._reading.runs(log, first, last):
            yield from zip(*run.lines(), strict=True)
