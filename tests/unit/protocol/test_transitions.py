"""Every act of every case in every state by every party: allowed as the table says, else refused.

The cases are driven by the tables themselves (SPEC 12.2, 12.6, 12.7): a new row is tried without
a new test, and an act no row is for is tried as well.
"""

import itertools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.cases import Case, CaseEntry, allowed_acts, fold_case, judge_act
from protocol.keys import digest
from protocol.records import (
    KINDS,
    CaseAct,
    Consent,
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
    SplitAgreed,
    SplitProposed,
    SplitRejected,
)
from protocol.transitions import (
    CASE_TYPES,
    INTEREST,
    INTRODUCTION,
    REFERRAL,
    ROLES,
    CaseType,
    State,
    diagram,
)

NAMES = ("sender", "receiver", "helper", "other", "partner", "introducer", "stranger")
SENDER, RECEIVER, HELPER, OTHER, PARTNER, INTRODUCER, STRANGER = (
    digest(name.encode()) for name in NAMES
)
STATIONS = dict(
    zip(NAMES, (SENDER, RECEIVER, HELPER, OTHER, PARTNER, INTRODUCER, STRANGER), strict=True)
)
OPEN, NEED = digest(b"opening"), digest(b"need")
SALT = "A" * 22
CONSENT = Consent(on="2026-11-02", by="法定代表人", purpose="work", kinds=("name",))
PART = digest(b"ciphertext")


def _shares(**percents: int) -> list[dict[str, object]]:
    return [{"station": STATIONS[name], "percent": each} for name, each in percents.items()]


class Story:
    """A case told act by act, each author having seen all of it."""

    def __init__(self, of: CaseType = REFERRAL, /, **more: object) -> None:
        fields: dict[str, object] = {"salt": SALT, "need": NEED, "to": RECEIVER, **more}
        if of is INTRODUCTION:
            fields["partner"] = PARTNER
        self.opening = CaseEntry(OPEN, of.opening.KIND, SENDER, of.opening.model_validate(fields))
        self.entries: list[CaseEntry] = []

    @property
    def case(self) -> Case:
        return fold_case(self.opening, self.entries)

    def entry(self, station: str, kind: type[CaseAct], /, **said: object) -> CaseEntry:
        record = kind.model_validate({"after": self.case.frontier, **said})
        name = f"{kind.KIND} by {station} as number {len(self.entries)}"
        return CaseEntry(digest(name.encode()), kind.KIND, station, record)

    def do(self, station: str, kind: type[CaseAct], /, **said: object) -> "Story":
        self.entries.append(self.entry(station, kind, **said))
        assert self.case.history[-1].verdict == "applied", self.case.history[-1]
        return self

    def verdict(self, station: str, kind: type[CaseAct], /, **said: object) -> str:
        entry = self.entry(station, kind, **said)
        history = fold_case(self.opening, [*self.entries, entry]).history
        return next(step.verdict for step in history if step.id == entry.id)


def _accepted(**more: object) -> Story:
    return Story(REFERRAL, **more).do(RECEIVER, ReferralAccepted)


def _helped() -> Story:
    story = _accepted().do(RECEIVER, HelperInvited, station=HELPER).do(HELPER, HelperJoined)
    return story.do(SENDER, HelperInvited, station=OTHER)


def _with_split() -> Story:
    story = _helped()
    shares = _shares(sender=40, receiver=40, helper=20)
    return story.do(RECEIVER, SplitProposed, shares=shares)


def _told(story: Story, outcome: str = "advice") -> Story:
    return story.do(RECEIVER, ReferralConcluded, outcome=outcome)


def _doubted(story: Story) -> Story:
    return story.do(SENDER, ReferralDisputed, reason="不符")


def _failed() -> Story:
    return _told(_accepted(), "no-result").do(SENDER, ReferralConfirmed)


