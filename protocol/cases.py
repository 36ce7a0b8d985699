"""The referral as a case: one table of who may do what when, and the fold over it (SPEC 12, D3).

A case is the entries of several authors with one SUBJECT. Each act names in ``after`` the newest
entries of the case its author had seen. The fold walks that partial order and never looks at TIME,
so every node that holds the same entries tells the same story, in whatever order they came.
"""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Final, Literal, NamedTuple

from protocol.records import (
    AFTER_MAX,
    ContactDisclosed,
    Record,
    ReferralAccepted,
    ReferralAct,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralRequested,
    ReferralRevoked,
    ReferralStarted,
)

Party = Literal["sender", "receiver", "either"]
State = Literal[
    "requested",
    "accepted",
    "declined",
    "revoked",
    "started",
    "concluded",
    "confirmed",
    "disputed",
]
Verdict = Literal["applied", "pending", "refused", "superseded"]

OPENING: Final = "requested"


class Transition(NamedTuple):
    """One row of the table: an act, whose it is, where it may be done and where it leads.

    ``to`` is None when the act leaves the state as it is; of two concurrent acts the one with the
    lower ``precedence`` is settled first.
    """

    kind: str
    party: Party
    froms: frozenset[State]
    to: State | None
    precedence: int


def _row(
    act: type[ReferralAct], party: Party, froms: tuple[State, ...], to: State | None, rank: int
) -> Transition:
    return Transition(act.KIND, party, frozenset(froms), to, rank)


TRANSITIONS: tuple[Transition, ...] = (
    _row(ReferralAccepted, "receiver", ("requested",), "accepted", 1),
    _row(ReferralDeclined, "receiver", ("requested",), "declined", 2),
    _row(ReferralRevoked, "sender", ("requested",), "revoked", 3),
    _row(ContactDisclosed, "sender", ("accepted", "started"), None, 4),
    _row(ReferralStarted, "receiver", ("accepted",), "started", 5),
    _row(ReferralConcluded, "receiver", ("accepted", "started", "disputed"), "concluded", 6),
    _row(ReferralConfirmed, "sender", ("concluded",), "confirmed", 7),
    _row(ReferralDisputed, "either", ("accepted", "started", "concluded"), "disputed", 8),
)
"""The whole of what parties may do (SPEC 12.2); there is no other rule."""

_BY_KIND: Mapping[str, Transition] = {each.kind: each for each in TRANSITIONS}


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
    """A referral as its parties' entries make it.

    ``history`` is in the order the fold settled the entries, the pending last; ``frontier`` is
    what the next act of someone who has seen all of it names in ``after``.
    """

    id: str
    need: str
    result: str | None
    sender: str
    receiver: str
    state: State
    history: tuple[Step, ...]
    outcome: str | None
    amounts: Amounts
    satisfied: int | None
    frontier: tuple[str, ...]


def fold_case(opening: CaseEntry, entries: Iterable[CaseEntry]) -> Case:
    """Fold a case from scratch; the order in which the entries are given makes no difference.

    Of the acts whose ``after`` are all settled, the one with the lowest precedence, then the
    smallest id, is settled next (SPEC 12.3). An act is *applied* when the table allows it to its
    author in the state then reached; *refused* when it is not its author's to do, or its author
    had seen what stands in its way; *superseded* when an applied act its author had not seen
    stands in its way; *pending* while something it names in ``after`` is missing or pending.

    Args:
        opening: the entry of kind ``referral.requested/1``.
        entries: the other entries whose SUBJECT is the opening's id; those that are no act of a
            referral are left out, doubles count once.
    """
    assert isinstance(opening.record, ReferralRequested)
    acts = {each.id: each for each in entries if each.kind in _BY_KIND and each.id != opening.id}
    fold = _Fold(opening, opening.record, acts)
    fold.run()
    return fold.case()


