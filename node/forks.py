"""What a node does about evidence it saw: it shows it, and keeps what was built upon (DESIGN 1.4).

Forks, lines their authors did not sign and epochs too many are dealt with alike. The proof is put
aside in the transaction that saw it, and shown in this node's own registry log once it may
publish. From then on every node reads the same dispute from it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from node.errors import ConflictError, InvalidError
from node.store import Reading, Writing
from protocol.acts import ACT_KINDS, REGISTRY
from protocol.chain import RawRun
from protocol.disputes import EVIDENCE
from protocol.entry import Entry, Tail
from protocol.errors import Code, Inert, Refused
from protocol.forks import Dispute, prove_fork
from protocol.header import LogId, entry_id, parse_header
from protocol.limits import BODY_BYTES_MAX, FORK_HEADERS_MAX
from protocol.records import (
    EntryKept,
    EpochsShown,
    FlawShown,
    ForkShown,
    LogOpened,
    parse_record,
)
from protocol.roster import Roster

Evidence = ForkShown | FlawShown | EpochsShown
Found = tuple[Evidence, Dispute]
"""A proof, and what it proves."""

_SEEN = "seen "
_KEPT = "kept "
CARRIED_BYTES_MAX = BODY_BYTES_MAX - 4096
"""An entry longer than this, written as JSON in another, may not fit and is not kept."""


class Showing(NamedTuple):
    """What to publish about forks, and the notes that are done with once it is."""

    records: tuple[Evidence | EntryKept, ...]
    seen: tuple[str, ...]
    kept: tuple[str, ...]


def cut_disputed(raw: RawRun, tail: Tail | None, position: int | None) -> RawRun:
    """The part of a run before the first disputed position of its log; all where none is.

    A log held beyond that position is compared with the whole run: it may show an earlier fork.

    Raises:
        Refused: ``fork`` when nothing of the run lies before it.
    """
    if position is None or (tail is not None and tail.seq >= position):
        return raw
    count = position - raw.first
    if count <= 0:
        raise Refused(Code.FORK, "there is evidence against its author up to this position")
    return RawRun(raw.log, raw.first, raw.headers[:count], raw.bodies[:count])


def find_fork(
    tx: Writing, network: str, roster: Roster, held: Sequence[bytes], raw: RawRun
) -> tuple[ForkShown, Dispute] | None:
    """The proof that a member forked a log, unless as early a fork of it is known.

    Args:
        tx: where the first branch is stored.
        network: this network's id.
        roster: who is a member and which disputes are known.
        held: the header lines held at the positions of the run, or the one before it.
        raw: the run that does not fit to them.
    """
    log = raw.log
    if log is None or roster.station_of(log.author) is None:
        return None
    pairs = enumerate(zip(held, raw.headers, strict=False))
    start = next((index for index, (one, other) in pairs if one != other), 0)
    seq = parse_header(held[start]).seq
    stored, _ = tx.range(log, seq, seq + FORK_HEADERS_MAX)
    found = prove_fork(network, stored or held[start:], raw.headers[start:])
    if found is None:
        return None
    known = roster.disputed(log)
    return found if known is None or found[1].seq < known else None


def note_evidence(tx: Writing, record: Evidence, dispute: Dispute) -> None:
    """Put a proof aside until it is shown; of one log the earliest position is."""
    tx.set_meta(f"{_SEEN}{record.KIND} {_name(dispute)}", record.body().decode())


def find_showing(reading: Reading, roster: Roster, network: str, key: str) -> Showing:
    """What this node has to say about forks now.

    Args:
        reading: a look at the store.
        roster: who is a member and which disputes are known.
        network: this network's id.
        key: this node's own key.
    """
    records: list[Evidence | EntryKept] = []
    notes = reading.metas(_SEEN)
    shown: dict[LogId, int] = dict(roster.disputes.positions)
    for name, text in notes.items():
        kind = name.split(" ")[1]
        record = parse_record(kind, REGISTRY, text.encode())
        assert isinstance(record, Evidence)
        log, seq = EVIDENCE[kind](network, record.body())
        if seq < shown.get(log, seq + 1):
            shown[log] = seq
            records.append(record)
    done = reading.metas(_KEPT)
    fresh = [each for each in _disputes(roster) if f"{_KEPT}{_name(each)}" not in done]
    if fresh:
        records += _find_kept(reading, roster, fresh, key)
    return Showing(tuple(records), tuple(notes), tuple(f"{_KEPT}{_name(each)}" for each in fresh))


def settle_showing(tx: Writing, showing: Showing) -> None:
    """Note that what there was to say has been said."""
    for name in showing.seen:
        tx.drop_meta(name)
    for name in showing.kept:
        tx.set_meta(name, "1")


def _disputes(roster: Roster) -> list[Dispute]:
    return sorted(Dispute(log, seq) for log, seq in roster.disputes.positions.items())


def _name(dispute: Dispute) -> str:
    author, channel, epoch = dispute.log
    return f"{author} {channel} {epoch} {dispute.seq}"


def _find_kept(
    reading: Reading, roster: Roster, disputes: Sequence[Dispute], key: str
) -> Iterator[EntryKept]:
    """Acts on memberships in the disputed parts, and entries there that own ones name."""
    own = _named_by(reading, key)
    for log, seq in disputes:
        for entry in _entries(reading, log, seq):
            is_act = log.channel == REGISTRY and entry.header.kind in ACT_KINDS
            is_wanted = is_act or (log.author != key and entry.id in own)
            if is_wanted and entry.id not in roster.disputes.kept:
                record = _carry(entry)
                if record is not None:
                    yield record


def _carry(entry: Entry) -> EntryKept | None:
    if len(entry.body) > CARRIED_BYTES_MAX or not entry.body:
        return None
    try:
        record = EntryKept(header=entry.line.decode("ascii"), content=entry.body.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return record if len(record.body()) <= BODY_BYTES_MAX else None


def _entries(reading: Reading, log: LogId, first: int = 0) -> Iterator[Entry]:
    for run in reading.runs(log, first):
        for line, body in zip(*run.lines(), strict=True):
            yield Entry(parse_header(line), entry_id(line), line, body)


def _named_by(reading: Reading, author: str) -> set[str]:
    """The ids that an author's entries name, in SUBJECT or in their bodies."""
    named: set[str] = set()
    for run in reading.log_runs(author=author):
        for line, body in zip(*run.lines(), strict=True):
            header = parse_header(line)
            named.add(header.subject)
            try:
                record = parse_record(header.kind, header.channel, body)
            except Inert:
                continue
            if not isinstance(record, LogOpened):
                named.update(record.references())
    return named


