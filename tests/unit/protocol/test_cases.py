"""The referral's case: the table, the fold, and that order of arrival is nothing (SPEC 12, D3)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.cases import Amounts, Case, CaseEntry, Step, allowed_acts, fold_case
from protocol.keys import digest
from protocol.records import (
    AFTER_MAX,
    Consent,
    ContactDisclosed,
    Contract,
    NeedWithdrawn,
    Record,
    ReferralAccepted,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralRequested,
    ReferralRevoked,
    ReferralStarted,
)

SENDER, RECEIVER, STRANGER = "sender", "receiver", "stranger"
CONSENT = Consent(on="2026-11-02", by="法定代表人", purpose="work", kinds=("name", "phone"))
CONTRACT = Contract(
    type="transfer", amount_fen=5_000_000, technology_fen=4_000_000, signed="2026-11-20"
)


def _id(name: str) -> str:
    return digest(name.encode())


OPEN = _id("opening")


def _opening(receiver: str = RECEIVER) -> CaseEntry:
    record = ReferralRequested.model_construct(salt="", need=_id("need"), to=receiver, result=None)
    return CaseEntry(OPEN, ReferralRequested.KIND, SENDER, record)


def _record(kind: str, after: tuple[str, ...]) -> Record:
    match kind:
        case "accepted":
            return ReferralAccepted(after=after)
        case "declined":
            return ReferralDeclined(after=after, reason="field")
        case "revoked":
            return ReferralRevoked(after=after)
        case "disclosed":
            return ContactDisclosed.model_construct(
                after=after, to=RECEIVER, sealed="A" * 43, consent=CONSENT
            )
        case "started":
            return ReferralStarted(after=after)
        case "concluded":
            return ReferralConcluded(after=after, outcome="contract", contract=CONTRACT)
        case "advised":
            return ReferralConcluded(after=after, outcome="advice")
        case "confirmed":
            return ReferralConfirmed(after=after, satisfied=5)
        case _:
            return ReferralDisputed(after=after, reason="没有人来")


def _act(kind: str, station: str, *after: str, name: str = "") -> CaseEntry:
    record = _record(kind, after or (OPEN,))
    return CaseEntry(_id(name or kind), record.KIND, station, record)


def _chain(*acts: tuple[str, str]) -> list[CaseEntry]:
    """Acts one after another, each having seen the one before."""
    entries: list[CaseEntry] = []
    last = OPEN
    for number, (kind, station) in enumerate(acts):
        entries.append(_act(kind, station, last, name=f"{number} {kind}"))
        last = entries[-1].id
    return entries


ACCEPT, START = ("accepted", RECEIVER), ("started", RECEIVER)
CONCLUDE, CONFIRM = ("concluded", RECEIVER), ("confirmed", SENDER)
DISCLOSE, DISPUTE = ("disclosed", SENDER), ("disputed", SENDER)


def _fold(entries: Sequence[CaseEntry]) -> Case:
    return fold_case(_opening(), entries)


def _verdicts(case: Case) -> dict[str, str]:
    return {step.id: step.verdict for step in case.history}


def test_a_case_begins_requested_and_knows_its_parties() -> None:
    case = _fold([])

    assert (case.id, case.need, case.result) == (OPEN, _id("need"), None)
    assert (case.sender, case.receiver, case.state) == (SENDER, RECEIVER, "requested")
    assert case.history == (Step(OPEN, "referral.requested/1", SENDER, "applied"),)
    assert case.frontier == (OPEN,)
    assert (case.outcome, case.amounts, case.satisfied) == (None, Amounts(), None)


def test_the_whole_way_from_request_to_confirmation() -> None:
    entries = _chain(ACCEPT, DISCLOSE, START, CONCLUDE, CONFIRM)

    case = _fold(entries)

    assert case.state == "confirmed"
    assert [step.verdict for step in case.history] == ["applied"] * 6
    assert (case.outcome, case.satisfied) == ("contract", 5)
    assert case.amounts == Amounts(5_000_000, 4_000_000)
    assert case.frontier == (entries[-1].id,)


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ([("declined", RECEIVER)], "declined"),
        ([("revoked", SENDER)], "revoked"),
        ([ACCEPT, CONCLUDE], "concluded"),
        ([ACCEPT, DISPUTE], "disputed"),
        ([ACCEPT, ("disputed", RECEIVER)], "disputed"),
        ([ACCEPT, START, DISPUTE, CONCLUDE, CONFIRM], "confirmed"),
        ([ACCEPT, CONCLUDE, DISPUTE], "disputed"),
    ],
)
def test_other_ways_a_case_may_go(acts: list[tuple[str, str]], state: str) -> None:
    assert _fold(_chain(*acts)).state == state


def test_a_conclusion_without_contract_has_no_amount() -> None:
    case = _fold(_chain(ACCEPT, ("advised", RECEIVER)))

    assert (case.outcome, case.amounts) == ("advice", Amounts())


def test_a_later_conclusion_replaces_the_disputed_one() -> None:
    case = _fold(_chain(ACCEPT, CONCLUDE, DISPUTE, ("advised", RECEIVER)))

    assert (case.state, case.outcome, case.amounts) == ("concluded", "advice", Amounts())


@pytest.mark.parametrize(
    ("acts", "why"),
    [
        ([("accepted", SENDER)], "not this station's"),
        ([("accepted", STRANGER)], "not this station's"),
        ([("revoked", RECEIVER)], "not this station's"),
        ([ACCEPT, ("disputed", STRANGER)], "not this station's"),
        ([START], "stood at requested"),
        ([DISCLOSE], "stood at requested"),
        ([ACCEPT, ("revoked", SENDER)], "stood at accepted"),
        ([ACCEPT, CONCLUDE, CONFIRM, DISPUTE], "stood at confirmed"),
    ],
)
def test_an_act_that_is_not_its_authors_to_do_is_refused(
    acts: list[tuple[str, str]], why: str
) -> None:
    before, case = _fold(_chain(*acts[:-1])), _fold(_chain(*acts))

    assert case.state == before.state
    assert case.frontier == before.frontier
    assert case.history[-1].verdict == "refused"
    assert why in case.history[-1].reason


def test_accepting_beats_a_concurrent_revocation_whichever_has_the_smaller_id() -> None:
    accepted = _act("accepted", RECEIVER)
    for name in ("r1", "r2", "r3", "r4"):
        revoked = _act("revoked", SENDER, name=name)

        case = _fold([revoked, accepted])

        assert case.state == "accepted"
        assert _verdicts(case)[revoked.id] == "superseded"
        assert case.frontier == tuple(sorted([accepted.id, revoked.id]))


def test_of_two_equal_concurrent_acts_the_smaller_id_counts() -> None:
    first, second = (_act("concluded", RECEIVER, name=name) for name in ("c1", "c2"))
    accepted = _act("accepted", RECEIVER)
    both = [
        each._replace(record=_record(kind, (accepted.id,)))
        for each, kind in ((first, "concluded"), (second, "advised"))
    ]
    winner = min(both, key=lambda each: each.id)

    case = _fold([*both, accepted])

    assert _verdicts(case)[winner.id] == "applied"
    assert sorted(_verdicts(case).values()) == ["applied", "applied", "applied", "superseded"]


def test_a_dispute_concurrent_with_the_conclusion_stands_after_it() -> None:
    accepted, concluded = _chain(ACCEPT, CONCLUDE)
    disputed = _act("disputed", SENDER, accepted.id)

    case = _fold([disputed, concluded, accepted])

    assert case.state == "disputed"
    assert case.frontier == tuple(sorted([concluded.id, disputed.id]))


def test_an_act_whose_after_is_missing_waits_and_so_does_what_follows_it() -> None:
    accepted, started, concluded = _chain(ACCEPT, START, CONCLUDE)

    waiting = _fold([accepted, concluded])
    whole = _fold([accepted, concluded, started])

    assert (waiting.state, whole.state) == ("accepted", "concluded")
    assert _verdicts(waiting)[concluded.id] == "pending"
    assert waiting.history[-1].reason
    assert waiting.frontier == (accepted.id,)
    assert _verdicts(_fold([concluded]))[concluded.id] == "pending"


def test_an_act_that_claims_to_come_after_itself_waits_for_ever() -> None:
    strange = _act("accepted", RECEIVER, _id("accepted"))

    assert _verdicts(_fold([strange])) == {OPEN: "applied", strange.id: "pending"}


def test_doubles_count_once_and_what_is_no_act_is_left_out() -> None:
    accepted = _act("accepted", RECEIVER)
    other = CaseEntry(_id("other"), NeedWithdrawn.KIND, SENDER, NeedWithdrawn())

    case = _fold([accepted, other, accepted, _opening()])

    assert [step.id for step in case.history] == [OPEN, accepted.id]


def test_naming_the_same_entry_twice_is_naming_it_once() -> None:
    assert _fold([_act("accepted", RECEIVER, OPEN, OPEN)]).state == "accepted"


def test_a_station_that_refers_a_need_to_itself_can_do_nothing_with_it() -> None:
    case = fold_case(_opening(receiver=SENDER), [_act("accepted", SENDER)])

    assert (case.state, case.history[-1].verdict) == ("requested", "refused")
    assert allowed_acts(case, SENDER) == ()


def test_a_stranger_cannot_push_the_parties_out_of_the_frontier() -> None:
    accepted = _act("accepted", RECEIVER)
    noise = [_act("accepted", STRANGER, name=f"noise {n}") for n in range(40)]
    covering = _act("revoked", STRANGER, accepted.id)

    assert _fold([accepted, *noise, covering]).frontier == (accepted.id,)


def test_a_party_that_knew_better_does_not_empty_the_frontier() -> None:
    accepted, again = _chain(ACCEPT, ACCEPT)

    case = _fold([accepted, again])

    assert (case.history[-1].verdict, case.frontier) == ("refused", (accepted.id,))


def test_the_frontier_never_holds_more_than_an_act_may_name() -> None:
    many = [_act("disclosed", SENDER, _id("accepted"), name=f"d{n}") for n in range(40)]

    case = _fold([_act("accepted", RECEIVER), *many])

    assert len(case.frontier) == AFTER_MAX
    assert set(case.frontier) <= {each.id for each in many}


def test_only_a_request_opens_a_case() -> None:
    with pytest.raises(AssertionError):
        fold_case(_act("accepted", RECEIVER), [])


_KINDS = (
    "accepted",
    "declined",
    "revoked",
    "disclosed",
    "started",
    "concluded",
    "advised",
    "confirmed",
    "disputed",
)


@st.composite
def _cases(draw: st.DrawFn) -> list[CaseEntry]:
    """Acts of both parties and a stranger, each after some that came before, some after nothing
    that is held."""
    entries: list[CaseEntry] = []
    for number in range(draw(st.integers(0, 9))):
        known = [OPEN, *(each.id for each in entries), _id("missing")]
        after = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        kind = draw(st.sampled_from(_KINDS))
        station = draw(st.sampled_from([SENDER, RECEIVER, RECEIVER, SENDER, STRANGER]))
        entries.append(_act(kind, station, *after, name=f"{number} {kind}"))
    return entries


@given(entries=_cases(), data=st.data())
def test_the_order_of_arrival_makes_no_difference(
    entries: list[CaseEntry], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(entries))

    assert _fold(shuffled) == _fold(entries)