WAYS: dict[tuple[str, State], tuple[Callable[[], Story], ...]] = {
    ("referral", "requested"): (Story,),
    ("referral", "queried"): (lambda: Story().do(RECEIVER, ReferralQueried, note="？"),),
    ("referral", "accepted"): (_accepted, _helped, _with_split),
    ("referral", "declined"): (lambda: Story().do(RECEIVER, ReferralDeclined, reason="field"),),
    ("referral", "revoked"): (lambda: Story().do(SENDER, ReferralRevoked),),
    ("referral", "started"): (
        lambda: _accepted().do(RECEIVER, ReferralStarted),
        lambda: _helped().do(RECEIVER, ReferralStarted),
        lambda: _with_split().do(RECEIVER, ReferralStarted),
    ),
    ("referral", "concluded"): (
        lambda: _told(_accepted()),
        lambda: _told(_accepted(), "no-result"),
        lambda: _told(_helped()),
        lambda: _told(_with_split()),
    ),
    ("referral", "confirmed"): (lambda: _told(_accepted()).do(SENDER, ReferralConfirmed),),
    ("referral", "disputed"): (
        lambda: _doubted(_accepted()), lambda: _doubted(_helped()),
        lambda: _doubted(_with_split()),
    ),
    ("referral", "closed"): (
        _failed, lambda: _doubted(_accepted()).do(SENDER, ReferralClosed, reason="无法继续"),
    ),
    ("interest", "expressed"): (lambda: Story(INTEREST),),
    ("interest", "queried"): (lambda: Story(INTEREST).do(RECEIVER, InterestQueried, note="？"),),
    ("interest", "matched"): (lambda: Story(INTEREST).do(RECEIVER, InterestMatched),),
    ("interest", "declined"): (
        lambda: Story(INTEREST).do(RECEIVER, InterestDeclined, reason="unfit"),
    ),
    ("interest", "withdrawn"): (lambda: Story(INTEREST).do(SENDER, InterestWithdrawn),),
    ("introduction", "proposed"): (lambda: Story(INTRODUCTION),),
    ("introduction", "followed"): (
        lambda: Story(INTRODUCTION).do(RECEIVER, IntroductionFollowed),
    ),
    ("introduction", "declined"): (
        lambda: Story(INTRODUCTION).do(PARTNER, IntroductionDeclined, reason="不合适"),
    ),
    ("introduction", "withdrawn"): (
        lambda: Story(INTRODUCTION).do(SENDER, IntroductionWithdrawn),
    ),
}  # fmt: skip
"""How a case comes to each state, once for each thing a condition asks about."""


def _fields(case: Case, kind: type[CaseAct], station: str) -> dict[str, object]:
    """What an act says that meets every condition, where one can be met at all."""
    split = case.parties.split.id if case.parties.split is not None else NEED
    said: dict[type[CaseAct], dict[str, object]] = {
        ReferralDeclined: {"reason": "field"},
        ReferralQueried: {"note": "请补充"},
        ReferralAnswered: {"note": "见附表"},
        ContactDisclosed: {"to": RECEIVER, "sealed": PART, "consent": CONSENT},
        ReferralConcluded: {"outcome": "advice"},
        ReferralDisputed: {"reason": "不符"},
        ReferralClosed: {"reason": "无法继续"},
        ReferralReopened: {"reason": "企业重提"},
        HelperInvited: {"station": STRANGER if station != STRANGER else HELPER},
        HelperLeft: {"reason": "人手不足"},
        HelperReleased: {"station": HELPER, "reason": "未答复"},
        SplitProposed: {"shares": _shares(sender=50, receiver=50)},
        SplitAgreed: {"proposal": split},
        SplitRejected: {"proposal": split, "reason": "偏低"},
        InterestDeclined: {"reason": "unfit"},
        InterestQueried: {"note": "请补充"},
        InterestAnswered: {"note": "见附表"},
        IntroductionDeclined: {"reason": "不合适"},
    }
    return said.get(kind, {})


def _stories() -> Iterator[tuple[str, CaseType, State, Callable[[], Story]]]:
    for of in CASE_TYPES:
        for state in of.states:
            for number, way in enumerate(WAYS[of.name, state]):
                yield f"{of.name} {state} {number}", of, state, way


def _acts(of: CaseType) -> list[type[CaseAct]]:
    kinds = [KINDS[kind] for kind in dict.fromkeys(row.kind for row in of.rows)]
    assert all(issubclass(kind, CaseAct) for kind in kinds)
    return [kind for kind in kinds if issubclass(kind, CaseAct)]


