"""What fits a need or a result at a station, and why, on either database (D1, D2, D13)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grassroots import matching
from node.errors import InvalidError, NotFoundError
from node.search import Match
from protocol.records import NeedPublished, ResultPublished
from tests.builders import Country, need, result
from tests.unit.tiers.desk import Desk, open_desk

CLINIC = need(
    "门诊挂水太多",
    text="慢性患者挂水停药又犯，想找外用的草药。",
    field="生物与医药",
    industry="8411",
    division="510104",
)
HERBS = result(
    "盆腔炎静脉滴注与中药保留灌肠的疗效",
    text="观察中药保留灌肠的临床疗效。",
    discipline="中医学/中药学",
    division="510107",
)
ORE = result("钛铁矿浮选", text="捕收剂。", discipline="矿业工程")


@pytest.fixture
def desk(country: Country, store_url: Callable[[str], str], tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(country.national, country, tmp_path / "desk", store_url("desk"))
    made.ingest.receive(country.national.text(), "peer")
    yield made
    made.store.close()


def put(desk: Desk, *records: NeedPublished | ResultPublished) -> list[str]:
    return [desk.publisher.publish(record).id for record in records]


async def fitting(desk: Desk, **query: str) -> list[Match]:
    kind = "results" if "need" in query else "needs"
    asked = matching.SearchQuery.model_validate({"kind": kind, **query})
    return (await matching.search(desk.node, asked)).items


async def test_a_need_finds_the_result_that_says_it_in_other_words_and_the_reasons(
    desk: Desk,
) -> None:
    clinic, herbs, _ = put(desk, CLINIC, HERBS, ORE)

    found = (await fitting(desk, need=clinic))[0]

    assert found.id == herbs
    assert ("挂水", "静脉滴注") in [(each.said, each.meant) for each in found.meanings]
    assert found.shared_field == "生物与医药"
    assert found.place == "510100"


async def test_a_result_finds_the_need_it_answers_with_the_same_reasons(desk: Desk) -> None:
    clinic, herbs, _ = put(desk, CLINIC, HERBS, ORE)

    found = (await fitting(desk, result=herbs))[0]

    assert found.id == clinic
    assert ("静脉滴注", "挂水") in [(each.said, each.meant) for each in found.meanings]
    assert (found.shared_field, found.place) == ("生物与医药", "510100")


async def test_what_is_in_the_same_field_goes_before_what_is_not(desk: Desk) -> None:
    text = "样品的检测装置"
    asked, _, right = put(
        desk,
        need("检测装置", text=text, field="农业与农村"),
        result("检测装置", text=text, discipline="矿业工程"),
        result("检测装置", text=text, discipline="水产"),
    )

    assert (await fitting(desk, need=asked))[0].id == right


async def test_a_question_without_anything_to_look_for_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidError, match="nothing to look for"):
        await matching.search(desk.node, matching.SearchQuery(text="  "))
    with pytest.raises(NotFoundError):
        await matching.search(desk.node, matching.SearchQuery(need="nobody"))
