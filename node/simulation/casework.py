"""Cases in a simulated network: openings of every sort, and every act its parties may do in one."""

from collections.abc import Callable
from random import Random

from node.errors import NotFoundError
from node.readmodels import cases
from node.simulation.machine import SimNode
from protocol.cases import Case, allowed_acts
from protocol.keys import encode_b64
from protocol.records import (
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
    Record,
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
    Share,
    SplitAgreed,
    SplitProposed,
    SplitRejected,
)
from protocol.records.performance import OutcomeConfirmed
from protocol.records.referrals import Contract

DAY = "2026-09-21"
"""The day of whatever has one in a simulated network: a contract, a visit."""
_DRAWS = 10_000

Say = Callable[[Case, SimNode, Random], Record]


def salt_of(node: SimNode) -> str:
    """A salt of 22 characters."""
    return encode_b64(node.random(16))


def refer(node: SimNode, need: str, to: str) -> str | None:
    """Hand a need to another station; the case's id."""
    return _open(node, ReferralRequested(salt=salt_of(node), need=need, to=to))


def offer(node: SimNode, need: str, to: str) -> str | None:
    """Say to a need's station that something fits it; the interest's id."""
    return _open(node, InterestExpressed(salt=salt_of(node), need=need, to=to, note="可以承接"))


def introduce(node: SimNode, need: str, to: str, partner: str) -> str | None:
    """Bring a need's station and another together; the introduction's id."""
    record = IntroductionProposed(salt=salt_of(node), need=need, to=to, partner=partner)
    return _open(node, record)


def _open(node: SimNode, record: Record) -> str | None:
    entry = node.publish(record)
    return entry.id if entry else None


def act(node: SimNode, case: Case, kind: str, draw: int = 1000) -> bool:
    """Do one act in a case, as far as this node knows the case, and what goes with it.

    Args:
        node: whose station acts.
        case: as the node knows it.
        kind: of the act.
        draw: decides what the act says: amounts, further stations.

    Returns:
        Whether it was signed.
    """
    random = Random(draw)  # noqa: S311
    if node.publish(_SAYING[kind](case, node, random), case.id) is None:
        return False
    if kind == ReferralConfirmed.KIND:
        shares = tuple(Share(station=station, percent=part) for station, part in case.shares)
        node.publish(OutcomeConfirmed(case=case.id, consent=False, shares=shares), case.id)
    if kind == InterestMatched.KIND:
        _follow(node, case, case.sender, None)
    if kind == IntroductionFollowed.KIND:
        _follow(node, case, case.parties.partner, case.sender)
    return True


def act_at_random(node: SimNode, case_id: str, random: Random) -> bool:
    """Do one of the acts that this node's station may do; whether there was one it signed."""
    case = case_of(node, case_id)
    kinds = sorted(_SAYING.keys() & allowed_acts(case, node.id)) if case else []
    if case is None or not kinds:
        return False
    return act(node, case, random.choice(kinds), random.randrange(_DRAWS))


def case_of(node: SimNode, case_id: str) -> Case | None:
    """The case as this node knows it, None before it arrived."""
    try:
        return node.store.read(lambda reading: cases.get_case(reading, case_id))
    except NotFoundError:
        return None


def _follow(node: SimNode, case: Case, to: str, introducer: str | None) -> None:
    """The referral that comes of an interest or an introduction."""
    record = ReferralRequested(
        salt=salt_of(node), need=case.need, to=to, follows=case.id, introduced_by=introducer
    )
    _open(node, record)


def _conclude(case: Case, _: SimNode, random: Random) -> Record:
    contract = Contract(type="development", amount_fen=random.randrange(_DRAWS), signed=DAY)
    return ReferralConcluded(after=case.frontier, outcome="contract", contract=contract)


def _invite(case: Case, node: SimNode, random: Random) -> Record:
    strangers = sorted(node.roster.stations.keys() - set(case.parties.everyone))
    return HelperInvited(after=case.frontier, station=random.choice(strangers), note="协助试验")


def _release(case: Case, _: SimNode, random: Random) -> Record:
    guests = [*case.parties.invited, *case.parties.helpers]
    return HelperReleased(after=case.frontier, station=random.choice(guests), reason="不再需要协助")


def _propose(case: Case, _: SimNode, random: Random) -> Record:
    """Everyone gets a tenth, and one of them the rest."""
    members = list(dict.fromkeys(case.parties.members))
    largest = random.choice(members)
    rest = 100 - 10 * (len(members) - 1)
    shares = (Share(station=each, percent=rest if each == largest else 10) for each in members)
    return SplitProposed(after=case.frontier, shares=tuple(shares))


def _agree(case: Case, _: SimNode, __: Random) -> Record:
    assert case.parties.split is not None
    return SplitAgreed(after=case.frontier, proposal=case.parties.split.id)


def _reject(case: Case, _: SimNode, __: Random) -> Record:
    assert case.parties.split is not None
    return SplitRejected(after=case.frontier, proposal=case.parties.split.id, reason="比例不妥")


def _plain(kind: type[Record], **said: object) -> Say:
    """An act that says the same whoever does it in whatever case."""
    return lambda case, _, __: kind.model_validate({"after": case.frontier, **said})


_SAYING: dict[str, Say] = {
    ReferralAccepted.KIND: _plain(ReferralAccepted),
    ReferralDeclined.KIND: _plain(ReferralDeclined, reason="capacity"),
    ReferralRevoked.KIND: _plain(ReferralRevoked),
    ReferralQueried.KIND: _plain(ReferralQueried, note="请补充工况"),
    ReferralAnswered.KIND: _plain(ReferralAnswered, note="已补充"),
    ReferralStarted.KIND: _plain(ReferralStarted),
    ReferralConcluded.KIND: _conclude,
    ReferralConfirmed.KIND: _plain(ReferralConfirmed, satisfied=4),
    ReferralDisputed.KIND: _plain(ReferralDisputed, reason="说法不一"),
    ReferralResumed.KIND: _plain(ReferralResumed),
    ReferralClosed.KIND: _plain(ReferralClosed, reason="双方同意终止"),
    ReferralReopened.KIND: _plain(ReferralReopened, reason="企业仍需解决"),
    InterestMatched.KIND: _plain(InterestMatched),
    InterestDeclined.KIND: _plain(InterestDeclined, reason="unfit"),
    InterestWithdrawn.KIND: _plain(InterestWithdrawn),
    InterestQueried.KIND: _plain(InterestQueried, note="请说明条件"),
    InterestAnswered.KIND: _plain(InterestAnswered, note="条件如附"),
    IntroductionFollowed.KIND: _plain(IntroductionFollowed),
    IntroductionDeclined.KIND: _plain(IntroductionDeclined, reason="已有合作方"),
    IntroductionWithdrawn.KIND: _plain(IntroductionWithdrawn),
    HelperInvited.KIND: _invite,
    HelperJoined.KIND: _plain(HelperJoined),
    HelperLeft.KIND: _plain(HelperLeft, reason="人手不足"),
    HelperReleased.KIND: _release,
    SplitProposed.KIND: _propose,
    SplitAgreed.KIND: _agree,
    SplitRejected.KIND: _reject,
}
"""What each act says; disclosures are dealt with apart, for who may read them is checked."""
