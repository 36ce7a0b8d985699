"""Who may do what when in a case: one table a type of case, and the diagram it draws (SPEC 12.2).

The fold in :mod:`protocol.cases` knows these tables and nothing else of referrals, interests and
introductions: a new act is a new row.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from protocol.records import (
    CaseAct,
    CaseOpening,
    ContactDisclosed,
    HelperInvited,
    HelperJoined,
    HelperLeft,
    HelperReleased,
    InterestAnswered,
    InterestDeclined,
    InterestExpressed,
    InterestMatched,
    InterestQueried,
    InterestWithdrawn,
    IntroductionDeclined,
    IntroductionFollowed,
    IntroductionProposed,
    IntroductionWithdrawn,
    ReferralAccepted,
    ReferralAnswered,
    ReferralClosed,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralQueried,
    ReferralReopened,
    ReferralRequested,
    ReferralResumed,
    ReferralRevoked,
    ReferralStarted,
    SplitAgreed,
    SplitProposed,
    SplitRejected,
)

Role = Literal["sender", "receiver", "partner", "introducer", "invited", "helper", "disputant"]
"""What a station is in a case: its opener, whom it addresses, whom an introduction names, who
brought the two together, a station asked to help, one that helps, who raised the dispute."""
Party = Literal[
    "sender", "receiver", "either", "invited", "guest", "member", "disputant", "addressee"
]
State = Literal[
    "requested", "queried", "accepted", "declined", "revoked", "started", "concluded",
    "confirmed", "disputed", "closed",
    "expressed", "matched", "withdrawn",
    "proposed", "followed",
]  # fmt: skip
Condition = Literal[
    "", "to a member", "a newcomer", "a guest", "among members", "the split named",
    "the shares stand", "no result",
]  # fmt: skip
"""What must hold besides the state; nothing for most acts (SPEC 12.6)."""

ROLES: Final[Mapping[Party, frozenset[Role]]] = {
    "sender": frozenset({"sender"}),
    "receiver": frozenset({"receiver"}),
    "either": frozenset({"sender", "receiver"}),
    "invited": frozenset({"invited"}),
    "guest": frozenset({"invited", "helper"}),
    "member": frozenset({"sender", "receiver", "introducer", "helper"}),
    "disputant": frozenset({"disputant"}),
    "addressee": frozenset({"receiver", "partner"}),
}
"""Which roles a party of the tables stands for."""


class Transition(NamedTuple):
    """One row of a table: an act, whose it is, where it may be done and where it leads.

    ``to`` is None when the act leaves the state as it is; of two concurrent acts the one with the
    lower ``precedence`` is settled first; ``when`` must hold as well. A kind may have several
    rows: the first that fits is taken.
    """

    kind: str
    party: Party
    froms: frozenset[State]
    to: State | None
    precedence: int
    when: Condition = ""


class CaseType(NamedTuple):
    """A kind of case: the entry that opens it, the state it begins in, and its table."""

    name: str
    opening: type[CaseOpening]
    initial: State
    rows: tuple[Transition, ...]

    def find(self, kind: str) -> tuple[Transition, ...]:
        """The rows of a kind of act; none when it is no act of such a case."""
        return _ROWS.get((self.name, kind), ())

    @property
    def states(self) -> tuple[State, ...]:
        """Every state such a case can stand in, the first one first."""
        leads = [row.to for row in self.rows if row.to is not None]
        return tuple(dict.fromkeys([self.initial, *leads]))

    @property
    def ends(self) -> tuple[State, ...]:
        """The states no act leads out of."""
        left = {state for row in self.rows if row.to is not None for state in row.froms}
        return tuple(sorted(set(self.states) - left))


def _row(
    act: type[CaseAct],
    party: Party,
    froms: tuple[State, ...],
    to: State | None,
    rank: int,
    when: Condition = "",
) -> Transition:
    return Transition(act.KIND, party, frozenset(froms), to, rank, when)


_ASKED: tuple[State, ...] = ("requested", "queried")
_AT_WORK: tuple[State, ...] = ("accepted", "started")
_OPEN: tuple[State, ...] = ("accepted", "started", "concluded", "disputed")

REFERRAL: Final = CaseType(
    "referral",
    ReferralRequested,
    "requested",
    (
        _row(ReferralAccepted, "receiver", _ASKED, "accepted", 1),
        _row(ReferralDeclined, "receiver", _ASKED, "declined", 2),
        _row(ReferralRevoked, "sender", _ASKED, "revoked", 3),
        _row(ReferralQueried, "receiver", ("requested",), "queried", 4),
        _row(ReferralAnswered, "sender", ("queried",), "requested", 5),
        _row(ContactDisclosed, "sender", _AT_WORK, None, 6, "to a member"),
        _row(ReferralStarted, "receiver", ("accepted",), "started", 7),
        _row(HelperInvited, "either", _AT_WORK, None, 8, "a newcomer"),
        _row(HelperJoined, "invited", _AT_WORK, None, 9),
        _row(HelperLeft, "guest", _OPEN, None, 10),
        _row(HelperReleased, "either", _OPEN, None, 11, "a guest"),
        _row(SplitProposed, "either", _OPEN, None, 12, "among members"),
        _row(SplitAgreed, "member", _OPEN, None, 13, "the split named"),
        _row(SplitRejected, "member", _OPEN, None, 14, "the split named"),
        _row(ReferralConcluded, "receiver", (*_AT_WORK, "disputed"), "concluded", 15),
        _row(ReferralConfirmed, "sender", ("concluded",), "closed", 16, "no result"),
        _row(ReferralConfirmed, "sender", ("concluded",), "confirmed", 16, "the shares stand"),
        _row(ReferralDisputed, "either", (*_AT_WORK, "concluded"), "disputed", 17),
        _row(ReferralResumed, "disputant", ("disputed",), "started", 18),
        _row(ReferralClosed, "disputant", ("disputed",), "closed", 19),
        _row(ReferralReopened, "sender", ("closed",), "requested", 20),
    ),
)
"""A need handed to another station, and what comes of it (A7, D3, D9, R6)."""

_HEARD: tuple[State, ...] = ("expressed", "queried")

INTEREST: Final = CaseType(
    "interest",
    InterestExpressed,
    "expressed",
    (
        _row(InterestMatched, "receiver", _HEARD, "matched", 1),
        _row(InterestDeclined, "receiver", _HEARD, "declined", 2),
        _row(InterestWithdrawn, "sender", _HEARD, "withdrawn", 3),
        _row(InterestQueried, "receiver", ("expressed",), "queried", 4),
        _row(InterestAnswered, "sender", ("queried",), "expressed", 5),
    ),
)
"""A station says what it could do for a published need of another (D5, must-have 6)."""

INTRODUCTION: Final = CaseType(
    "introduction",
    IntroductionProposed,
    "proposed",
    (
        _row(IntroductionFollowed, "receiver", ("proposed",), "followed", 1),
        _row(IntroductionDeclined, "addressee", ("proposed",), "declined", 2),
        _row(IntroductionWithdrawn, "sender", ("proposed",), "withdrawn", 3),
    ),
)
"""A station that is no party brings a need's station and another together (D6)."""

