"""What erasures do to the entries held: bodies are dropped, whatever came first (SPEC 4.6).

An erasure counts by the roster: both entries are of one station, and the erasure itself is neither
beyond a cut nor disputed. So what it names is kept as it came, and asked anew when that changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from node.standing import Author, author_of
from node.store import Erasure, Place, Reading, Writing
from protocol.chain import Run
from protocol.erasing import Named, erasure_fault, may_erase
from protocol.header import LogId, entry_id, parse_header
from protocol.keys import digest
from protocol.records import BodyErased, find_record
from protocol.roster import Roster

_KIND = BodyErased.KIND.encode()
_MARKED = "absence"
_MARKED_AS = "1"


class Erasing:
    """What is erased, by the erasures held and a roster."""

    def __init__(self, reading: Reading, roster: Roster) -> None:
        """Look.

        Args:
            reading: valid while this is used.
            roster: by which erasures count.
        """
        self._reading = reading
        self._roster = roster
        self._carried = _carried(roster)
        self._is_any = bool(self._carried) or reading.has_erasures()
        self._authors: dict[LogId, Author] = {}

    def names(self, log: LogId, first: int, last: int) -> set[tuple[int, str]]:
        """Seqs and ids of a range of a log that erasures in force name; the kind is not asked."""
        if not self._is_any:
            return set()
        found = [*self._reading.erasures(log, first, last), *self._carried_of(log)]
        return {(each.seq, each.id) for each in found if self.counts(each)}

    def find(self, log: LogId, seq: int) -> list[Erasure]:
        """The erasures in force that name the entry at a position, whatever its kind."""
        found = [*self._reading.erasures(log, seq, seq), *self._carried_of(log)]
        return [each for each in found if each.seq == seq and self.counts(each)]

    def counts(self, erasure: Erasure) -> bool:
        """Whether an erasure is in force, and of the station whose entry it names."""
        author = self._author(erasure.by)
        if author.cut is not None and erasure.by_seq > author.cut:
            return False
        is_disputed = author.disputed is not None and erasure.by_seq >= author.disputed
        if is_disputed and erasure.by_id not in self._roster.disputes.kept:
            return False
        return self._station_of(erasure.log.author) == author.station

    def fault(self, log: LogId, record: BodyErased) -> str:
        """Why an erasure that stands in a log has no effect; empty where it has, or may have."""
        station = self._author(log).station
        return erasure_fault(record, log.channel, station, self._station_of, self._find_standing)

    def of_run(self, run: Run) -> frozenset[int]:
        """The seqs of a run, new to the store, whose bodies are erased."""
        named = self.names(run.log, run.first, run.first + len(run) - 1)
        if not named:
            return frozenset()
        ids = {seq: id_.decode() for seq, id_ in enumerate(run.ids, run.first)}
        return frozenset(
            seq
            for seq, id_ in named
            if ids[seq] == id_ and self.may(run.log, run.kinds[seq - run.first].decode())
        )

    def may(self, log: LogId, kind: str) -> bool:
        """Whether entries of a kind in a log may be erased by its author's station at all."""
        station = self._station_of(log.author)
        return station is not None and may_erase(station, self._station_of, log.author, kind)

    def _author(self, log: LogId) -> Author:
        if log not in self._authors:
            self._authors[log] = author_of(self._roster, log)
        return self._authors[log]

    def _station_of(self, key: str) -> str | None:
        station = self._roster.station_of(key)
        return None if station is None else station.id

    def _find_standing(self, log: LogId, seq: int) -> Named | None:
        """The entry held at a position, where every node holds the same."""
        author = self._author(log)
        is_cut = author.cut is not None and seq > author.cut
        if is_cut or (author.disputed is not None and seq >= author.disputed):
            return None
        headers, _ = self._reading.range(log, seq, seq)
        return Named(entry_id(headers[0]), parse_header(headers[0]).kind) if headers else None

    def _carried_of(self, log: LogId) -> Iterable[Erasure]:
        return (each for each in self._carried if each.log == log)


def _carried(roster: Roster) -> list[Erasure]:
    """What erasures name that stay in force though their part of a log is disputed (SPEC 5.9)."""
    found: list[Erasure] = []
    for entry in roster.disputes.kept.values():
        header = entry.header
        if header.kind == BodyErased.KIND:
            found += _read_erasures(header.log, header.seq, entry.id, entry.body)
    return found


def _read_erasures(log: LogId, seq: int, id_: str, body: bytes) -> list[Erasure]:
    record = find_record(BodyErased.KIND, log.channel, body)
    if record is None:
        return []
    assert isinstance(record, BodyErased)
    return [
        Erasure(named_log, named.seq, named.id, log, seq, id_)
        for named_log, named in record.places(log.channel)
    ]


def drop_erased(run: Run, erased: frozenset[int]) -> Run:
    """The run without the bodies of these seqs."""
    if not erased:
        return run
    bodies = [b"" if seq in erased else body for seq, body in enumerate(run.bodies, run.first)]
    return replace(run, bodies=bodies)