def allowed_acts(case: Case, station: str) -> tuple[str, ...]:
    """The kinds of act a station may do next in a case, in the table's order."""
    return tuple(
        each.kind
        for each in TRANSITIONS
        if case.state in each.froms and _is_party(each.party, station, case.sender, case.receiver)
    )


def diagram() -> str:
    """The table as a mermaid state diagram, for SPEC and for people."""
    lines = ["stateDiagram-v2", f"    [*] --> {OPENING}: sender referral.requested"]
    left: set[State] = set()
    for each in TRANSITIONS:
        act = each.kind.partition("/")[0]
        for state in sorted(each.froms):
            lines.append(f"    {state} --> {each.to or state}: {each.party} {act}")
            if each.to is not None:
                left.add(state)
    ends = {each.to for each in TRANSITIONS if each.to is not None} - left
    lines += [f"    {state} --> [*]" for state in sorted(ends)]
    return "\n".join(lines) + "\n"


def _is_party(party: Party, station: str, sender: str, receiver: str) -> bool:
    if sender == receiver:
        return False
    if party == "sender":
        return station == sender
    if party == "receiver":
        return station == receiver
    return station in (sender, receiver)


class _Fold:
    """The walk over one case; which entries an act had before it is kept as a bit mask."""

    def __init__(
        self, opening: CaseEntry, request: ReferralRequested, acts: dict[str, CaseEntry]
    ) -> None:
        self.opening = opening
        self.request = request
        self.acts = acts
        self.sender = opening.station
        self.receiver = request.to
        self.state: State = OPENING
        self.conclusion: ReferralConcluded | None = None
        self.satisfied: int | None = None
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
                heappush(ready, (_BY_KIND[self.acts[id_].kind].precedence, id_))
        while ready:
            _, settled = heappop(ready)
            self._settle(self.acts[settled])
            for id_ in followers.get(settled, ()):
                missing[id_].discard(settled)
                if not missing[id_]:
                    heappush(ready, (_BY_KIND[self.acts[id_].kind].precedence, id_))

    def _settle(self, act: CaseEntry) -> None:
        bit = 1 << len(self.bits)
        before = 0
        for name in _after(act):
            before |= self.seen[name]
        self.bits[act.id] = bit
        self.seen[act.id] = before | bit
        rule = _BY_KIND[act.kind]
        if not _is_party(rule.party, act.station, self.sender, self.receiver):
            self._tell(act, "refused", "this act is not this station's to do in this case")
            return
        if self.state not in rule.froms:
            unseen = self.applied & ~before
            if unseen:
                self.covered |= before
            reason = f"the case stood at {self.state}"
            self._tell(act, "superseded" if unseen else "refused", reason)
            return
        self.covered |= before
        self.applied |= bit
        self.state = rule.to or self.state
        if isinstance(act.record, ReferralConcluded):
            self.conclusion = act.record
        elif isinstance(act.record, ReferralConfirmed):
            self.satisfied = act.record.satisfied
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
        contract = None if self.conclusion is None else self.conclusion.contract
        return Case(
            id=self.opening.id,
            need=self.request.need,
            result=self.request.result,
            sender=self.sender,
            receiver=self.receiver,
            state=self.state,
            history=(*self.steps, *pending),
            outcome=None if self.conclusion is None else self.conclusion.outcome,
            amounts=Amounts(contract.amount_fen, contract.technology_fen)
            if contract
            else Amounts(),
            satisfied=self.satisfied,
            frontier=self._frontier(),
        )

    def _frontier(self) -> tuple[str, ...]:
        newest = [
            each.id
            for each in self.steps
            if each.verdict != "refused" and not self.bits[each.id] & self.covered
        ]
        return tuple(sorted(newest[-AFTER_MAX:]))


_WAITING = "waits for an entry it comes after"


def _after(act: CaseEntry) -> tuple[str, ...]:
    assert isinstance(act.record, ReferralAct)
    return act.record.after
