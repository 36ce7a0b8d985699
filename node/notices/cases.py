"""What is told of cases: to each party what others did, and what it has to answer (A7, D3-D11)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from node.notices.kinds import KINDS
from node.notices.telling import Told, find_given, settle, tell
from node.readmodels import approaches, entries, needs, referrals
from protocol.records import HelperInvited, HelperReleased, Record, SplitProposed, find_record

if TYPE_CHECKING:
    from node.readmodels.approaches import ApproachView
    from node.readmodels.cases import CaseStep
    from node.readmodels.referrals import ReferralView
    from node.store import Reading

_ANSWERS: Mapping[str, tuple[str, ...]] = {
    "referral.accepted/1": ("referral.requested",),
    "referral.declined/1": ("referral.requested",),
    "contact.disclosed/1": ("referral.accepted",),
    "referral.confirmed/1": ("referral.concluded",),
    "referral.disputed/1": ("referral.concluded",),
    "helper.joined/1": ("helper.invited",),
    "helper.left/1": ("helper.invited",),
    "split.agreed/1": ("split.proposed",),
    "split.rejected/1": ("split.proposed",),
    "interest.matched/1": ("interest.expressed",),
    "interest.declined/1": ("interest.expressed",),
    "introduction.followed/1": ("introduction.proposed",),
    "introduction.declined/1": ("introduction.proposed",),
}
"""The kinds of notice that an own act deals with."""
_TAKEN_BACK: Mapping[str, tuple[str, ...]] = {
    "referral.revoked/1": ("referral.requested",),
    "helper.released/1": ("helper.invited",),
    "interest.withdrawn/1": ("interest.expressed",),
    "introduction.withdrawn/1": ("introduction.proposed",),
}
"""The kinds of notice that another station's act leaves nothing to do about."""
_ENDS = frozenset({"referral.concluded", "referral.confirmed"})
"""What helpers and who brought the two together hear of; the rest is between the two."""
_NAMING = frozenset({HelperInvited.KIND, HelperReleased.KIND, SplitProposed.KIND})
"""Acts that name the stations they are about."""


def tell_of_case(told: Told, id_: str, since_ms: int) -> None:
    """Tell of the steps of a case that this station has a part in.

    Args:
        told: whom, and in which transaction.
        id_: a referral, interest or introduction.
        since_ms: steps before, Unix ms, are not told of.
    """
    referral = referrals.find_one(told.tx, id_)
    if referral is not None:
        _tell_referral(told, referral, since_ms)
        return
    approach = approaches.find_one(told.tx, id_)
    if approach is not None:
        _tell_approach(told, approach, since_ms)


def _tell_referral(told: Told, case: "ReferralView", since_ms: int) -> None:
    is_of_two = told.me in (case.sender, case.receiver)
    others = (case.introducer, *case.helpers, *case.invited)
    if is_of_two or told.me in others or find_given(told.tx, case.id) is not None:
        _tell_steps(told, case, since_ms, partial(_kind_of, told, is_of_two=is_of_two))


def _tell_approach(told: Told, case: "ApproachView", since_ms: int) -> None:
    def kind_of(step: "CaseStep") -> str:
        kind = _kind(step)
        return kind if kind in KINDS else f"{case.type}.moved"

    if told.me in (case.sender, case.receiver, case.partner):
        _tell_steps(told, case, since_ms, kind_of)


def _tell_steps(
    told: Told,
    case: "ReferralView | ApproachView",
    since_ms: int,
    kind_of: Callable[["CaseStep"], str],
) -> None:
    """Tell of what others did, as what ``kind_of`` says; an own step deals with what was told."""
    title = _title(told.tx, case.need)
    for step in case.history:
        if step.verdict != "applied" or step.time < since_ms:
            continue
        if step.station == told.me:
            settle(told.tx, told.now_ms, _ANSWERS.get(step.kind, ()), case.id)
            continue
        settle(told.tx, told.now_ms, _TAKEN_BACK.get(step.kind, ()), case.id)
        kind = kind_of(step)
        if kind:
            given = {"station": told.name(step.station), "title": title}
            tell(told.tx, told.now_ms, kind, case.id, key=step.id, given=given)


def _kind_of(told: Told, step: "CaseStep", *, is_of_two: bool) -> str:
    """As what this station hears of another's step of a referral; empty for what is not its
    business."""
    kind = _kind(step)
    record = _said(told.tx, step) if step.kind in _NAMING else None
    match record:
        case HelperInvited() | HelperReleased() if record.station == told.me:
            return kind
        case SplitProposed() if told.me in [each.station for each in record.shares]:
            return kind
    if not is_of_two:
        return "case.moved" if kind in _ENDS else ""
    return kind if kind in KINDS and step.kind not in _NAMING else "case.moved"


def _kind(step: "CaseStep") -> str:
    """The kind of an act without its version."""
    return step.kind.partition("/")[0]


def _said(reading: "Reading", step: "CaseStep") -> Record | None:
    view = entries.find_many(reading, [step.id]).get(step.id)
    if view is None:
        return None
    return find_record(view.kind, view.channel, reading.entry(view.log, view.seq).body)


def _title(reading: "Reading", need: str) -> str:
    found = needs.find_many(reading, [need]).get(need)
    return found.title if found is not None else need[:8]
