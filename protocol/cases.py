"""A case of several stations, folded from their entries by the table of its type (SPEC 12, D3).

A case is the entries of several authors with one SUBJECT. Each act names in ``after`` the newest
entries of the case its author had seen. The fold walks that partial order and never looks at TIME,
so every node that holds the same entries tells the same story, in whatever order they came.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Literal, NamedTuple

from protocol.parties import UNMET, Parties, Shared
from protocol.records import AFTER_MAX, CaseAct, CaseOpening, Record, ReferralRequested
from protocol.transitions import CaseType, State, find_type

Verdict = Literal["applied", "pending", "refused", "superseded"]


class CaseEntry(NamedTuple):
    """One entry of a case: its id, its kind, its author's lasting station id, and its body."""

    id: str
    kind: str
    station: str
    record: Record


class Step(NamedTuple):
    """What became of one entry of a case; ``reason`` is for a person and empty when applied."""

    id: str
    kind: str
    station: str
    verdict: Verdict
    reason: str = ""


class Amounts(NamedTuple):
    """What the last conclusion's contract is worth, in fen; None where nothing was given."""

    contract_fen: int | None = None
    technology_fen: int | None = None


class Case(NamedTuple):
    """A case as its parties' entries make it.

    ``shares`` are those an outcome has to carry, empty while they do not stand; ``is_transferred``
    says that the need went over to the receiver. ``history`` is in the order the fold settled the
    entries, the pending last; ``frontier`` is what the next act of someone who has seen all of it
    names in ``after``.
    """

    id: str
    type: CaseType
    need: str
    result: str | None
    state: State
    history: tuple[Step, ...]
    parties: Parties
    shares: Shared
    is_transferred: bool
    frontier: tuple[str, ...]

    @property
    def sender(self) -> str:
        return self.parties.sender

    @property
    def receiver(self) -> str:
        return self.parties.receiver

    @property
    def outcome(self) -> str | None:
        return self.parties.outcome

    @property
    def amounts(self) -> Amounts:
        said = self.parties.conclusion
        if said is None or said.contract is None:
            return Amounts()
        return Amounts(said.contract.amount_fen, said.contract.technology_fen)

    @property
    def satisfied(self) -> int | None:
        return self.parties.satisfied


def fold_case(opening: CaseEntry, entries: Iterable[CaseEntry]) -> Case:
    """Fold a case from scratch; the order in which the entries are given makes no difference.

    Of the acts whose ``after`` are all settled, the one with the lowest precedence, then the
    smallest id, is settled next (SPEC 12.3). An act is *applied* when the table allows it to its
    author in the state then reached; *refused* when it is not its author's to do, or its author
    had seen what stands in its way; *superseded* when an applied act its author had not seen
    stands in its way; *pending* while something it names in ``after`` is missing or pending.

    Args:
        opening: the entry that opens the case.
        entries: the other entries whose SUBJECT is the opening's id; those that are no act of
            such a case are left out, doubles count once.
    """
    of = find_type(opening.kind)
    assert of is not None
    assert isinstance(opening.record, CaseOpening)
    acts = {each.id: each for each in entries if of.find(each.kind) and each.id != opening.id}
    fold = _Fold(of, opening, opening.record, acts)
    fold.run()
    return fold.case()


def allowed_acts(case: Case, station: str) -> tuple[str, ...]:
    """The kinds of act a station may do next in a case, in the table's order.

    What an act says may still be refused: inviting a station that has a part in it, say.
    """
    parties = case.parties
    found = [
        row.kind
        for row in case.type.rows
        if case.state in row.froms
        and parties.may(station, row)
        and parties.could(row.when, station, row.kind)
    ]
    return tuple(dict.fromkeys(found))


def judge_act(case: Case, act: CaseEntry) -> str:
    """Why a case as it stands would not take an act by someone who has seen all of it.

    Empty when it would be applied.
    """
    rows = [row for row in case.type.find(act.kind) if case.parties.may(act.station, row)]
    if not rows:
        return _STRANGER
    here = [row for row in rows if case.state in row.froms]
    if not here:
        return f"the case stands at {case.state}"
    meets = case.parties.meets
    is_met = any(meets(row.when, act.station, act.record) for row in here)
    return "" if is_met else UNMET[here[-1].when]


