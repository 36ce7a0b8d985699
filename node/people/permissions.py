"""Which role may do what: one table, read by API, console and commands alike."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody at a station is there for (A6, F2, H1, I13)."""

    MANAGER = "manager"
    BROKER = "broker"
    REVIEWER = "reviewer"
    CLERK = "clerk"
    OBSERVER = "observer"
    AUDITOR = "auditor"


class Act(StrEnum):
    """What a permission is needed for; whatever is public at the station needs none."""

    OWN = "own"
    """End one's own sessions, change one's own password."""
    ACCOUNTS = "accounts"
    """Make accounts, give roles, disable, set another's password, end another's sessions."""
    TRAIL = "trail"
    """Read and verify the audit trail."""
    READ_CARDS = "read-cards"
    """Read enterprises' cards and visits with their notes (D11)."""
    WRITE_CARDS = "write-cards"
    """Keep enterprises' cards and record visits (B2)."""
    PUBLISH = "publish"
    """Publish, amend and withdraw needs, results and resources, bring in files (B3, C4, F1)."""
    REVIEW = "review"
    """Approve what somebody else drafted, or return it with reasons (must-have 3)."""
    REFER = "refer"
    """Hand needs on and answer what was handed on (D3, D9)."""
    DISCLOSE = "disclose"
    """Disclose an enterprise, read what was disclosed (D11)."""
    SERVE = "serve"
    """Keep engagements, agreements, contracts and activities (E1-E16)."""
    ASK = "ask"
    """Ask enterprises what they say, enter and read their answers (R7)."""
    WATCH = "watch"
    """Save searches, read alerts, keep the station's own words (D13)."""
    REPORT = "report"
    """Compile the station's performance report (M6)."""
    JUDGE = "judge"
    """Approve and return reports of stations below (M4)."""
    CHECK = "check"
    """Say whether this station agrees with a ranking (M10)."""
    RANK = "rank"
    """Publish policies, cuts and rankings (M10, R2)."""
    ADMIT = "admit"
    """Admit stations, renew, move and end memberships, sign acts (A9)."""
    MANAGE = "manage"
    """Stand by disputed entries, fold the read models anew, and whatever names no other act."""


_ALL = frozenset(Role)
_M, _B, _R, _C = Role.MANAGER, Role.BROKER, Role.REVIEWER, Role.CLERK

PERMISSIONS: Mapping[Act, frozenset[Role]] = MappingProxyType(
    {
        Act.OWN: _ALL,
        Act.ACCOUNTS: frozenset({_M}),
        Act.TRAIL: frozenset({_M, Role.AUDITOR}),
        Act.READ_CARDS: frozenset({_M, _B, _R, _C}),
        Act.WRITE_CARDS: frozenset({_M, _B, _C}),
        Act.PUBLISH: frozenset({_M, _B, _C}),
        Act.REVIEW: frozenset({_M, _R}),
        Act.REFER: frozenset({_M, _B}),
        Act.DISCLOSE: frozenset({_M, _B}),
        Act.SERVE: frozenset({_M, _B, _C}),
        Act.ASK: frozenset({_M, _B}),
        Act.WATCH: frozenset({_M, _B, _R, _C}),
        Act.REPORT: frozenset({_M, _C}),
        Act.JUDGE: frozenset({_M, _R}),
        Act.CHECK: frozenset({_M, _R}),
        Act.RANK: frozenset({_M}),
        Act.ADMIT: frozenset({_M}),
        Act.MANAGE: frozenset({_M}),
    }
)
"""The roles that may do each act; the operator, who holds the node's token, may do all."""


def roles_of(act: Act) -> tuple[Role, ...]:
    """The roles that may do an act, in the order of :class:`Role`."""
    return tuple(role for role in Role if role in PERMISSIONS[act])