class ForkSeen(NamedTuple):
    """A dispute that this node knows of: in a log of ``station``, from ``seq`` on.

    ``disputed`` counts the entries held from there on, ``kept`` those in force in spite of it.
    """

    station: str
    author: str
    channel: str
    epoch: int
    seq: int
    disputed: int
    kept: int


def find_forks(reading: Reading, roster: Roster) -> list[ForkSeen]:
    """Every fork the registry shows, in the order of logs."""
    kept = Counter(entry.header.log for entry in roster.disputes.kept.values())
    found = []
    for log, seq in _disputes(roster):
        station, tail = roster.station_of(log.author), reading.head(log)
        held = 0 if tail is None else max(0, tail.seq + 1 - seq)
        name = station.id if station is not None else ""
        found.append(ForkSeen(name, *log, seq, held, kept[log]))
    return found


def carry_entry(entry: Entry, roster: Roster) -> EntryKept:
    """The record by which a station stands by an entry of a disputed part (SPEC 5.9).

    Raises:
        ConflictError: the entry is not disputed, or is kept already.
        InvalidError: it is too long to be carried in another, or its body is not held.
    """
    if not roster.disputes.covers(entry.header.log, entry.header.seq):
        raise ConflictError("this entry is not disputed", "it is in force as it is")
    if entry.id in roster.disputes.kept:
        raise ConflictError("this entry is kept in force already")
    record = _carry(entry)
    if record is None:
        raise InvalidError("this entry is too long to be carried", "publish its content anew")
    return record