class _Fold:
    """The walk over one case; which entries an act had before it is kept as a bit mask."""

    def __init__(
        self, of: CaseType, opening: CaseEntry, said: CaseOpening, acts: dict[str, CaseEntry]
    ) -> None:
        self.of = of
        self.opening = opening
        self.said = said
        self.acts = acts
        self.parties = Parties.at_opening(opening.station, said)
        self.state: State = of.initial
        self.steps = [Step(opening.id, opening.kind, opening.station, "applied")]
        self.bits = {opening.id: 1}
        self.seen = {opening.id: 1}
        """What an entry's author had seen, that entry included."""
        self.applied = 1
        self.covered = 0
        """What stands before an act that was applied or superseded: no longer newest."""

    def run(self) -> None:
        """Settle every act that can be settled."""
        missing = {id_: set(_after(each)) - {self.opening.id} for id_, each in self.acts.items()}
        followers: dict[str, list[str]] = {}
        for id_, names in missing.items():
            for name in names:
                followers.setdefault(name, []).append(id_)
        ready: list[tuple[int, str]] = []
        for id_, names in missing.items():
            if not names:
                heappush(ready, (self._rank(id_), id_))
        while ready:
            _, settled = heappop(ready)
            self._settle(self.acts[settled])
            for id_ in followers.get(settled, ()):
                missing[id_].discard(settled)
                if not missing[id_]:
                    heappush(ready, (self._rank(id_), id_))

    def _rank(self, id_: str) -> int:
        return self.of.find(self.acts[id_].kind)[0].precedence

    def _settle(self, act: CaseEntry) -> None:
        bit = 1 << len(self.bits)
        before = 0
        for name in _after(act):
            before |= self.seen[name]
        self.bits[act.id] = bit
        self.seen[act.id] = before | bit
        rows = self.of.find(act.kind)
        if not self.parties.may(act.station, rows[0]):
            self._tell(act, "refused", _STRANGER)
            return
        here = [row for row in rows if self.state in row.froms]
        meets = self.parties.meets
        row = next((each for each in here if meets(each.when, act.station, act.record)), None)
        if row is None:
            unseen = self.applied & ~before
            if unseen:
                self.covered |= before
            reason = UNMET[here[-1].when] if here else f"the case stood at {self.state}"
            self._tell(act, "superseded" if unseen else "refused", reason)
            return
        self.covered |= before
        self.applied |= bit
        self.state = row.to or self.state
        self.parties.take(act.id, act.station, act.record)
        self._tell(act, "applied")

    def _tell(self, act: CaseEntry, verdict: Verdict, reason: str = "") -> None:
        self.steps.append(Step(act.id, act.kind, act.station, verdict, reason))

    def case(self) -> Case:
        """The case as it stands now."""
        pending = [
            Step(id_, self.acts[id_].kind, self.acts[id_].station, "pending", _WAITING)
            for id_ in sorted(self.acts)
            if id_ not in self.bits
        ]
        is_transfer = isinstance(self.said, ReferralRequested) and self.said.manner == "transfer"
        return Case(
            id=self.opening.id,
            type=self.of,
            need=self.said.need,
            result=self.said.result,
            state=self.state,
            history=(*self.steps, *pending),
            parties=self.parties,
            shares=self.parties.shares() if isinstance(self.said, ReferralRequested) else (),
            is_transferred=is_transfer and self.parties.was_accepted,
            frontier=self._frontier(),
        )

    def _frontier(self) -> tuple[str, ...]:
        newest = [
            each.id
            for each in self.steps
            if each.verdict != "refused" and not self.bits[each.id] & self.covered
        ]
        return tuple(sorted(newest[-AFTER_MAX:]))


_STRANGER = "this act is not this station's to do in this case"
_WAITING = "waits for an entry it comes after"


def _after(act: CaseEntry) -> tuple[str, ...]:
    assert isinstance(act.record, CaseAct)
    return act.record.after
