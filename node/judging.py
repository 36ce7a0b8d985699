"""Is a stored entry meaningful, and if not, why (DESIGN 1.3, third question).

The first two questions, chain-valid and admitted, are answered at the door; what passed them is
kept whatever the answer here.
"""

from typing import NamedTuple

from node.projection import Fact
from node.store import StoredRun
from protocol.acts import ACT_KINDS, REGISTRY
from protocol.chain import Run
from protocol.entry import Entry
from protocol.errors import Inert, Reason
from protocol.header import LogId, entry_id, parse_header
from protocol.records import Record, check_subject, parse_record
from protocol.roster import Roster

NOBODY = "-"
"""The station of an author the roster does not know."""


class Author(NamedTuple):
    """What the roster says of one log's author: its station, its tier, where the log was cut,
    and the first seq at which it is disputed."""

    station: str
    tier: str | None
    cut: int | None
    disputed: int | None = None

    def sets_aside(self, log: LogId, seq: int, kind: str) -> bool:
        """Whether a dispute takes an entry's effect; acts on memberships keep theirs (SPEC 5.9)."""
        is_act = log.channel == REGISTRY and kind in ACT_KINDS
        return self.disputed is not None and seq >= self.disputed and not is_act


def author_of(roster: Roster, log: LogId) -> Author:
    """Look the author of a log up, once for all its entries."""
    station = roster.station_of(log.author)
    if station is None:
        return Author(NOBODY, None, None)
    return Author(station.id, roster.tier(station.id), roster.cut(log), roster.disputed(log))


def judge_run(roster: Roster, run: Run) -> list[Fact]:
    """Judge every entry of a run as it came through the door."""
    author = author_of(roster, run.log)
    seqs = range(run.first, run.first + len(run))
    rows = zip(seqs, run.ids, run.times, run.kinds, run.subjects, run.bodies, strict=True)
    return [
        _judge(
            roster, author, run.log, body,
            id_=id_.decode(), seq=seq, time=time, kind=kind.decode(), subject=subject.decode(),
        )
        for seq, id_, time, kind, subject, body in rows
    ]  # fmt: skip


def judge_stored(roster: Roster, run: StoredRun) -> list[Fact]:
    """Judge every entry of a stored run anew, but for those of a disputed part that are kept."""
    author = author_of(roster, run.log)
    kept = roster.disputes.kept
    entries = [
        Entry(parse_header(line), entry_id(line), line, body)
        for line, body in zip(*run.lines(), strict=True)
    ]
    return [_judge_entry(roster, author, each) for each in entries if each.id not in kept]


def judge_kept(roster: Roster) -> list[Fact]:
    """Judge the entries that stay in force though their part of a log is disputed (SPEC 5.9).

    They are the same on every node, whichever branch it took first, and come in the order of ids.
    """
    return [
        _judge_entry(roster, author_of(roster, entry.header.log)._replace(disputed=None), entry)
        for _, entry in sorted(roster.disputes.kept.items())
    ]


def _judge_entry(roster: Roster, author: Author, entry: Entry) -> Fact:
    header = entry.header
    return _judge(
        roster, author, header.log, entry.body, id_=entry.id, seq=header.seq,
        time=header.time, kind=header.kind, subject=header.subject,
    )  # fmt: skip


def _judge(
    roster: Roster,
    author: Author,
    log: LogId,
    body: bytes,
    *,
    id_: str,
    seq: int,
    time: int,
    kind: str,
    subject: str,
) -> Fact:
    record: Record | None = None
    reason = detail = ""
    try:
        if author.cut is not None and seq > author.cut:
            raise Inert(Reason.REVOKED, "beyond where its author's log was cut")
        if author.sets_aside(log, seq, kind):
            raise Inert(
                Reason.DISPUTED, "there is evidence against its author for a position up to here"
            )
        said = parse_record(kind, log.channel, body)
        check_subject(said, subject)
        _check_level(roster, author, id_, said)
        record = said
    except Inert as inert:
        reason, detail = inert.reason, inert.detail
    return Fact(id_, log, seq, time, kind, subject, author.station, record, reason, detail)


def _check_level(roster: Roster, author: Author, id_: str, record: Record) -> None:
    tiers = record.TIERS
    if tiers and author.tier not in tiers:
        allowed = " or ".join(sorted(tiers))
        raise Inert(Reason.BEYOND_LEVEL, f"for {allowed} stations; its author is {author.tier}")
    if not tiers and (detail := roster.inert.get(id_)) is not None:
        raise Inert(Reason.BEYOND_LEVEL, detail)
