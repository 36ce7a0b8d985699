"""The one door in: from bytes to committed chunks and read models, one outcome a run (DESIGN 2.2).

Own entries come through it too. Nothing is stored that is not chain-valid and admitted; what is
refused is noted as one held row and asked for again. Roster, entries, read models and the peer's
cursor change in one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.clock import Clock
from node.erasure import prepare_absence, settle_all, settle_erasures
from node.forks import note_evidence
from node.intake import Intake
from node.judging import Judge
from node.projection import Projection
from node.rebuild import fold_again, prepare, project, project_roster, refold
from node.store import Reading, Store, Writing
from protocol.acts import REGISTRY, RegistryEntry
from protocol.cursor import Cursor
from protocol.entry import Entry
from protocol.genesis import Network
from protocol.growing import Standing
from protocol.header import LogId, entry_id, parse_header
from protocol.limits import CHANNELS
from protocol.messages import DUPLICATE, Outcome
from protocol.roster import Roster

OnStored = Callable[[list[LogId], int], None]

CURSOR_LAG_MAX = 1_000
"""Feed rows of duplicates a stored cursor may lag behind; they are asked for again at worst."""

OWN = ""
"""The source of entries this node signed itself."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a transaction under way has made of the registry; believed by none until it commits."""

    tx: Writing
    standing: Standing


class Ingest:
    """Takes log text in, for one store and one network.

    ``on_stored`` callbacks get the logs that grew and the feed position after every commit, in
    the thread that wrote, before the next write begins; they must not use the store.
    """

    def __init__(
        self,
        store: Store,
        network: Network,
        clock: Clock,
        projections: Sequence[Projection],
        channels: tuple[str, ...] = CHANNELS,
    ) -> None:
        """Fold the roster from the store; make the read models anew where they changed.

        Args:
            channels: those the node holds, the registry among them; others are refused.
        """
        self.store = store
        self.network = network
        self.projections = tuple(projections)
        self.channels = channels
        self.on_stored: list[OnStored] = []
        self._clock = clock
        self._draft: _Draft | None = None
        self._standing = store.write(self._open)

    @property
    def roster(self) -> Roster:
        """Who is a member, by the committed registry logs."""
        return self._standing.roster

    def _open(self, tx: Writing) -> Standing:
        standing = Standing.of(self.network, registry_entries(tx))
        prepare_absence(tx, standing.roster)
        if prepare(tx, self.projections, self.channels):
            refold(tx, standing.roster, self.projections, self.channels)
        return standing

    def receive(
        self, text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """Take log text in, in one transaction.

        Args:
            text: header and body lines as they came (SPEC 5.1); nothing of it is believed.
            source: the key of the peer it came from.
            cursor: that peer and how far its feed is taken with this text, committed with it.

        Returns:
            One outcome per run, in the order of the text.
        """
        return self.store.write(lambda tx: self.take(tx, text, source, cursor))

    async def areceive(
        self, text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """:meth:`receive` in the writer thread."""
        return await self.store.awrite(lambda tx: self.take(tx, text, source, cursor))

    def take(
        self, tx: Writing, text: bytes, source: str, cursor: tuple[str, Cursor] | None = None
    ) -> list[Outcome]:
        """:meth:`receive` inside a transaction that is open already."""
        before = self.standing_in(tx)
        now_ms = self._clock.now_ms()
        intake = Intake(tx, self.network, now_ms, source, before, self.channels)
        outcomes = intake.take(text)
        after = intake.standing
        if after is not before:
            self._draft = _Draft(tx, after)
        for record, dispute in intake.evidence:
            note_evidence(tx, record, dispute)
        self._fold_in(tx, intake, before)
        if cursor is not None and not _may_wait(tx, cursor, outcomes):
            tx.set_cursor(*cursor)
        if intake.runs or intake.brought:
            logs = list(dict.fromkeys([*(run.log for run in intake.runs), *intake.brought]))
            tx.after_commit.append(lambda: self._committed(tx, logs))
        return outcomes

    def standing_in(self, tx: Writing) -> Standing:
        """Roster and registry as the open transaction sees them."""
        draft = self._draft
        return draft.standing if draft is not None and draft.tx is tx else self._standing

    def _fold_in(self, tx: Writing, intake: Intake, before: Standing) -> None:
        """Bring erasures and the read models up to date with what was taken in."""
        roster = intake.standing.roster
        for log, bodies in intake.brought.items():
            tx.fill(log, bodies, intake.source)
        touched = settle_erasures(tx, roster, intake.runs, intake.brought)
        touched |= {(log, seq) for log, bodies in intake.brought.items() for seq in bodies}
        if intake.must_refold:
            settle_all(tx, roster)
        if not self.projections:
            return
        if intake.must_refold or (touched and roster.disputes.kept):
            refold(tx, roster, self.projections, self.channels)
            return
        if intake.standing is not before:
            project_roster(tx, roster, self.projections)
        judge = Judge(tx, roster)
        facts = [fact for run in intake.runs for fact in judge.run(run)]
        if facts:
            project(tx, roster, facts, self.projections)
        if touched:
            fold_again(tx, roster, touched, self.projections, self.channels)

    def _committed(self, tx: Writing, logs: list[LogId]) -> None:
        draft = self._draft
        if draft is not None and draft.tx is tx:
            self._standing = draft.standing
            self._draft = None
        for callback in self.on_stored:
            callback(logs, self.store.visible)


def _may_wait(tx: Writing, cursor: tuple[str, Cursor], outcomes: Sequence[Outcome]) -> bool:
    """Whether a cursor may lag: live, most pages hold only what another peer brought already,
    and writing nothing for them spares an fsync each."""
    peer, new = cursor
    if not outcomes or any(outcome.code != DUPLICATE for outcome in outcomes):
        return False
    old = tx.cursor(peer, new.filter)
    return (
        old is not None
        and old.epoch == new.epoch
        and 0 <= new.position - old.position < CURSOR_LAG_MAX
    )


def registry_entries(reading: Reading) -> list[RegistryEntry]:
    """Everything held of registry logs, as the roster's fold reads it."""
    return [
        registry_entry(Entry(parse_header(line), entry_id(line), line, body))
        for run in reading.log_runs((REGISTRY,))
        for line, body in zip(*run.lines(), strict=True)
    ]


def registry_entry(entry: Entry) -> RegistryEntry:
    """An entry of a registry log as the roster's fold reads it."""
    header = entry.header
    return RegistryEntry(
        entry.id, header.author, header.epoch, header.seq, header.time, header.kind, entry.body
    )