ALL = [pytest.param(of, state, way, id=name) for name, of, state, way in _stories()]


@pytest.mark.parametrize(("of", "state", "way"), ALL)
def test_every_act_by_everybody_is_taken_as_the_table_says(
    of: CaseType, state: State, way: Callable[[], Story]
) -> None:
    story = way()
    case = story.case
    assert case.state == state

    for kind, station in itertools.product(_acts(of), STATIONS.values()):
        said = _fields(case, kind, station)
        entry = story.entry(station, kind, **said)
        after = fold_case(story.opening, [*story.entries, entry])
        step = next(step for step in after.history if step.id == entry.id)

        rows = [row for row in of.rows if row.kind == kind.KIND and state in row.froms]
        rows = [row for row in rows if case.parties.roles(station) & ROLES[row.party]]
        row = next(
            (row for row in rows if case.parties.meets(row.when, station, entry.record)), None
        )
        told = (step.verdict, after.state, step.reason == "")
        if row is None:
            assert told == ("refused", state, False), (kind.KIND, station)
        else:
            assert told == ("applied", row.to or state, True), (kind.KIND, station)
        assert (judge_act(case, entry) == "") == (step.verdict == "applied")
        if step.verdict == "applied":
            assert kind.KIND in allowed_acts(case, station)


@pytest.mark.parametrize(("of", "state", "way"), ALL)
def test_what_is_said_to_be_allowed_can_be_done(
    of: CaseType, state: State, way: Callable[[], Story]
) -> None:
    story = way()
    case = story.case

    for name, station in STATIONS.items():
        for kind in _acts(of):
            if kind.KIND in allowed_acts(case, station):
                said = _fields(case, kind, station)
                if kind is HelperReleased and HELPER not in case.parties.helpers:
                    said["station"] = OTHER
                assert story.verdict(station, kind, **said) == "applied", (name, kind.KIND)


def test_every_state_of_every_table_and_every_row_is_tried() -> None:
    tried = set()
    for _, of, state, way in _stories():
        case = way().case
        for row in of.rows:
            parties = (each for each in STATIONS.values() if case.parties.may(each, row))
            if state in row.froms and any(
                case.parties.could(row.when, each, row.kind) for each in parties
            ):
                tried.add((of.name, row.kind, state, row.when))

    every = {
        (of.name, row.kind, state, row.when)
        for of in CASE_TYPES
        for row in of.rows
        for state in row.froms
    }
    assert every - tried == set()


@pytest.mark.parametrize("of", CASE_TYPES, ids=lambda of: of.name)
def test_concurrent_acts_have_an_order_and_a_table_names_its_own_kinds(of: CaseType) -> None:
    ranks = {row.kind: row.precedence for row in of.rows}

    assert len(set(ranks.values())) == len(ranks)
    assert all(row.precedence == ranks[row.kind] for row in of.rows)
    assert all(issubclass(KINDS[kind], CaseAct) for kind in ranks)
    for other in CASE_TYPES:
        assert other is of or not ranks.keys() & {row.kind for row in other.rows}


@pytest.mark.parametrize("of", CASE_TYPES, ids=lambda of: of.name)
def test_the_diagram_shows_every_row_and_every_end(of: CaseType) -> None:
    lines = diagram(of).splitlines()

    assert lines[0] == "stateDiagram-v2"
    assert lines[1].startswith(f"    [*] --> {of.initial}: sender ")
    for row in of.rows:
        act = row.kind.partition("/")[0]
        for state in row.froms:
            leads = [
                line for line in lines if line.startswith(f"    {state} --> {row.to or state}:")
            ]
            assert any(act in line for line in leads), (state, act)
    assert [line for line in lines if line.endswith("[*]")] == [f"    {e} --> [*]" for e in of.ends]


# -- what several acts come to


