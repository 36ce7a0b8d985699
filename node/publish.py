"""The way out: a record becomes a signed entry of the node's own log (DESIGN 1.4, 2.2).

Own entries pass the same door as foreign ones. Order of every write: commit, guard file, then
peers may see it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from node.clock import Clock, Random
from node.errors import InvalidError, NotAllowedError
from node.ingest import OWN, Ingest
from node.keyring import Keyring
from node.quota import find_room
from node.readmodels import entries
from node.recovery import Recovery
from node.refusals import check_accepted, check_room
from node.rotation import find_earlier
from node.scope import Scope
from node.store import Guard, Store, Writing
from protocol.acts import REGISTRY
from protocol.chain import join_text
from protocol.entry import Entry, Tail, write_entry
from protocol.errors import Code, Inert, Refused
from protocol.genesis import Network
from protocol.header import LogId
from protocol.heads import Head
from protocol.records import Continued, LogOpened, Record, check_subject

CLOCK_AHEAD_MS_MAX = 300_000
"""A log whose newest TIME lies further ahead of the clock is left, and a new epoch opened."""

Draft = tuple[Record, str]
"""A record to publish and its subject, ``-`` for none."""


class _Published(NamedTuple):
    entries: list[Entry]
    heads: dict[LogId, Tail]

    @property
    def log(self) -> LogId:
        return next(iter(self.heads))


class _Newest(NamedTuple):
    """The newest entry of a channel's logs, by what one source says; orders by epoch and seq."""

    epoch: int
    seq: int
    id: str


class _Pen:
    """Writes the next entries of one own log, inside one transaction."""

    def __init__(self, keyring: Keyring, network: str, log: LogId, tail: Tail | None) -> None:
        self.log = log
        self.tail = tail
        self.lines: list[bytes] = []
        self.bodies: list[bytes] = []
        self._key = keyring.signing
        self._network = network

    def write(self, record: Record, subject: str, time: int) -> Entry:
        """Sign one entry, not before ``time``."""
        if self.tail is not None:
            time = max(time, self.tail.time + 1)
        entry = write_entry(
            self._key,
            self._network,
            self.log,
            self.tail,
            time=time,
            kind=record.KIND,
            subject=subject,
            body=record.body(),
        )
        self.tail = Tail(entry.header.seq, entry.id, time)
        self.lines.append(entry.line)
        self.bodies.append(entry.body)
        return entry