CASE_TYPES: Final = (REFERRAL, INTEREST, INTRODUCTION)
"""The whole of what parties may do (SPEC 12.2); there is no other rule."""

TRANSITIONS: Final = REFERRAL.rows


def _rows_by_kind() -> dict[tuple[str, str], tuple[Transition, ...]]:
    found: dict[tuple[str, str], tuple[Transition, ...]] = {}
    for each in CASE_TYPES:
        for row in each.rows:
            key = (each.name, row.kind)
            found[key] = (*found.get(key, ()), row)
    return found


_ROWS = _rows_by_kind()
_BY_OPENING = {each.opening.KIND: each for each in CASE_TYPES}


def find_type(opening_kind: str) -> CaseType | None:
    """The type of case an entry of this kind opens; None when it opens none."""
    return _BY_OPENING.get(opening_kind)


def diagram(of: CaseType = REFERRAL) -> str:
    """A table as a mermaid state diagram, for SPEC and for people."""
    lines = ["stateDiagram-v2", f"    [*] --> {of.initial}: sender {_name(of.opening.KIND)}"]
    for row in (each for each in of.rows if each.to is not None):
        when = f" ({row.when})" if row.when else ""
        for state in sorted(row.froms):
            lines.append(f"    {state} --> {row.to}: {row.party} {_name(row.kind)}{when}")
    for state in of.states:
        staying = [_name(row.kind) for row in of.rows if row.to is None and state in row.froms]
        if staying:
            lines.append(f"    {state} --> {state}: {', '.join(staying)}")
    lines += [f"    {state} --> [*]" for state in of.ends]
    return "\n".join(lines) + "\n"


def _name(kind: str) -> str:
    return kind.partition("/")[0]