def test_a_helper_s_case_is_confirmed_only_when_every_party_has_agreed_to_the_split() -> None:
    story = _told(_with_split())
    assert story.verdict(SENDER, ReferralConfirmed) == "refused"
    proposal = story.case.parties.split
    assert proposal is not None
    story.do(SENDER, SplitAgreed, proposal=proposal.id)
    assert story.case.shares == ()
    story.do(HELPER, SplitAgreed, proposal=proposal.id)

    story.do(SENDER, ReferralConfirmed)

    assert story.case.state == "confirmed"
    assert dict(story.case.shares) == {SENDER: 40, RECEIVER: 40, HELPER: 20}


def test_a_new_proposal_takes_the_place_of_the_old_one_and_of_what_was_agreed() -> None:
    story = _with_split()
    old = story.case.parties.split
    assert old is not None
    story.do(SENDER, SplitAgreed, proposal=old.id)
    story.do(SENDER, SplitProposed, shares=_shares(sender=30, receiver=30, helper=40))

    assert story.case.parties.split is not None
    assert story.case.parties.split.agreed == (SENDER,)
    assert story.verdict(HELPER, SplitAgreed, proposal=old.id) == "refused"


def test_who_leaves_takes_the_split_with_it_and_may_be_asked_again() -> None:
    story = _with_split().do(HELPER, HelperLeft, reason="人手不足")

    assert story.case.parties.split is None
    assert HELPER not in story.case.parties.everyone
    assert story.verdict(RECEIVER, HelperInvited, station=HELPER) == "applied"


def test_an_introducer_has_to_have_a_share_but_is_not_waited_for() -> None:
    introduced = {"follows": NEED, "introduced_by": INTRODUCER}
    story = _told(_accepted(**introduced))
    assert story.case.shares == ()
    story.do(SENDER, SplitProposed, shares=_shares(sender=50, receiver=50))
    story.do(RECEIVER, SplitAgreed, proposal=_split(story))
    assert story.case.shares == ()

    shares = _shares(sender=45, receiver=45, introducer=10)
    story.do(SENDER, SplitProposed, shares=shares)
    story.do(RECEIVER, SplitAgreed, proposal=_split(story))

    assert dict(story.case.shares)[INTRODUCER] == 10
    assert (
        story.verdict(INTRODUCER, SplitRejected, proposal=_split(story), reason="低") == "applied"
    )


def _split(story: Story) -> str:
    found = story.case.parties.split
    assert found is not None
    return found.id


def test_two_stations_alone_share_alike() -> None:
    assert dict(_told(_accepted()).case.shares) == {SENDER: 50, RECEIVER: 50}


def test_a_name_is_disclosed_to_one_station_that_works_on_the_case() -> None:
    story = _helped()
    for told, verdict in (
        (RECEIVER, "applied"),
        (HELPER, "applied"),
        (OTHER, "refused"),
        (STRANGER, "refused"),
        (SENDER, "refused"),
    ):
        said = {"to": told, "sealed": PART, "consent": CONSENT}
        assert story.verdict(SENDER, ContactDisclosed, **said) == verdict


def test_no_more_stations_take_part_than_can_share() -> None:
    story = _accepted()
    for number in range(14):
        story.do(SENDER, HelperInvited, station=digest(f"helper {number}".encode()))

    assert HelperInvited.KIND not in allowed_acts(story.case, SENDER)
    assert story.verdict(SENDER, HelperInvited, station=STRANGER) == "refused"


def test_only_who_raised_the_dispute_can_end_it() -> None:
    story = _accepted().do(RECEIVER, ReferralDisputed, reason="资料不符")

    assert story.verdict(SENDER, ReferralResumed) == "refused"
    assert story.verdict(SENDER, ReferralClosed, reason="结束") == "refused"
    assert story.do(RECEIVER, ReferralResumed).case.state == "started"


def test_a_case_taken_up_again_is_answered_anew_and_has_no_outcome() -> None:
    story = _failed()
    assert (story.case.state, story.case.outcome) == ("closed", "no-result")

    story.do(SENDER, ReferralReopened, reason="企业重提")

    assert (story.case.state, story.case.outcome) == ("requested", None)
    assert ReferralAccepted.KIND in allowed_acts(story.case, RECEIVER)


