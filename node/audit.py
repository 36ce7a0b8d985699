"""The background audit: a run is accepted on its last signature, the others are checked here.

A bounded piece of the feed at a time, in the order of arrival (SPEC 5.3).
"""

from typing import NamedTuple

from node.forks import Found, note_evidence
from node.ingest import OWN
from node.store import Reading, Writing
from protocol.flaws import prove_flaw
from protocol.limits import CHANNELS
from protocol.roster import Roster

AUDIT_BYTES = 512 * 1024
"""Bytes of log text looked at in one go: at most 1,500 signatures."""
PRUNED_ROWS = 10_000
"""Rows of the feed that are forgotten in one go, so that nobody waits long for the writer."""
_AT = "audited"


class Audited(NamedTuple):
    """How far the feed is audited after a piece, how far before, and what came to light."""

    position: int
    before: int
    found: tuple[Found, ...]


def audited_to(reading: Reading) -> int:
    """The last feed position whose run was audited."""
    return int(reading.meta(_AT) or 0)


def audit_next(reading: Reading, roster: Roster, network: str) -> Audited:
    """Check the inner signatures of the next piece of the feed; own entries are skipped.

    Args:
        reading: a look at the store.
        roster: which disputes are known already.
        network: this network's id.
    """
    before = audited_to(reading)
    page = reading.feed(before, CHANNELS, AUDIT_BYTES, OWN.__ne__)
    proofs = (prove_flaw(network, run.lines()[0]) for run in page.runs if run.count > 1)
    found = []
    for proof in proofs:
        if proof is None:
            continue
        known = roster.disputed(proof[1].log)
        if known is None or proof[1].seq < known:
            found.append(proof)
    return Audited(page.position, before, tuple(found))


def find_prunable(reading: Reading, rows: int) -> int:
    """Up to which position the feed may be forgotten next, 0 for nothing.

    What is not audited yet is kept, and so is what peers are not shown yet.

    Args:
        reading: a look at the store.
        rows: so many of the newest rows are kept.
    """
    floor = reading.feed_floor
    due = min(reading.feed_head - rows, audited_to(reading), floor + PRUNED_ROWS)
    return due if due > floor else 0


def note_audited(tx: Writing, audited: Audited) -> None:
    """Note how far the audit came, and put aside what it found until it is shown."""
    for record, dispute in audited.found:
        note_evidence(tx, record, dispute)
    tx.set_meta(_AT, str(audited.position))
