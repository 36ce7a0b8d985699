"""Forks: the proof that an author signed two entries for one position of a log (SPEC 5.8).

A header line states its own id at its SEQ and its PREV at the SEQ before. Lines that chain up to
one whose signature holds are stated by their author. Two such stretches of one log that state
different ids for one position are the proof; every node reads the same position from it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from protocol.acts import REGISTRY
from protocol.entry import Entry
from protocol.errors import Inert, Reason, Refused
from protocol.header import LogId, entry_id, is_header_signed, parse_header
from protocol.keys import digest
from protocol.limits import FORK_HEADERS_MAX
from protocol.records import EntryKept, ForkShown, parse_record
from protocol.remembering import remembered


class Dispute(NamedTuple):
    """A log and the first seq at which its author signed two entries."""

    log: LogId
    seq: int


@remembered
def read_fork(network: str, body: bytes) -> Dispute:
    """Verify the proof of a fork (SPEC 5.8); it needs nothing but itself.

    Args:
        network: this network's id, 16 hex digits.
        body: the body line of a ``fork.shown/1``.

    Raises:
        Inert: ``bad-json`` or ``bad-record`` with what is wrong.
    """
    record = parse_record(ForkShown.KIND, REGISTRY, body)
    assert isinstance(record, ForkShown)
    return _compare(network, record)


def _compare(network: str, record: ForkShown) -> Dispute:
    first, second = (
        read_stretch(network, [line.encode() for line in branch], "branches")
        for branch in record.branches
    )
    if first[0] != second[0]:
        raise Inert(Reason.BAD_RECORD, "branches: of two logs")
    differing = [seq for seq, id_ in first[1].items() if second[1].get(seq, id_) != id_]
    if not differing:
        raise Inert(Reason.BAD_RECORD, "branches: they differ at no position both speak of")
    return Dispute(first[0], min(differing))


def read_stretch(network: str, lines: Sequence[bytes], member: str) -> tuple[LogId, dict[int, str]]:
    """The log of a stretch of header lines its author stated, and the id of each position.

    Args:
        network: this network's id.
        lines: consecutive header lines, chained by PREV; the last one's own SIG must hold.
        member: the member of the record they stand in, for the reason.

    Raises:
        Inert: ``bad-record`` with what is wrong.
    """
    try:
        headers = [parse_header(line) for line in lines]
    except Refused as fault:
        raise Inert(Reason.BAD_RECORD, f"{member}: {fault.detail}") from None
    log, seq = headers[0].log, headers[0].seq
    stated = {seq - 1: headers[0].prev} if seq else {}
    for index, (header, line) in enumerate(zip(headers, lines, strict=True)):
        if header.network != network or header.log != log or header.seq != seq + index:
            raise Inert(Reason.BAD_RECORD, f"{member}: not consecutive entries of one log here")
        if header.prev != stated.get(header.seq - 1, "-"):
            raise Inert(Reason.BAD_RECORD, f"{member}: prev is not the entry before")
        stated[header.seq] = entry_id(line)
    if not is_header_signed(lines[-1], log.author):
        raise Inert(Reason.BAD_RECORD, f"{member}: the last line is not signed by its author")
    return log, stated


def prove_fork(
    network: str, held: Sequence[bytes], other: Sequence[bytes]
) -> tuple[ForkShown, Dispute] | None:
    """The shortest proof of a fork that two stretches of header lines allow, if they prove one.

    Args:
        network: this network's id.
        held: consecutive header lines as stored, from the position in question on.
        other: lines that claim to be entries of the same log; nothing of them is believed.
    """
    branches = tuple(_up_to_signature(lines) for lines in (held, other))
    if not all(branches):
        return None
    record = ForkShown(branches=branches)
    try:
        return record, _compare(network, record)
    except Inert:
        return None


def _up_to_signature(lines: Sequence[bytes]) -> tuple[str, ...]:
    for count, line in enumerate(lines[:FORK_HEADERS_MAX], 1):
        try:
            author = parse_header(line).author
        except Refused:
            break
        if is_header_signed(line, author):
            return tuple(each.decode("ascii") for each in lines[:count])
    return ()


@remembered
def read_kept(network: str, body: bytes) -> Entry:
    """Verify the entry that an ``entry.kept/1`` carries (SPEC 5.9).

    Args:
        network: this network's id.
        body: the body line of the carrying entry.

    Raises:
        Inert: ``bad-json`` or ``bad-record`` with what is wrong.
    """
    record = parse_record(EntryKept.KIND, REGISTRY, body)
    assert isinstance(record, EntryKept)
    line, kept = record.header.encode(), record.content.encode()
    try:
        header = parse_header(line)
    except Refused as fault:
        raise Inert(Reason.BAD_RECORD, f"header: {fault.detail}") from None
    if header.network != network or not is_header_signed(line, header.author):
        raise Inert(Reason.BAD_RECORD, "header: not signed by its author for this network")
    if header.size != len(kept) or header.digest != digest(kept):
        raise Inert(Reason.BAD_RECORD, "content: not the body signed for")
    return Entry(header, entry_id(line), line, kept)
