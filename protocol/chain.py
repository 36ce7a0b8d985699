"""From bytes to verified runs: the pure stage every entry passes once (SPEC 5).

:func:`split_text` cuts log text into :class:`RawRun` values without believing any of it;
:func:`check_run` is the one function that turns a raw run into a :class:`Run`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from protocol.entry import Entry, Tail
from protocol.errors import Code, Refused
from protocol.header import (
    HASH_TEXT,
    INTEGER_TEXT,
    KIND_TEXT,
    SIGNATURE_TEXT,
    LogId,
    is_header_signed,
    parse_header,
)
from protocol.keys import digest_b64
from protocol.limits import (
    BODY_BYTES_MAX,
    BODY_BYTES_MIN,
    HEADER_BYTES_MAX,
    INTEGER_MAX,
    KIND_BYTES_MAX,
    PERMANENT_CHANNELS,
    RUN_BYTES_MAX,
    RUN_ENTRIES_MAX,
)

OPENED = "log.opened/1"
OPENED_BYTES = OPENED.encode()

_AFTER_PREV = re.compile(
    f"({INTEGER_TEXT}) ({KIND_TEXT}) (-|{HASH_TEXT}) "
    f"({INTEGER_TEXT}) ({HASH_TEXT}) {SIGNATURE_TEXT}".encode()
)

_SIZE = re.compile(rb"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class RawRun:
    """Lines that claim to be consecutive entries of one log; nothing of it is verified.

    ``fault`` is set when the lines cannot even be read as entries of a log.
    """

    log: LogId | None
    first: int
    headers: list[bytes]
    bodies: list[bytes]
    fault: Refused | None = None

    def after(self, count: int) -> "RawRun":
        """The same run without its first ``count`` entries."""
        return RawRun(self.log, self.first + count, self.headers[count:], self.bodies[count:])


@dataclass(frozen=True, slots=True)
class Run:
    """A verified run: 1..256 consecutive entries of one log, the last signature checked.

    The lists are parallel, one item an entry; lines and bodies are the bytes as received. ``tail``
    is where the log stands after it.
    """

    log: LogId
    first: int
    headers: list[bytes]
    bodies: list[bytes]
    ids: list[bytes]
    times: list[int]
    kinds: list[bytes]
    subjects: list[bytes]
    tail: Tail

    def __len__(self) -> int:
        return len(self.headers)

    def entries(self) -> Iterator[Entry]:
        """The entries one by one."""
        for line, body, id_ in zip(self.headers, self.bodies, self.ids, strict=True):
            yield Entry(parse_header(line), id_.decode("ascii"), line, body)


def join_text(headers: list[bytes], bodies: list[bytes]) -> bytes:
    """Write log text: header line, body line, header line ... each ended by one LF (SPEC 5.1)."""
    lines = [b""] * (2 * len(headers) + 1)
    lines[0:-1:2] = headers
    lines[1::2] = bodies
    return b"\n".join(lines)


def split_text(text: bytes) -> list[RawRun]:
    """Cut log text into raw runs of at most 256 entries and 512 KiB (SPEC 5.1).

    A text that does not end with a whole body line gives its whole entries and one last raw run
    with the fault ``malformed``.
    """
    lines = text.split(b"\n")
    rest = lines.pop()
    cut = rest != b"" or len(lines) % 2 == 1
    if len(lines) % 2:
        lines.pop()
    headers, bodies = lines[0::2], lines[1::2]
    runs = []
    start = 0
    while start < len(headers):
        end = _run_end(headers, bodies, start)
        runs.append(_raw_run(headers[start:end], bodies[start:end]))
        start = end
    if cut:
        fault = Refused(Code.MALFORMED, "the text ends inside an entry; send it again whole")
        runs.append(RawRun(None, 0, [], [], fault))
    return runs


def _log_prefix(line: bytes) -> bytes:
    """``yz1 NET AUTHOR CHANNEL EPOCH`` and a space, or the whole line where that is not there."""
    fields = line.split(b" ", 5)
    return line[: len(line) - len(fields[5])] if len(fields) == 6 else line


def _run_end(headers: list[bytes], bodies: list[bytes], start: int) -> int:
    prefix = _log_prefix(headers[start])
    size = 0
    end = start
    most = min(len(headers), start + RUN_ENTRIES_MAX)
    while end < most and headers[end].startswith(prefix):
        size += len(headers[end]) + (len(bodies[end]) or _stated_size(headers[end])) + 2
        if size > RUN_BYTES_MAX and end > start:
            break
        end += 1
    return end


def _stated_size(header: bytes) -> int:
    """The SIZE of an absent body: once it is filled in, the run must not outgrow its bound."""
    fields = header.split(b" ", 11)
    return int(fields[10]) if len(fields) == 12 and _SIZE.fullmatch(fields[10]) else 0


def _raw_run(headers: list[bytes], bodies: list[bytes]) -> RawRun:
    try:
        first = parse_header(headers[0])
    except Refused as fault:
        fault.line = 0
        return RawRun(None, 0, headers, bodies, fault)
    return RawRun(first.log, first.seq, headers, bodies)


def check_run(network: str, raw: RawRun, tail: Tail | None) -> Run:
    """Verify a raw run against where its log stands (SPEC 5.2).

    Every header's form and range, SEQ, PREV, TIME, every body's size and digest, and the last
    entry's signature are checked; inner signatures are the audit's.

    Args:
        network: this network's id, 16 hex digits.
        raw: at most 256 lines of one log.
        tail: the last entry held of the log, or None when none is.

    Raises:
        Refused: with the first rule that is broken and the index of the entry that breaks it.
    """
    if raw.fault is not None:
        raise raw.fault
    assert raw.log is not None
    assert 0 < len(raw.headers) <= RUN_ENTRIES_MAX
    log = raw.log
    due = 0 if tail is None else tail.seq + 1
    if raw.first != due:
        raise Refused(Code.GAP, f"entry {due} of this log is due, entry {raw.first} came")
    prefix = f"yz1 {network} {log.author} {log.channel} {log.epoch} ".encode()
    prev = b"-" if tail is None else tail.id.encode()
    last = -1 if tail is None else tail.time
    ids: list[bytes] = []
    times: list[int] = []
    kinds: list[bytes] = []
    subjects: list[bytes] = []
    for header, body in zip(raw.headers, raw.bodies, strict=True):
        start = prefix + b"%d %b " % (due, prev)
        match = _AFTER_PREV.fullmatch(header, len(start)) if header.startswith(start) else None
        if match is None:
            raise _explain(network, raw, len(ids), prev)
        time_text, kind, subject, size, digest = match.groups()
        time, length = int(time_text), int(size)
        if (
            not last < time <= INTEGER_MAX
            or not BODY_BYTES_MIN <= length <= BODY_BYTES_MAX
            or len(header) > HEADER_BYTES_MAX
            or len(kind) > KIND_BYTES_MAX
        ):
            raise _explain(network, raw, len(ids), prev, time <= last)
        if body and (len(body) != length or digest_b64(body) != digest):
            raise Refused(Code.BAD_BODY, "the body is not the one signed for", len(ids))
        if not body and log.channel in PERMANENT_CHANNELS:
            raise Refused(Code.BAD_BODY, f"bodies in {log.channel} are never absent", len(ids))
        if due == 0 and kind != OPENED_BYTES:
            raise Refused(Code.BAD_CHAIN, f"the first entry of a log is {OPENED}", 0)
        prev = digest_b64(header)
        last = time
        due += 1
        ids.append(prev)
        times.append(time)
        kinds.append(kind)
        subjects.append(subject)
    tail = Tail(due - 1, prev.decode("ascii"), last)
    run = Run(log, raw.first, raw.headers, raw.bodies, ids, times, kinds, subjects, tail)
    _check_whole(run)
    return run


def _check_whole(run: Run) -> None:
    """What need be looked at once a run: its largest SEQ, and the last signature."""
    if run.tail.seq > INTEGER_MAX:
        raise Refused(Code.MALFORMED, "a number above 2^53-1", len(run) - 1)
    if not is_header_signed(run.headers[-1], run.log.author):
        raise Refused(Code.BAD_SIGNATURE, "not signed by its author", len(run) - 1)


def _explain(
    network: str, raw: RawRun, index: int, prev: bytes, time_falls: bool = False
) -> Refused:
    """Say which rule a header breaks; only the refused pay for this."""
    line = raw.headers[index]
    try:
        header = parse_header(line)
    except Refused as fault:
        fault.line = index
        return fault
    if header.network != network:
        return Refused(Code.WRONG_NETWORK, f"this is network {network}", index)
    if header.seq != raw.first + index:
        return Refused(Code.BAD_CHAIN, f"seq {raw.first + index} is due", index)
    if header.prev.encode() != prev:
        if index == 0 and prev != b"-":
            return Refused(Code.FORK, "another entry is held at the position before", index)
        return Refused(Code.BAD_CHAIN, "prev is not the entry before", index)
    assert time_falls
    return Refused(Code.BAD_CHAIN, "time does not rise", index)


def shorten(run: Run, count: int) -> Run:
    """The first ``count`` entries of a verified run as a run of their own (SPEC 5.5).

    Raises:
        Refused: ``bad-signature``: a run may end only at an entry that its author signed.
    """
    assert 0 < count < len(run)
    if not is_header_signed(run.headers[count - 1], run.log.author):
        raise Refused(Code.BAD_SIGNATURE, "an inner entry is not signed by its author", count - 1)
    return Run(
        run.log,
        run.first,
        run.headers[:count],
        run.bodies[:count],
        run.ids[:count],
        run.times[:count],
        run.kinds[:count],
        run.subjects[:count],
        Tail(run.first + count - 1, run.ids[count - 1].decode("ascii"), run.times[count - 1]),
    )


def signed_part(log: LogId, headers: Sequence[bytes]) -> int:
    """How many header lines a sender may give: up to the last that its author signed (SPEC 5.3).

    A store may hold inner lines that nobody has looked at; a range may be asked for up to any, and
    again and again: what a line's signature is worth is remembered.
    """
    count = len(headers)
    while count and not _is_signed(headers[count - 1], log.author):
        count -= 1
    return count


@lru_cache(maxsize=16_384)
def _is_signed(line: bytes, author: str) -> bool:
    return is_header_signed(line, author)


def check_signatures(run: Run) -> int | None:
    """The audit: the index of the first entry its author did not sign, or None (SPEC 5.3)."""
    for index, header in enumerate(run.headers):
        if not is_header_signed(header, run.log.author):
            return index
    return None