def read_offered(
    reading: Reading, log: LogId, first: int, held: Sequence[bytes], offered: Sequence[bytes],
    headers: Sequence[bytes],
) -> dict[int, bytes]:  # fmt: skip
    """Of bodies that came with entries held already, those that are lacking here.

    Args:
        reading: the store.
        log: the log.
        first: the seq of the first entry.
        held: the body lines held, empty ones among them.
        offered: those that came; nothing of them is believed.
        headers: the header lines, which are the ones held.
    """
    marks = reading.absent(log, first, first + len(held) - 1)
    found = {}
    for seq, (body, line) in enumerate(zip(offered, headers, strict=False), first):
        if body and marks.get(seq) is False:
            header = parse_header(line)
            if len(body) == header.size and digest(body) == header.digest:
                found[seq] = body
    return found


def settle_erasures(
    tx: Writing, roster: Roster, runs: Sequence[Run], filled: Mapping[LogId, Mapping[int, bytes]]
) -> set[Place]:
    """After runs were stored and bodies filled in: drop what is erased by them.

    Args:
        tx: where they were stored.
        roster: by which erasures count.
        runs: those stored.
        filled: bodies that were absent before, by log and seq.

    Returns:
        The positions, of these runs and of earlier ones, whose entries are to be judged anew.
    """
    fresh = [each for run in runs for each in _erasures_in(run)]
    for log, bodies in filled.items():
        for seq, body in bodies.items():
            entry = tx.entry(log, seq)
            if entry.header.kind == BodyErased.KIND:
                fresh += _read_erasures(log, seq, entry.id, body)
    if fresh:
        tx.add_erasures(fresh)
    elif not tx.has_erasures():
        return set()
    touched = {(each.by, each.by_seq) for run in runs for each in _naming(tx, run)}
    erasing = Erasing(tx, roster)
    for log in dict.fromkeys(each.log for each in fresh):
        touched |= _apply(tx, erasing, log, [each for each in fresh if each.log == log])
    return touched


def settle_all(tx: Writing, roster: Roster) -> None:
    """After the roster changed what stands: drop what is erased now, ask for what is not any more.

    Read models are to be folded anew by whoever calls this.
    """
    erasing = Erasing(tx, roster)
    by_log: dict[LogId, list[Erasure]] = {}
    for each in [*tx.erasures(), *_carried(roster)]:
        by_log.setdefault(each.log, []).append(each)
    for log, erasures in by_log.items():
        _apply(tx, erasing, log, erasures)
    for log, seq, erased in tx.list_marked():
        if erased and (seq, tx.entry(log, seq).id) not in erasing.names(log, seq, seq):
            tx.mark_erased(log, seq, erased=False)


def prepare_absence(tx: Writing, roster: Roster) -> None:
    """Find out once, for a store that was written without it, which bodies are not held."""
    if tx.meta(_MARKED) == _MARKED_AS:
        return
    tx.find_absence()
    for run in tx.log_runs():
        if _KIND in run.headers:
            for seq, (line, body) in enumerate(zip(*run.lines(), strict=True), run.first):
                if parse_header(line).kind == BodyErased.KIND:
                    tx.add_erasures(_read_erasures(run.log, seq, entry_id(line), body))
    settle_all(tx, roster)
    tx.set_meta(_MARKED, _MARKED_AS)


def _erasures_in(run: Run) -> list[Erasure]:
    if _KIND not in run.kinds:
        return []
    found: list[Erasure] = []
    for seq, (kind, id_, body) in enumerate(
        zip(run.kinds, run.ids, run.bodies, strict=True), run.first
    ):
        if kind == _KIND:
            found += _read_erasures(run.log, seq, id_.decode(), body)
    return found


def _naming(tx: Writing, run: Run) -> list[Erasure]:
    """What names entries of a run: it may turn out to have no right to."""
    return tx.erasures(run.log, run.first, run.first + len(run) - 1)


def _apply(tx: Writing, erasing: Erasing, log: LogId, erasures: Sequence[Erasure]) -> set[Place]:
    """Drop the bodies of what is held; the positions that changed."""
    marks = {}
    for each in erasures:
        marks.update(tx.absent(log, each.seq, each.seq))
    held: list[int] = []
    touched: set[Place] = set()
    for each in erasures:
        if each.seq in held or marks.get(each.seq) or not erasing.counts(each):
            continue
        headers, _ = tx.range(log, each.seq, each.seq)
        if not headers or entry_id(headers[0]) != each.id:
            continue
        if not erasing.may(log, parse_header(headers[0]).kind):
            continue
        touched.add((log, each.seq))
        if each.seq in marks:
            tx.mark_erased(log, each.seq, erased=True)
        else:
            held.append(each.seq)
    if held:
        tx.erase(log, held)
    return touched
