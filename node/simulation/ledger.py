"""What the world knows and no node does: who committed what, and so what is durable (P1)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from protocol.errors import Code, Refused
from protocol.header import LogId, entry_id, is_header_signed, parse_header
from protocol.messages import ACCEPTED, DUPLICATE, Outcome

if TYPE_CHECKING:
    from node.simulation.machine import SimNode

HOLDERS = 2
"""An entry is durable once so many nodes other than its author committed it (P1)."""


class Ledger:
    """Every commit of every node, as it happens."""

    def __init__(self) -> None:
        self.durable: dict[LogId, int] = {}
        self.signed: defaultdict[tuple[LogId, int], set[str]] = defaultdict(set)
        """Ids of well-signed entries that some node refused as a fork, by position."""
        self.refused: defaultdict[str, int] = defaultdict(int)
        self.accepted = 0
        self.duplicates = 0
        self._held: defaultdict[LogId, dict[str, int]] = defaultdict(dict)

    def note(self, node: "SimNode", text: bytes, outcomes: Sequence[Outcome]) -> None:
        """A node committed, and these are the outcomes of the runs it took."""
        for outcome in outcomes:
            log = outcome.log
            if log is None or outcome.code not in (ACCEPTED, DUPLICATE):
                self.refused[str(outcome.code)] += 1
                if outcome.code == Code.FORK and log is not None:
                    self._note_fork(log, text)
                continue
            if outcome.code == DUPLICATE:
                self.duplicates += outcome.count
                continue
            self.accepted += outcome.count
            last = outcome.first + outcome.count - 1
            held = self._held[log]
            held[node.name] = max(held.get(node.name, -1), last)
            author = node.world.name_of(log.author)
            others = sorted((seq for name, seq in held.items() if name != author), reverse=True)
            if len(others) >= HOLDERS:
                self.durable[log] = max(self.durable.get(log, -1), others[HOLDERS - 1])

    def _note_fork(self, log: LogId, text: bytes) -> None:
        """A text was refused as a fork; only what its author signed in it is evidence."""
        for line in text.split(b"\n")[0::2]:
            try:
                header = parse_header(line)
            except Refused:
                continue
            if header.log == log and is_header_signed(line, log.author):
                self.signed[log, header.seq].add(entry_id(line))

    def forget(self, node: "SimNode", heads: dict[LogId, int]) -> None:
        """A node's disk went back in time: this is what it holds now."""
        for log, held in self._held.items():
            if node.name in held:
                held[node.name] = heads.get(log, -1)

    def holders(self, log: LogId) -> dict[str, int]:
        """Which nodes hold a log, and up to which seq."""
        return dict(self._held.get(log, {}))