def test_a_transfer_is_one_from_its_first_acceptance_on() -> None:
    story = Story(manner="transfer", as_of={"epoch": 1, "seq": 0})
    assert not story.case.is_transferred

    story.do(RECEIVER, ReferralAccepted)
    assert story.case.is_transferred
    _told(story, "no-result").do(SENDER, ReferralConfirmed)
    story.do(SENDER, ReferralReopened, reason="重新办理").do(
        RECEIVER, ReferralDeclined, reason="other"
    )
    assert story.case.is_transferred


def test_a_station_introduces_no_need_to_itself() -> None:
    record = IntroductionProposed(salt=SALT, need=NEED, to=RECEIVER, partner=SENDER)
    opening = CaseEntry(OPEN, record.KIND, SENDER, record)

    assert all(not allowed_acts(fold_case(opening, []), each) for each in STATIONS.values())


def test_what_opens_no_case_is_folded_as_none() -> None:
    record = ReferralAccepted(after=(OPEN,))
    with pytest.raises(AssertionError):
        fold_case(CaseEntry(NEED, record.KIND, RECEIVER, record), [])


# -- any acts, any order


@st.composite
def _tangles(draw: st.DrawFn) -> tuple[CaseEntry, list[CaseEntry]]:
    """Acts of anybody in a case of any type, each after some that came before or after nothing
    that is held."""
    of = draw(st.sampled_from(CASE_TYPES))
    story = Story(of)
    seen: list[CaseEntry] = []
    for number in range(draw(st.integers(0, 9))):
        known = [OPEN, *(each.id for each in seen), digest(b"missing")]
        after = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        kind = draw(st.sampled_from(_acts(of)))
        station = draw(st.sampled_from([SENDER, RECEIVER, RECEIVER, SENDER, HELPER, STRANGER]))
        said = _fields(fold_case(story.opening, seen), kind, station)
        record: Record = kind.model_validate({"after": after, **said})
        seen.append(CaseEntry(digest(f"{number} {kind.KIND}".encode()), kind.KIND, station, record))
    return story.opening, seen


@given(tangle=_tangles(), data=st.data())
def test_the_order_of_arrival_makes_no_difference(
    tangle: tuple[CaseEntry, list[CaseEntry]], data: st.DataObject
) -> None:
    opening, entries = tangle
    shuffled = data.draw(st.permutations(entries))

    assert fold_case(opening, shuffled) == fold_case(opening, entries)


@given(tangle=_tangles())
def test_acts_in_force_follow_the_table_and_none_is_lost(
    tangle: tuple[CaseEntry, list[CaseEntry]],
) -> None:
    opening, entries = tangle
    case = fold_case(opening, entries)

    state: str = case.type.initial
    for step in case.history[1:]:
        if step.verdict == "applied":
            rows = [row for row in case.type.find(step.kind) if state in row.froms]
            leads = {row.to or state for row in rows}
            assert rows
            state = case.state if case.state in leads and len(leads) > 1 else next(iter(leads))

    assert {step.id for step in case.history} == {OPEN, *(each.id for each in entries)}


@given(tangle=_tangles())
def test_an_act_after_the_frontier_is_never_superseded(
    tangle: tuple[CaseEntry, list[CaseEntry]],
) -> None:
    opening, entries = tangle
    case = fold_case(opening, entries)

    for station in (SENDER, RECEIVER, HELPER):
        for kind in _acts(case.type):
            said = {"after": case.frontier, **_fields(case, kind, station)}
            act = CaseEntry(digest(b"next"), kind.KIND, station, kind.model_validate(said))
            history = fold_case(opening, [*entries, act]).history
            verdict = next(step.verdict for step in history if step.id == act.id)
            assert verdict == ("refused" if judge_act(case, act) else "applied")


def test_the_kinds_that_open_a_case_are_these() -> None:
    assert [of.opening for of in CASE_TYPES] == [
        ReferralRequested, InterestExpressed, IntroductionProposed,
    ]  # fmt: skip


def test_begun_work_can_be_asked_for_only_once() -> None:
    story = _accepted().do(RECEIVER, ReferralStarted)

    assert story.verdict(RECEIVER, ReferralStarted) == "refused"
