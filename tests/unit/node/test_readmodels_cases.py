"""Read models that join several stations' words: referrals, outcomes, reports, rankings."""

import itertools
from collections.abc import Callable

import pytest

from node.calendar import day_of, read_period
from node.errors import InvalidError
from node.readmodels import PROJECTIONS, outcomes, performance, referrals
from node.readmodels.counting import count_indicators
from protocol.header import LogId
from protocol.records import (
    LogCut,
    OutcomeConfirmed,
    ReferralAccepted,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralRequested,
    ReportApproved,
    ReportCompiled,
    ReportReturned,
    Share,
    SplitAgreed,
    SplitProposed,
)
from protocol.scoring import INDICATORS
from tests.builders import SALT, Country, NodeInTest, StationInTest, need

Open = Callable[..., NodeInTest]
NUMBERS = dict.fromkeys(INDICATORS, 1)


class World:
    """Two regions with a grassroots station each, and all they sign."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.sichuan = country.national.admit("四川", "regional", division="510000")
        self.zhejiang = country.national.admit("浙江", "regional", division="330000")
        self.chengdu = self.sichuan.admit("成都", division="510100")
        self.hangzhou = self.zhejiang.admit("杭州", division="330100")

    @property
    def stations(self) -> list[StationInTest]:
        return [
            self.country.national,
            self.sichuan,
            self.zhejiang,
            self.chengdu,
            self.hangzhou,
        ]

    def registry(self) -> bytes:
        return b"".join(station.text("registry") for station in self.stations)

    def others(self) -> list[bytes]:
        return [
            log.text()
            for station in self.stations
            for (channel, _), log in station.logs.items()
            if channel != "registry"
        ]

    def text(self) -> bytes:
        return self.registry() + b"".join(self.others())


@pytest.fixture
def world(country: Country) -> World:
    return World(country)


def _case(world: World) -> str:
    """A referral from Chengdu to Hangzhou, carried through."""
    asked = world.chengdu.sign(need())
    opened = world.chengdu.sign(
        ReferralRequested(salt=SALT, need=asked.id, to=world.hangzhou.id, note="请协助")
    )
    accepted = world.hangzhou.sign(ReferralAccepted(after=(opened.id,)), opened.id)
    concluded = world.hangzhou.sign(
        ReferralConcluded(after=(accepted.id,), outcome="advice"), opened.id
    )
    split = world.chengdu.sign(
        SplitProposed(after=(concluded.id,), shares=_shares(world)), opened.id
    )
    agreed = world.hangzhou.sign(SplitAgreed(after=(split.id,), proposal=split.id), opened.id)
    world.chengdu.sign(ReferralConfirmed(after=(agreed.id,), satisfied=4), opened.id)
    return opened.id


def _shares(world: World) -> tuple[Share, ...]:
    return (
        Share(station=world.chengdu.id, percent=40),
        Share(station=world.hangzhou.id, percent=60),
    )


def _outcome(world: World, case: str) -> OutcomeConfirmed:
    return OutcomeConfirmed(case=case, contract_fen=1_000, consent=True, shares=_shares(world))


def test_a_case_is_folded_the_same_in_every_order_of_arrival(open_node: Open, world: World) -> None:
    case = _case(world)

    for number, order in enumerate(itertools.permutations(world.others())):
        node = open_node(world.chengdu, PROJECTIONS, name=f"order{number}")
        node.ingest.receive(world.registry(), "peer")
        for text in order:
            node.ingest.receive(text, "peer")
        view = node.store.read(lambda reading: referrals.get(reading, case))
        assert (view.state, view.satisfied, view.note) == ("confirmed", 4, "请协助")
        assert [step.verdict for step in view.history] == ["applied"] * 6
        node.store.close()


def test_acts_wait_for_their_opening(open_node: Open, world: World) -> None:
    case = _case(world)
    node = open_node(world.chengdu, PROJECTIONS)

    node.ingest.receive(world.registry() + world.hangzhou.text("referrals"), "peer")
    assert node.store.read(referrals.count) == 0
    node.ingest.receive(world.chengdu.text("referrals"), "peer")

    assert node.store.read(lambda reading: referrals.get(reading, case)).state == "confirmed"
    assert node.store.read(referrals.count_by_state) == {"confirmed": 1}


def test_an_outcome_counts_once_and_only_from_the_sender(open_node: Open, world: World) -> None:
    case = _case(world)
    world.chengdu.sign(_outcome(world, case), case)
    world.chengdu.sign(_outcome(world, case), case)
    world.zhejiang.sign(_outcome(world, case), case)
    node = open_node(world.chengdu, PROJECTIONS)

    node.ingest.receive(world.text(), "peer")

    assert node.store.read(lambda r: outcomes.count_outcomes(r)) == 1
    assert node.store.read(performance.totals)["contract_fen"] == 1_000


def test_indicators_count_acts_in_force_and_shares_of_outcomes(
    open_node: Open, world: World
) -> None:
    case = _case(world)
    world.chengdu.sign(_outcome(world, case), case)
    node = open_node(world.chengdu, PROJECTIONS)
    node.ingest.receive(world.text(), "peer")
    span = read_period(day_of(world.country.clock.now_ms())[:7])

    def counted(station: str) -> dict[str, int]:
        return node.store.read(lambda r: count_indicators(r, station, span)).indicators

    chengdu, hangzhou = counted(world.chengdu.id), counted(world.hangzhou.id)
    assert {name: number for name, number in chengdu.items() if number} == {
        "needs": 1,
        "referrals_sent": 1,
        "outcomes": 1,
        "contract_fen": 400,
    }
    assert {name: number for name, number in hangzhou.items() if number} == {
        "referrals_received": 1,
        "referrals_accepted": 1,
        "referrals_concluded": 1,
        "outcomes": 1,
        "contract_fen": 600,
    }
    other = node.store.read(lambda r: count_indicators(r, world.chengdu.id, read_period("2019")))
    assert set(other.indicators.values()) == {0}


def test_periods_begin_and_end_at_midnight_in_beijing() -> None:
    month, quarter, year = (read_period(text) for text in ("2026-11", "2026-Q4", "2026"))

    assert (month.first_day, month.last_day) == ("2026-11-01", "2026-11-30")
    assert month.start_ms == 1_793_462_400_000
    assert (quarter.first_day, quarter.last_day) == ("2026-10-01", "2026-12-31")
    assert quarter.end_ms == year.end_ms
    assert day_of(year.start_ms) == "2026-01-01"
    for wrong in ("", "26", "2026-13", "2026-Q5", "abcd", "2026-"):
        with pytest.raises(InvalidError):
            read_period(wrong)


def _report(world: World) -> str:
    return world.chengdu.sign(ReportCompiled(period="2026-09", indicators=NUMBERS)).id


def _state(open_node: Open, world: World, report: str) -> tuple[str, str, str]:
    node = open_node(world.chengdu, PROJECTIONS)
    node.ingest.receive(world.text(), "peer")
    view = node.store.read(lambda reading: performance.get(reading, report))
    return view.state, view.judged_by, view.in_place_of


def test_a_parent_approves_in_its_own_place(open_node: Open, world: World) -> None:
    report = _report(world)
    world.sichuan.sign(ReportApproved(report=report))

    assert _state(open_node, world, report) == ("approved", world.sichuan.id, "")


def test_national_in_a_dead_parent_s_place_is_flagged(open_node: Open, world: World) -> None:
    report = _report(world)
    world.country.national.sign(ReportApproved(report=report, in_place_of=world.sichuan.id))

    national = world.country.national.id
    assert _state(open_node, world, report) == ("approved", national, world.sichuan.id)


def test_a_station_that_is_not_above_approves_nothing(open_node: Open, world: World) -> None:
    report = _report(world)
    world.zhejiang.sign(ReportApproved(report=report))

    assert _state(open_node, world, report) == ("compiled", "", "")


def test_the_higher_station_s_word_holds(open_node: Open, world: World) -> None:
    report = _report(world)
    world.sichuan.sign(ReportReturned(report=report, reason="数字不符"))
    world.country.national.sign(ReportApproved(report=report))

    assert _state(open_node, world, report)[0] == "approved"


def test_of_one_station_s_words_the_later_holds(open_node: Open, world: World) -> None:
    report = _report(world)
    world.sichuan.sign(ReportApproved(report=report))
    world.sichuan.sign(ReportReturned(report=report, reason="重复计数"))

    assert _state(open_node, world, report)[0] == "returned"


def test_an_approval_before_the_report_takes_effect_when_it_comes(
    open_node: Open, world: World
) -> None:
    report = _report(world)
    world.sichuan.sign(ReportApproved(report=report))
    node = open_node(world.chengdu, PROJECTIONS)
    node.ingest.receive(world.registry() + world.sichuan.text("performance"), "peer")

    node.ingest.receive(world.chengdu.text("performance"), "peer")

    assert node.store.read(lambda r: performance.get(r, report)).state == "approved"


def test_the_word_of_a_station_revoked_from_the_start_falls_away(
    open_node: Open, world: World
) -> None:
    report = _report(world)
    approved = world.sichuan.sign(ReportApproved(report=report))
    log = LogId(world.sichuan.key.public, "registry", approved.header.epoch)
    tail = world.sichuan.logs["registry", log.epoch].tail
    assert tail is not None
    cut = LogCut(channel="registry", epoch=log.epoch, seq=tail.seq, id=tail.id)
    node = open_node(world.chengdu, PROJECTIONS)
    node.ingest.receive(world.text(), "peer")
    assert node.store.read(lambda r: performance.get(r, report)).state == "approved"

    world.country.national.end(world.sichuan, cuts=(cut,))
    node.ingest.receive(world.country.national.text("registry"), "peer")

    assert node.store.read(lambda r: performance.get(r, report)).state == "compiled"
