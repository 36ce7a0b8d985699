"""One text on its way through the door, run by run (DESIGN 1.3, 1.6).

Registry runs are looked at first and together: an admission and the log of the one it admits may
come in one text, in any order. Then every other run is judged by the roster that came of it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence

from node.erasure import Erasing, drop_erased, read_offered
from node.forks import Found, cut_disputed, find_fork
from node.quota import quota_part
from node.retrying import OF_THE_ROSTER, OF_TIME, RETRY_AFTER_MS, WHY
from node.standing import entries_of, is_judged_anew, place_of
from node.store import HeldRun, Writing
from protocol.acts import REGISTRY
from protocol.chain import RawRun, Run, check_run, shorten, split_text
from protocol.entry import Tail
from protocol.epochs import find_crowd, prove_epochs
from protocol.errors import Code, Refused
from protocol.flaws import prove_flaw
from protocol.genesis import Network
from protocol.growing import Standing
from protocol.header import LogId
from protocol.limits import EPOCHS_PER_YEAR_MAX, FUTURE_MS_MAX
from protocol.messages import ACCEPTED, DUPLICATE, Outcome
from protocol.roster import Roster

PROOFS_MAX = 16
"""Tries in one text to prove something against an author; each may cost a run's signatures."""


class Intake:
    """Takes one text into an open transaction.

    After :meth:`take`, ``runs`` are those that were stored, in the order they were, ``standing``
    is the roster they left behind, and ``must_refold`` says that it changed what earlier entries
    mean. ``brought`` are bodies, by log and seq, that were absent here and came with duplicates.
    """

    def __init__(
        self,
        tx: Writing,
        network: Network,
        now_ms: int,
        source: str,
        standing: Standing,
        channels: Sequence[str],
    ) -> None:
        self.runs: list[Run] = []
        self.standing = standing
        self.must_refold = False
        self.evidence: list[Found] = []
        self.source = source
        self.brought: dict[LogId, dict[int, bytes]] = {}
        self._erasing: Erasing | None = None
        self._tries = PROOFS_MAX
        self._tx = tx
        self._channels = channels
        self._network = network
        self._now_ms = now_ms
        self._tails: dict[LogId, Tail | None] = {}
        self._refused: dict[LogId, Refused] = {}
        self._waiting: defaultdict[LogId, list[Run]] = defaultdict(list)

    def take(self, text: bytes) -> list[Outcome]:
        """Check every run, store the good ones, note the refused; one outcome a run."""
        raws = split_text(text)
        registry = {
            i: raw for i, raw in enumerate(raws) if raw.log is not None and raw.log[1] == REGISTRY
        }
        taken = self._take_registry(registry) if registry else {}
        return [taken.get(index) or self._take_run(raw) for index, raw in enumerate(raws)]

    # -- one run

    def _take_run(self, raw: RawRun) -> Outcome:
        try:
            run = self._check(raw)
        except Refused as refusal:
            return self._refuse(raw, refusal)
        if run is None:
            return self._duplicate(raw)
        part, fault = self._good_part(run, self.standing.roster)
        return self._conclude(raw, part, fault)

    def _check(self, raw: RawRun) -> Run | None:
        """The new part of a run, verified; None when all of it is held already."""
        log = raw.log
        if log is None or raw.fault is not None:
            raise raw.fault or AssertionError
        if log.channel not in self._channels:
            raise Refused(Code.NOT_HELD, f"this node does not hold the channel {log.channel}")
        if log in self._refused:
            raise Refused(Code.GAP, "an earlier run of this log in the same text was refused")
        tail = self._tail(log)
        raw = cut_disputed(raw, tail, self.standing.roster.disputed(log))
        due = 0 if tail is None else tail.seq + 1
        if raw.first < due:
            overlap = min(len(raw.headers), due - raw.first)
            known, bodies = self._known_lines(log, raw.first, overlap)
            if known != raw.headers[:overlap]:
                self._note_fork(known, raw)
                raise Refused(Code.FORK, "another entry is held at a position of this run")
            if b"" in bodies:
                found = read_offered(self._tx, log, raw.first, bodies, raw.bodies, known)
                if found:
                    self.brought.setdefault(log, {}).update(found)
            if overlap == len(raw.headers):
                return None
            raw = raw.after(overlap)
        if log.channel != REGISTRY and self.standing.roster.station_of(log.author) is None:
            raise Refused(Code.NOT_ADMITTED, WHY[Code.NOT_ADMITTED])
        try:
            run = check_run(self._network.id, raw, tail)
        except Refused as refusal:
            if refusal.code == Code.FORK and tail is not None:
                held, _ = self._tx.range(log, tail.seq, tail.seq)
                self._note_fork(held, raw)
            raise
        self._tails[log] = run.tail
        return run

    def _note_fork(self, held: list[bytes], raw: RawRun) -> None:
        network, roster = self._network.id, self.standing.roster
        self._prove(lambda: find_fork(self._tx, network, roster, held, raw))

    def _known_lines(self, log: LogId, first: int, count: int) -> tuple[list[bytes], list[bytes]]:
        """Header lines held, and those of registry runs of this text that wait to be stored; and
        the body lines of the former."""
        lines, bodies = self._tx.range(log, first, first + count - 1)
        for run in self._waiting.get(log, ()):
            start = first + len(lines) - run.first
            lines = lines + run.headers[start : start + count - len(lines)]
        return lines, bodies

    def _tail(self, log: LogId) -> Tail | None:
        """Where a log stands, runs of this text that were verified before included."""
        if log not in self._tails:
            self._tails[log] = self._tx.head(log)
        return self._tails[log]

    def _good_part(
        self, run: Run, roster: Roster, opened: Sequence[Run] = ()
    ) -> tuple[Run | None, Refused | None]:
        """The longest part of a verified run, from its first entry on, that may be stored.

        The verdict is one on entries: however a log was cut into runs, the same ones are stored.
        ``opened`` are runs of this text that begin logs and will be stored before it.
        """
        if run.first == 0 and (refusal := self._epochs_fault(run, roster, opened)):
            return None, refusal
        count, code = roster.admitted_part(run.log, run.first, run.times, run.ids)
        fault = None if code is None else Refused(code, WHY[code])
        early = bisect_right(run.times, self._now_ms + FUTURE_MS_MAX)
        if early < count:
            count = early
            fault = Refused(
                Code.HELD_FUTURE,
                "signed at a time that is still to come",
                wait_ms=run.times[early] - self._now_ms - FUTURE_MS_MAX,
            )
        if count:
            kept, over = quota_part(self._tx, run, roster.quotas(run.log.author))
            if kept < count:
                count, fault = kept, over
        if fault is None or count == 0:
            return (run if fault is None else None), fault
        try:
            return shorten(run, count), fault
        except Refused as refusal:
            self._prove(lambda: prove_flaw(self._network.id, run.headers))
            return None, refusal

    def _prove(self, prove: Callable[[], Found | None]) -> None:
        """Keep a proof against an author, if there is one; a text is worth only so many tries."""
        if self._tries > 0:
            self._tries -= 1
            found = prove()
            if found is not None:
                self.evidence.append(found)

    def _epochs_fault(self, run: Run, roster: Roster, opened: Sequence[Run]) -> Refused | None:
        """What stands against another epoch where there are enough in a year (SPEC 6.8.1)."""
        author, channel, epoch = run.log
        epochs = self._tx.epochs(author, channel)
        if len(epochs) + len(opened) < EPOCHS_PER_YEAR_MAX:
            return None
        first = {each.log: each.headers[0] for each in (*opened, run)}
        if len(epochs) + len(first) <= EPOCHS_PER_YEAR_MAX:
            return None
        held = (LogId(author, channel, each) for each in epochs)
        standing = [log for log in (*held, *first) if roster.disputed(log) != 0]
        crowd = find_crowd(epoch, [log.epoch for log in standing])
        if not crowd:
            return None

        def prove() -> Found | None:
            logs = (LogId(author, channel, each) for each in crowd)
            lines = (first.get(log) or self._tx.range(log, 0, 0)[0][0] for log in logs)
            return prove_epochs(self._network.id, lines)

        self._prove(prove)
        return Refused(
            Code.OVER_QUOTA, f"more than {EPOCHS_PER_YEAR_MAX} epochs of this log in one year"
        )

    def _conclude(self, raw: RawRun, part: Run | None, fault: Refused | None) -> Outcome:
        """Store what may be stored of a run; what is refused of it is asked for again."""
        if part is not None:
            stored = self._store(part)
        return stored if fault is None else self._refuse(raw, fault)

    def _store(self, run: Run) -> Outcome:
        if self._erasing is None:
            self._erasing = Erasing(self._tx, self.standing.roster)
        erased = self._erasing.of_run(run)
        run = drop_erased(run, erased)
        self._tx.append(run, self.source, erased)
        self._tx.release(run.log)
        self.runs.append(run)
        return Outcome(run.log, run.first, len(run.ids), ACCEPTED, run.tail.seq + 1)

    def _duplicate(self, raw: RawRun) -> Outcome:
        assert raw.log is not None
        tail = self._tail(raw.log)
        assert tail is not None
        return Outcome(raw.log, raw.first, len(raw.headers), DUPLICATE, tail.seq + 1)

    def _refuse(self, raw: RawRun, refusal: Refused) -> Outcome:
        log = raw.log
        if log is None:
            return Outcome(None, raw.first, len(raw.headers), refusal.code, None, refusal.detail)
        held = self._tx.head(log)
        wanted = 0 if held is None else held.seq + 1
        self._tails[log] = held
        self._refused.setdefault(log, refusal)
        after_ms = refusal.wait_ms or RETRY_AFTER_MS.get(refusal.code)
        if self.source and after_ms is not None and self._refused[log] is refusal:
            retry_at = self._now_ms + after_ms
            self._tx.hold(HeldRun(self.source, log, wanted, refusal.code, refusal.detail, retry_at))
        return Outcome(
            log, raw.first, len(raw.headers), refusal.code, wanted, refusal.detail,
            after_ms if refusal.code in OF_TIME else None,
        )  # fmt: skip

    # -- the registry

    def _take_registry(self, raws: dict[int, RawRun]) -> dict[int, Outcome]:
        good: dict[int, Run] = {}
        faults: dict[int, Refused] = {}
        repeated: dict[int, RawRun] = {}
        for index, raw in raws.items():
            try:
                run = self._check(raw)
            except Refused as refusal:
                faults[index] = refusal
                if raw.log is not None:
                    self._refused.setdefault(raw.log, refusal)
                continue
            if run is None:
                repeated[index] = raw
            else:
                good[index] = run
                self._waiting[run.log].append(run)
        standing = self._admit(good, faults)
        if good:
            self._adopt(standing, {id_.decode() for run in good.values() for id_ in run.ids})
        outcomes = {
            index: self._conclude(raws[index], good.get(index), faults.get(index))
            for index in sorted({*good, *faults})
        }
        self._waiting.clear()
        for index, raw in repeated.items():
            fault = self._refused.get(raw.log) if raw.log is not None else None
            outcomes[index] = self._refuse(raw, fault) if fault else self._duplicate(raw)
        return outcomes

    def _admit(self, good: dict[int, Run], faults: dict[int, Refused]) -> Standing:
        """Fold with every candidate, drop what does not come out admitted, fold again."""
        while good:
            standing = self.standing.grow(list(entries_of(good.values())))
            ended: dict[LogId, Refused] = {}
            for index, run in sorted(good.items()):
                earlier = (each for other, each in good.items() if other < index)
                opened = (
                    [each for each in earlier if _is_sister(each, run)] if not run.first else []
                )
                part, fault = self._good_part(run, standing.roster, opened)
                if run.log in ended:
                    part, fault = None, Refused(Code.GAP, "an earlier run of this log was refused")
                if fault is not None:
                    faults[index] = ended[run.log] = fault
                    good.pop(index)
                    good |= {} if part is None else {index: part}
            if not ended:
                return standing
        return self.standing

    def _adopt(self, standing: Standing, fresh: set[str]) -> None:
        """Take over a new roster: what it changes of earlier entries, heads and held runs."""
        old, roster = self.standing, standing.roster
        self.standing = standing
        self._erasing = None
        self._tx.recall(OF_THE_ROSTER)
        self.must_refold = is_judged_anew(old.roster, roster, fresh)
        for author in sorted(roster.moved_since(old.roster).intersection(self._tx.authors())):
            before, after = old.roster.station_of(author), roster.station_of(author)
            if place_of(old.roster, before) != place_of(roster, after):
                self.must_refold = True
                self._show_heads(author, roster)
        if old.roster.disputes != roster.disputes:
            self.must_refold = True
            for author in {log.author for log in roster.disputes.positions}:
                self._show_heads(author, roster)

    def _show_heads(self, author: str, roster: Roster) -> None:
        """Heads end where a revocation cut the log, or before its first disputed entry."""
        for stored in self._tx.logs(author):
            cut, disputed = roster.cut(stored.log), roster.disputed(stored.log)
            if disputed is not None:
                cut = disputed - 1 if cut is None else min(cut, disputed - 1)
            if cut is None or cut >= stored.tail.seq:
                public: Tail | None = stored.tail
            elif cut < 0:
                public = None
            else:
                entry = self._tx.entry(stored.log, cut)
                public = Tail(cut, entry.id, entry.header.time)
            self._tx.show_head(stored.log, public)


def _is_sister(one: Run, other: Run) -> bool:
    """Whether both begin logs of one author's channel."""
    return one.first == other.first and one.log[:2] == other.log[:2]
