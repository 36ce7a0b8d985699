"""Which entries of whom are admitted: what a node may store (SPEC 6.7, 6.8).

Answers about members are remembered: what is folded never changes, and every run that arrives asks
for its author's.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from protocol.disputes import Disputes
from protocol.errors import Code
from protocol.header import LogId
from protocol.records import Quota
from protocol.rotation import KeySpan
from protocol.tenure import Grant, Tenure

Quotas = tuple[tuple[int, int, Quota], ...]


class Admitted:
    """The keys of all memberships, when each may write, and where its logs end; immutable."""

    def __init__(
        self,
        tenures: Mapping[str, tuple[Tenure, ...]],
        holders: Mapping[str, str],
        disputes: Disputes,
    ) -> None:
        """Use :func:`protocol.roster.fold`.

        Args:
            tenures: each station's memberships, its home first.
            holders: the station each key belongs to.
            disputes: which parts of logs are disputed.
        """
        self.disputes = disputes
        self.tenures = tenures
        self.holders = holders
        self._windows: dict[str, tuple[tuple[int, int], ...]] = {}
        self._quotas: dict[str, Quotas] = {}
        self._cuts: dict[LogId, tuple[int, str] | None] = {}

    def windows(self, key: str) -> tuple[tuple[int, int], ...]:
        """The spans of TIME (Unix ms, both ends included) in which a key's entries count."""
        known = self._windows.get(key)
        if known is None:
            if key not in self.holders:
                return ()
            known = self._windows[key] = self._find_windows(key)
        return known

    def _find_windows(self, key: str) -> tuple[tuple[int, int], ...]:
        spans = sorted((span.from_ms, span.until_ms) for _, span in self._spans(key))
        merged: list[tuple[int, int]] = []
        for low, high in spans:
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            elif low <= high:
                merged.append((low, high))
        return tuple(merged)

    def authors_moved(self, before: "Admitted", stations: Collection[str]) -> set[str]:
        """The keys of these stations, and those that belong to another than before.

        Args:
            before: what was folded from fewer entries.
            stations: lasting ids.
        """
        return {
            key
            for here, there in ((self.holders, before.holders), (before.holders, self.holders))
            for key, station in here.items()
            if station in stations or there.get(key) != station
        }

    def cut(self, log: LogId) -> int | None:
        """The last good seq of a log of a station that ended, or of a key that was rotated away:
        -1 for none, None when not cut."""
        good = self._cut(log)
        return None if good is None else good[0]

    def _cut(self, log: LogId) -> tuple[int, str] | None:
        if log in self._cuts:
            return self._cuts[log]
        good = self._find_cut(log)
        if log.author in self.holders:
            self._cuts[log] = good
        return good

    def _find_cut(self, log: LogId) -> tuple[int, str] | None:
        tenures = self.tenures.get(self.holders.get(log.author, ""), ())
        goods = [tenure.cut(log.channel, log.epoch) for tenure in tenures]
        ended = [good for good in goods if good is not None]
        good = max(ended) if ended and len(ended) == len(goods) else None
        rotated = tenures[0].key_cut(log.author, log.channel, log.epoch) if tenures else None
        if good is None or rotated is None:
            return good or rotated
        return min(good, rotated)

    def disputed(self, log: LogId) -> int | None:
        """The first disputed seq of a log, or None when no fork of it is known (SPEC 5.8)."""
        return self.disputes.positions.get(log)

    def verdict(
        self,
        log: LogId,
        first_seq: int,
        last_seq: int,
        first_time: int,
        last_time: int,
        last_id: str = "",
    ) -> Code | None:
        """Whether a run of a log may be stored: None for yes, else the refusal (SPEC 6.7).

        Args:
            log: the log.
            first_seq, last_seq: the run's span.
            first_time, last_time: its TIMEs, Unix milliseconds.
            last_id: the id of the last entry, to tell a log from its fork at the cut.
        """
        assert first_seq <= last_seq
        windows = self.windows(log.author)
        if not any(low <= first_time and last_time <= high for low, high in windows):
            return Code.NOT_ADMITTED
        disputed = self.disputed(log)
        if disputed is not None and last_seq >= disputed:
            return Code.FORK
        good = self._cut(log)
        if good is None:
            return None
        is_other = last_seq == good[0] and last_id not in ("", good[1])
        return Code.REVOKED if last_seq > good[0] or is_other else None

    def admitted_part(
        self, log: LogId, first_seq: int, times: Sequence[int], ids: Sequence[bytes]
    ) -> tuple[int, Code | None]:
        """How many entries of a run are admitted, from its first on, and why not the next.

        However a log is cut into runs, the same entries of it come out admitted (SPEC 6.7).

        Args:
            log: the log.
            first_seq: the seq of the run's first entry.
            times, ids: the TIME and the id of each entry.
        """
        if not times:
            return 0, None
        disputed = self.disputed(log)
        if disputed is not None and first_seq + len(times) > disputed:
            before = max(0, disputed - first_seq)
            count, code = self.admitted_part(log, first_seq, times[:before], ids[:before])
            return count, code or Code.FORK
        windows = self.windows(log.author)
        count = len(times)
        if not any(low <= times[0] and times[-1] <= high for low, high in windows):
            inside = (any(low <= time <= high for low, high in windows) for time in times)
            count = next((index for index, good in enumerate(inside) if not good), count)
        code = None if count == len(times) else Code.NOT_ADMITTED
        good = self._cut(log)
        if good is None or first_seq + count - 1 < good[0]:
            return count, code
        kept = good[0] - first_seq
        if 0 <= kept < count and ids[kept].decode("ascii") == good[1]:
            kept += 1
        return (count, code) if kept >= count else (max(0, kept), Code.REVOKED)

    def quotas(self, key: str) -> Quotas:
        """The quota of each admission of a key: from and until which TIME, and how much."""
        known = self._quotas.get(key)
        if known is None:
            if key not in self.holders:
                return ()
            known = self._quotas[key] = tuple(
                (span.from_ms, span.until_ms, grant.record.quota)
                for grant, span in self._spans(key)
            )
        return known

    def _spans(self, key: str) -> Iterator[tuple[Grant, KeySpan]]:
        """Each admission under which a station signed with this key, and when."""
        for tenure in self.tenures.get(self.holders.get(key, ""), ()):
            for grant in tenure.grants:
                yield from ((grant, span) for span in grant.keys if span.key == key)


def find_holders(tenures: Mapping[str, tuple[Tenure, ...]]) -> dict[str, str]:
    """Which station each key belongs to; of two that name one key, the higher, then the older."""
    best: dict[str, tuple[int, int, str]] = {}
    for station, mine in tenures.items():
        for tenure in mine:
            for grant in tenure.grants:
                for span in grant.keys:
                    claim = (grant.level, span.from_ms, station)
                    if span.key not in best or claim < best[span.key]:
                        best[span.key] = claim
    return {key: claim[2] for key, claim in best.items()}
