"""Results that ripen, resources and screened lists: the same rows in any order of arrival (P9)."""

import itertools
from collections.abc import Callable

import pytest

from node.readmodels import PROJECTIONS, resources, results, screenings
from node.rebuild import readmodel_digest, rebuild
from protocol.entry import Entry
from protocol.records import (
    ResourceAmended,
    ResourceWithdrawn,
    ResultAdvanced,
    ResultAmended,
    ResultsScreened,
)
from protocol.records.programmes import ScreenedResult
from tests.builders import (
    SALT,
    START_MS,
    Country,
    NodeInTest,
    StationInTest,
    erasure,
    need,
    resource,
    result,
)

Open = Callable[..., NodeInTest]
EARLY, LATE = START_MS // 1000 + 10, START_MS // 1000 + 20


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional", division="510000")


def _advanced(stage: str) -> ResultAdvanced:
    return ResultAdvanced.model_validate(
        {"salt": SALT, "stage": stage, "on": "2026-10-01", "note": "已验收"}
    )


def _screened(offered: Entry, *needs: Entry, replaces: Entry | None = None) -> ResultsScreened:
    item = ScreenedResult(result=offered.id, needs=tuple(each.id for each in needs))
    after = replaces.id if replaces else None
    return ResultsScreened(salt=SALT, title="清单", year=2026, items=(item,), replaces=after)


def _told(sichuan: StationInTest, country: Country) -> tuple[Entry, Entry, Entry]:
    """Every kind once, in logs of two epochs and two stations."""
    offered = sichuan.sign(result("甲", stage="screening", ipc=["B03D1/02"]), epoch=EARLY)
    expert = sichuan.sign(resource(served=1), epoch=EARLY)
    asked = sichuan.sign(need(), epoch=EARLY)
    sichuan.sign(_advanced("pilot"), offered.id, epoch=EARLY)
    sichuan.sign(
        ResultAmended(salt=SALT, title="乙", text="改写", stage="pilot", after=offered.id),
        offered.id,
        epoch=LATE,
    )
    sichuan.sign(_advanced("market"), offered.id, epoch=LATE)
    amended = resource(served=2).model_dump() | {"after": expert.id}
    gone = sichuan.sign(ResourceAmended.model_validate(amended), expert.id, epoch=LATE)
    sichuan.sign(ResourceWithdrawn(reason="退休"), expert.id, epoch=LATE)
    sichuan.sign(erasure(gone), channel="results", epoch=LATE)
    first = country.national.sign(_screened(offered, asked))
    country.national.sign(_screened(offered, replaces=first))
    return offered, expert, asked


def _logs(*stations: StationInTest) -> list[bytes]:
    return [
        log.text()
        for station in stations
        for (channel, _), log in station.logs.items()
        if channel in ("results", "programmes")
    ]


def test_every_order_of_arrival_gives_the_same_offers(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    offered, expert, asked = _told(sichuan, country)
    registry = country.national.text("registry") + sichuan.text("registry")
    totals = set()

    for number, order in enumerate(itertools.permutations(_logs(sichuan, country.national))):
        node = open_node(sichuan, PROJECTIONS, name=f"order{number}")
        node.ingest.receive(registry + sichuan.text("needs"), "peer")
        for text in order:
            node.ingest.receive(text, "peer")
        totals.add(node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total)
        view = node.store.read(lambda reading: results.get(reading, offered.id))
        assert (view.title, view.stage, view.begun_stage) == ("乙", "market", "screening")
        shown = node.store.read(lambda reading: resources.get(reading, expert.id))
        assert (shown.state, shown.served, shown.closed_note) == ("withdrawn", 1, "退休")
        assert node.store.read(lambda reading: screenings.find_naming(reading, asked.id)) == []
        assert rebuild(node.store, node.ingest).total in totals
        node.store.close()

    assert len(totals) == 1


def test_the_steps_of_a_result_are_its_station_s_own(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    offered = sichuan.sign(result("甲", stage="screening"))
    own = sichuan.sign(_advanced("pilot"), offered.id)
    other = country.national.admit("浙江", "regional", division="330000")
    other.sign(_advanced("finance"), offered.id)
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text() + other.text(), "peer")

    view = node.store.read(lambda reading: results.get(reading, offered.id))
    steps = node.store.read(lambda reading: results.find_stages(reading, view))

    assert [step.id for step in steps] == [offered.id, own.id]
    assert view.stage == "pilot"


def test_a_step_that_is_taken_back_leaves_the_stage_before(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    offered = sichuan.sign(result("甲", stage="screening"))
    step = sichuan.sign(_advanced("pilot"), offered.id)
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text(), "peer")
    sichuan.sign(erasure(step), channel="results")

    node.ingest.receive(sichuan.text("results"), "peer")

    view = node.store.read(lambda reading: results.get(reading, offered.id))
    assert view.stage == "screening"


def test_only_the_station_that_made_a_list_replaces_it(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    offered = sichuan.sign(result())
    first = country.national.sign(_screened(offered))
    second = country.national.admit("另一国家站", "national")
    second.sign(_screened(offered, replaces=first))
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text() + second.text(), "peer")

    found = node.store.read(lambda reading: screenings.get(reading, first.id))

    assert found.replaced_by == ""