class Publisher:
    """Signs records onto this node's own logs, and opens a new epoch where one is needed."""

    def __init__(
        self,
        store: Store,
        ingest: Ingest,
        keyring: Keyring,
        network: Network,
        clock: Clock,
        guard: Guard,
        random: Random,
        recovery: Recovery | None = None,
        scope: Scope | None = None,
    ) -> None:
        """Without ``recovery`` there is nobody to be asked before signing; without ``scope`` every
        channel is held."""
        self.random = random
        self.recovery = recovery or Recovery()
        self.scope = scope or Scope()
        self.full_until: dict[str, int] = {}
        self._store = store
        self._ingest = ingest
        self._keyring = keyring
        self._network = network
        self._clock = clock
        self._guard = guard
        self._lost: dict[str, Head] = {}
        self._knows_times = any(each.name == "entries" for each in ingest.projections)

    def publish(self, record: Record, subject: str = "-") -> Entry:
        """Sign one record, store it and let peers see it.

        Args:
            record: what to say.
            subject: the id of the entry it follows, ``-`` for none.

        Raises:
            NotAllowedError: this station is not admitted, not at a level that may say this, or
                its node does not hold the channel.
            InvalidError: the record breaks a rule that its class cannot see.
            QuotaError: the quota of this log is used up until the moment it names.
            RecoveringError: the node has just started and its peers are still being asked.
        """
        return self.publish_many([(record, subject)])[0]

    def publish_many(self, drafts: Sequence[Draft], channel: str = "") -> list[Entry]:
        """Sign many records in one transaction: all of them, or none; see :meth:`publish`.

        ``channel`` is where they go if their kinds belong in several.
        """
        return self._store.write(lambda tx: self._publish(tx, drafts, channel), self._note).entries

    async def apublish(self, record: Record, subject: str = "-") -> Entry:
        """:meth:`publish` in the writer thread."""
        return (await self.apublish_many([(record, subject)]))[0]

    async def apublish_many(self, drafts: Sequence[Draft], channel: str = "") -> list[Entry]:
        """:meth:`publish_many` in the writer thread."""
        published = await self._store.awrite(
            lambda tx: self._publish(tx, drafts, channel), self._note
        )
        return published.entries

    def open_log(self, channel: str) -> LogId:
        """The own log the next entry of a channel goes to; opened if there is none yet.

        What is sealed is bound to its log, so its author asks before sealing (DESIGN 1.9).

        Raises:
            NotAllowedError: this station is not admitted.
            RecoveringError: as :meth:`publish`.
        """
        return self._store.write(lambda tx: self._open_only(tx, channel), self._note).log

    async def aopen_log(self, channel: str) -> LogId:
        """:meth:`open_log` in the writer thread."""
        return (await self._store.awrite(lambda tx: self._open_only(tx, channel), self._note)).log

    def note_lost(self, head: Head) -> None:
        """A peer holds an entry of ours that was not here: the next entry opens a new epoch.

        It does so even if that entry has been pulled back since: another peer may hold later ones.
        """
        assert head.log.author == self._keyring.public
        known = self._lost.get(head.log.channel)
        if known is None or (head.log.epoch, head.seq) > (known.log.epoch, known.seq):
            self._lost[head.log.channel] = head

    def _note(self, published: _Published) -> None:
        self._guard.create(published.heads)
        for log in published.heads:
            lost = self._lost.get(log.channel)
            if lost is not None and lost.log.epoch < log.epoch:
                del self._lost[log.channel]

    def _publish(self, tx: Writing, drafts: Sequence[Draft], channel: str) -> _Published:
        now = self._clock.now_ms()
        times = self._times(tx, drafts)
        pens: dict[str, _Pen] = {}
        signed = []
        for record, subject in drafts:
            self._check(record, subject)
            home = channel or record.CHANNEL
            if home not in pens:
                pens[home] = self._open(tx, home, now)
            named = [times.get(id_, 0) for id_ in (subject, *record.references())]
            entry = _sign(pens[home], record, subject, max(now, *(t + 1 for t in named)))
            times[entry.id] = entry.header.time
            signed.append(entry)
        published = self._take(tx, pens.values(), signed)
        self._check_acts(tx, signed)
        return published

    def _open_only(self, tx: Writing, channel: str) -> _Published:
        return self._take(tx, [self._open(tx, channel, self._clock.now_ms())], [])

    def _take(self, tx: Writing, pens: Iterable[_Pen], signed: list[Entry]) -> _Published:
        """Send what was written through the door every entry comes in by."""
        heads = {}
        for pen in pens:
            for outcome in self._ingest.take(tx, join_text(pen.lines, pen.bodies), OWN):
                if outcome.code == Code.OVER_QUOTA:
                    roster = self._ingest.standing_in(tx).roster
                    free_ms = find_room(tx, roster, pen.log, pen.lines)
                    check_room(pen.log.channel, free_ms, self.full_until)
                check_accepted(outcome)
            assert pen.tail is not None
            heads[pen.log] = pen.tail
        return _Published(signed, heads)

    def _times(self, tx: Writing, drafts: Sequence[Draft]) -> dict[str, int]:
        """The TIMEs of the entries the records name, as far as they are held."""
        ids = {id_ for record, subject in drafts for id_ in (subject, *record.references())}
        ids.discard("-")
        if not ids or not self._knows_times:
            return {}
        return dict(entries.find_times(tx, sorted(ids)))

    def _check(self, record: Record, subject: str) -> None:
        try:
            check_subject(record, subject)
        except Inert as inert:
            raise InvalidError(inert.detail) from None
        roster = self._ingest.roster
        me = roster.station_of(self._keyring.public)
        if record.TIERS and me is not None and roster.tier(me.id) not in record.TIERS:
            allowed = " or ".join(sorted(record.TIERS))
            raise NotAllowedError(
                f"{record.KIND} is for {allowed} stations; this one is admitted as"
                f" {roster.tier(me.id)}",
                "what the network honours follows the admission: ask the station above for one",
            )

    def _open(self, tx: Writing, channel: str, now: int) -> _Pen:
        """The own log of a channel to go on writing, or a new epoch of it."""
        self.scope.check(channel, "nothing is written to it here")
        self.recovery.check()
        author = self._keyring.public
        epochs = tx.epochs(author, channel)
        log = LogId(author, channel, max(epochs, default=0))
        tail = tx.head(log) if epochs else None
        opening = self._opening(tx, log, tail, now)
        if opening is None:
            return _Pen(self._keyring, self._network.id, log, tail)
        known = max(log.epoch, opening.continues.epoch if opening.continues else 0)
        if tail is None and opening.why == "new":
            earlier = find_earlier(tx, self._keyring, channel)
            known = earlier.epoch if earlier is not None else 0
            opening = LogOpened(why="rotation", continues=earlier) if earlier else opening
        pen = _Pen(
            self._keyring,
            self._network.id,
            LogId(author, channel, max(now // 1000, known + 1)),
            None,
        )
        pen.write(opening, "-", now)
        return pen

    def _opening(self, tx: Writing, log: LogId, tail: Tail | None, now: int) -> LogOpened | None:
        """Why a new epoch is needed, or None to go on in this one (DESIGN 1.4).

        It goes on only where the guard file and the store agree on the newest entry: a guard
        ahead means the store lost it, a guard behind that own entries were pulled back.
        """
        disputed = self._ingest.standing_in(tx).roster.disputed(log)
        if disputed is not None:
            return LogOpened(why="fork", continues=_last_undisputed(tx, log, disputed))
        here = None if tail is None else _Newest(log.epoch, tail.seq, tail.id)
        guarded = self._guard.find(log.author, log.channel)
        signed = None if guarded is None else _Newest(*guarded)
        lost = self._lost.get(log.channel)
        shown = None if lost is None else _Newest(lost.log.epoch, lost.seq, lost.id)
        if here != signed or (shown is not None and shown.epoch >= log.epoch):
            newest = max(each for each in (here, signed, shown) if each is not None)
            return LogOpened(why="restore", continues=Continued(**newest._asdict()))
        if here is None or tail is None:
            return LogOpened(why="new")
        if tail.time > now + CLOCK_AHEAD_MS_MAX:
            return LogOpened(why="clock", continues=Continued(**here._asdict()))
        return None

    def _check_acts(self, tx: Writing, signed: Sequence[Entry]) -> None:
        """A registry act without effect is a mistake of the one who signs it: take it back."""
        inert = self._ingest.standing_in(tx).roster.inert
        for entry in signed:
            if entry.header.channel == REGISTRY and entry.id in inert:
                raise InvalidError(
                    f"the network would not honour this: {inert[entry.id]}",
                    "check who is above the station, and which act it replaces",
                )


def _last_undisputed(tx: Writing, log: LogId, disputed: int) -> Continued | None:
    tail = tx.head(log)
    seq = -1 if tail is None else min(tail.seq, disputed - 1)
    return None if seq < 0 else Continued(epoch=log.epoch, seq=seq, id=tx.entry(log, seq).id)


def _sign(pen: _Pen, record: Record, subject: str, time: int) -> Entry:
    try:
        return pen.write(record, subject, time)
    except Refused as refusal:
        raise InvalidError(f"this record is too long: {refusal.detail}") from None
