"""Flaws: the proof that a line inside a log is not signed by its author (SPEC 5.3).

A run is accepted on its last signature. Lines that chain up to it by PREV are stated by the author,
signatures included; so an inner line whose own SIG does not hold tells against nobody else.
"""

from collections.abc import Sequence

from protocol.acts import REGISTRY
from protocol.errors import Inert, Reason, Refused
from protocol.forks import Dispute, read_stretch
from protocol.header import entry_id, is_header_signed, parse_header
from protocol.limits import RUN_ENTRIES_MAX
from protocol.records import FlawShown, parse_record
from protocol.remembering import remembered

_STATED = 7
"""How many fields of a header line the line before and the log's name tell already."""


@remembered
def read_flaw(network: str, body: bytes) -> Dispute:
    """Verify the proof of a flaw; it needs nothing but itself.

    Args:
        network: this network's id, 16 hex digits.
        body: the body line of a ``flaw.shown/1``.

    Raises:
        Inert: ``bad-json`` or ``bad-record`` with what is wrong.
    """
    record = parse_record(FlawShown.KIND, REGISTRY, body)
    assert isinstance(record, FlawShown)
    lines = _write_out(record)
    log, _ = read_stretch(network, lines, "after")
    if is_header_signed(lines[0], log.author):
        raise Inert(Reason.BAD_RECORD, "header: signed by its author")
    return Dispute(log, parse_header(lines[0]).seq)


def _write_out(record: FlawShown) -> list[bytes]:
    """The header lines of the stretch, whole."""
    line = record.header.encode()
    try:
        header = parse_header(line)
    except Refused as fault:
        raise Inert(Reason.BAD_RECORD, f"header: {fault.detail}") from None
    log_name = b" ".join(line.split(b" ", 5)[:5])
    lines = [line]
    for seq, fields in enumerate(record.after, header.seq + 1):
        lines.append(b"%b %d %b %b" % (log_name, seq, entry_id(line).encode(), fields.encode()))
        line = lines[-1]
    return lines


def prove_flaw(network: str, headers: Sequence[bytes]) -> tuple[FlawShown, Dispute] | None:
    """The proof of the first flaw in consecutive header lines of a log, if there is one.

    Args:
        network: this network's id.
        headers: lines as stored, of which the last was verified when it came.
    """
    author = parse_header(headers[0]).author
    first = next((i for i, line in enumerate(headers) if not is_header_signed(line, author)), None)
    if first is None:
        return None
    for end in range(first + 1, min(len(headers), first + RUN_ENTRIES_MAX)):
        if is_header_signed(headers[end], author):
            after = (line.split(b" ", _STATED)[_STATED] for line in headers[first + 1 : end + 1])
            record = FlawShown(
                header=headers[first].decode("ascii"),
                after=tuple(fields.decode("ascii") for fields in after),
            )
            return record, read_flaw(network, record.body())
    return None
