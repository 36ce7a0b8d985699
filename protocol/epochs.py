"""Epochs: how many logs of one channel an author may open in a year (SPEC 6.8).

Which came first differs from node to node, so that alone cannot decide. The first lines of one
more than allowed are a proof, and every node reads from it that the highest does not stand.
"""

from collections.abc import Iterable, Sequence

from protocol.acts import REGISTRY
from protocol.errors import Inert, Reason, Refused
from protocol.forks import Dispute
from protocol.header import is_header_signed, parse_header
from protocol.limits import EPOCHS_PER_YEAR_MAX, YEAR_S
from protocol.records import EpochsShown, parse_record
from protocol.remembering import remembered


def find_crowd(epoch: int, others: Iterable[int]) -> list[int]:
    """The epochs of one year that are one more than allowed, rising; none where there is room.

    Args:
        epoch: the epoch to be opened.
        others: those of the author's channel that stand.
    """
    epochs = sorted({epoch, *others})
    for start in range(len(epochs) - EPOCHS_PER_YEAR_MAX):
        crowd = epochs[start : start + EPOCHS_PER_YEAR_MAX + 1]
        if _is_crowd(crowd) and epoch in crowd:
            return crowd
    return []


def _is_crowd(epochs: Sequence[int]) -> bool:
    return len(set(epochs)) > EPOCHS_PER_YEAR_MAX and max(epochs) - min(epochs) < YEAR_S


@remembered
def read_epochs(network: str, body: bytes) -> Dispute:
    """Verify the proof of too many epochs; it needs nothing but itself.

    Args:
        network: this network's id, 16 hex digits.
        body: the body line of an ``epochs.shown/1``.

    Raises:
        Inert: ``bad-json`` or ``bad-record`` with what is wrong.
    """
    record = parse_record(EpochsShown.KIND, REGISTRY, body)
    assert isinstance(record, EpochsShown)
    lines = [line.encode() for line in record.headers]
    try:
        headers = [parse_header(line) for line in lines]
    except Refused as fault:
        raise Inert(Reason.BAD_RECORD, f"headers: {fault.detail}") from None
    author, channel = headers[0].author, headers[0].channel
    for header, line in zip(headers, lines, strict=True):
        if (header.network, header.author, header.channel) != (network, author, channel):
            raise Inert(Reason.BAD_RECORD, "headers: not of one author's channel here")
        if header.seq != 0 or not is_header_signed(line, author):
            raise Inert(Reason.BAD_RECORD, "headers: not first lines signed by their author")
    if not _is_crowd([header.epoch for header in headers]):
        raise Inert(Reason.BAD_RECORD, "headers: not more epochs than a year allows")
    return Dispute(max(header.log for header in headers), 0)


def prove_epochs(network: str, lines: Iterable[bytes]) -> tuple[EpochsShown, Dispute] | None:
    """The proof that first lines of logs are, if they prove anything.

    Args:
        network: this network's id.
        lines: the first header lines of one more epoch than allowed.
    """
    record = EpochsShown(headers=tuple(line.decode("ascii") for line in lines))
    try:
        return record, read_epochs(network, record.body())
    except Inert:
        return None
