"""Is a stored entry meaningful, and if not, why (DESIGN 1.3, third question).

The first two questions, chain-valid and admitted, are answered at the door; what passed them is
kept whatever the answer here.
"""

from collections.abc import Sequence

from node.erasure import Erasing
from node.projection import Fact
from node.standing import Author, author_of
from node.store import Reading, StoredRun
from protocol.chain import Run
from protocol.entry import Entry
from protocol.errors import Inert, Reason
from protocol.header import LogId, entry_id, parse_header
from protocol.records import BodyErased, Record, check_subject, parse_record
from protocol.roster import Roster


class Judge:
    """Judges entries by one roster, over one look at the store."""

    def __init__(self, reading: Reading, roster: Roster) -> None:
        """Look.

        Args:
            reading: says which bodies are erased, and what an erasure names; valid while used.
            roster: who may say what.
        """
        self._reading = reading
        self._roster = roster
        self._erasing = Erasing(reading, roster)

    def run(self, run: Run) -> list[Fact]:
        """Judge every entry of a run as it came through the door."""
        author = author_of(self._roster, run.log)
        marks = self._marks(run.log, run.first, run.bodies)
        seqs = range(run.first, run.first + len(run))
        rows = zip(seqs, run.ids, run.times, run.kinds, run.subjects, run.bodies, strict=True)
        judge, log = self._judge, run.log
        return [
            judge(
                author, log, body, id_.decode(), seq, time, kind.decode(), subject.decode(),
                is_erased=bool(marks) and marks.get(seq, False),
            )
            for seq, id_, time, kind, subject, body in rows
        ]  # fmt: skip

    def stored(self, run: StoredRun) -> list[Fact]:
        """Judge every entry of a stored run anew, but those of a disputed part that are kept."""
        author = author_of(self._roster, run.log)
        kept = self._roster.disputes.kept
        lines, bodies = run.lines()
        marks = self._marks(run.log, run.first, bodies)
        entries = [
            Entry(parse_header(line), entry_id(line), line, body)
            for line, body in zip(lines, bodies, strict=True)
        ]
        return [
            self._entry(author, each, is_erased=marks.get(each.header.seq, False))
            for each in entries
            if each.id not in kept
        ]

    def kept(self) -> list[Fact]:
        """Judge the entries that stay in force though their part of a log is disputed (SPEC 5.9).

        They are the same on every node, whichever branch it took first, and come in the order of
        ids.
        """
        facts = []
        for _, entry in sorted(self._roster.disputes.kept.items()):
            log, seq = entry.header.log, entry.header.seq
            author = author_of(self._roster, log)._replace(disputed=None)
            is_erased = (seq, entry.id) in self._erasing.names(log, seq, seq)
            if is_erased and self._erasing.may(log, entry.header.kind):
                facts.append(self._entry(author, entry._replace(body=b""), is_erased=True))
            else:
                facts.append(self._entry(author, entry))
        return facts

    def _marks(self, log: LogId, first: int, bodies: Sequence[bytes]) -> dict[int, bool]:
        if b"" not in bodies:
            return {}
        return self._reading.absent(log, first, first + len(bodies) - 1)

    def _entry(self, author: Author, entry: Entry, *, is_erased: bool = False) -> Fact:
        header = entry.header
        return self._judge(
            author, header.log, entry.body, entry.id, header.seq, header.time,
            header.kind, header.subject, is_erased=is_erased,
        )  # fmt: skip

    def _judge(
        self,
        author: Author,
        log: LogId,
        body: bytes,
        id_: str,
        seq: int,
        time: int,
        kind: str,
        subject: str,
        *,
        is_erased: bool,
    ) -> Fact:
        record: Record | None = None
        reason = detail = ""
        try:
            if author.cut is not None and seq > author.cut:
                raise Inert(Reason.REVOKED, "beyond where its author's log was cut")
            if author.disputed is not None and author.sets_aside(log, seq, kind):
                raise Inert(
                    Reason.DISPUTED,
                    "there is evidence against its author for a position up to here",
                )
            said = parse_record(kind, log.channel, body)
            check_subject(said, subject)
            _check_level(self._roster, author, id_, said)
            if isinstance(said, BodyErased) and (fault := self._erasing.fault(log, said)):
                raise Inert(Reason.BAD_RECORD, fault)
            record = said
        except Inert as inert:
            reason, detail = inert.reason, inert.detail
            if reason == Reason.ABSENT and is_erased:
                reason, detail = Reason.ERASED, "its author erased the body"
        return Fact(id_, log, seq, time, kind, subject, author.station, record, reason, detail)


def _check_level(roster: Roster, author: Author, id_: str, record: Record) -> None:
    tiers = record.TIERS
    if tiers and author.tier not in tiers:
        allowed = " or ".join(sorted(tiers))
        raise Inert(Reason.BEYOND_LEVEL, f"for {allowed} stations; its author is {author.tier}")
    if not tiers and (detail := roster.inert.get(id_)) is not None:
        raise Inert(Reason.BEYOND_LEVEL, detail)
