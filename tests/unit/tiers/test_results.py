"""A result ripens step by step, and says where it comes from (C1, C6, C7, C11)."""

import pytest

from grassroots import results
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

RESULT = {
    "title": "高韧性压铸铝合金",
    "text": "延伸率达到百分之十二。",
    "stage": "screening",
    "trl": 4,
    "ipc": ["C22C21/02"],
    "patents": ["ZL201810123456.7"],
    "programme": {"level": "national", "name": "重点研发计划"},
    "evaluation": {"by": "四川省金属学会", "on": "2026-06-01", "finding": "国内领先"},
}


async def publish(desk: Desk, **fields: object) -> IdPath:
    body = results.ResultInput.model_validate({**RESULT, **fields})
    return IdPath(id=(await results.publish_result(desk.node, body)).id)


async def advance(desk: Desk, path: IdPath, stage: str, **fields: object) -> str:
    desk.tick()
    body = results.AdvanceInput.model_validate({"stage": stage, "on": "2026-09-21", **fields})
    return (await results.advance_result(desk.node, path, body)).id


async def test_every_station_sees_how_a_result_ripened(desks: Desks) -> None:
    made = await publish(desks.chengdu)
    pilot = await advance(desks.chengdu, made, "pilot", trl=6, note="五百吨级中试")
    market = await advance(desks.chengdu, made, "market")
    desks.exchange()

    steps = (await results.list_stages(desks.hangzhou.node, made)).items

    assert [(step.id, step.stage, step.trl, step.on) for step in steps] == [
        (made.id, "screening", None, ""),
        (pilot, "pilot", 6, "2026-09-21"),
        (market, "market", None, "2026-09-21"),
    ]
    assert steps[1].note == "五百吨级中试"
    (shown,) = (await results.list_results(desks.hangzhou.node, results.ResultQuery())).items
    assert (shown.stage, shown.trl, shown.begun_stage) == ("market", 6, "screening")


async def test_a_stage_that_an_amendment_changes_is_a_step_too(desks: Desks) -> None:
    made = await publish(desks.chengdu)
    desks.chengdu.tick()
    body = results.ResultInput.model_validate({**RESULT, "stage": "incubation"})
    amended = await results.amend_result(desks.chengdu.node, made, body)

    steps = (await results.list_stages(desks.chengdu.node, made)).items

    assert [(step.id, step.stage) for step in steps] == [
        (made.id, "screening"),
        (amended.id, "incubation"),
    ]


async def test_a_result_is_not_advanced_to_where_it_stands(desks: Desks) -> None:
    made = await publish(desks.chengdu)

    with pytest.raises(ConflictError, match="at screening already"):
        await advance(desks.chengdu, made, "screening", trl=4)

    assert await advance(desks.chengdu, made, "screening", trl=5)


async def test_results_are_found_by_stage_programme_and_the_beginning_of_a_patent_class(
    desks: Desks,
) -> None:
    made = await publish(desks.chengdu)
    other = await publish(desks.chengdu, stage="finance", programme=None, ipc=["B22D17/20"])

    async def ids(**query: str) -> set[str]:
        asked = results.ResultQuery.model_validate(query)
        return {each.id for each in (await results.list_results(desks.chengdu.node, asked)).items}

    assert await ids(stage="finance") == {other.id}
    assert await ids(programme="national") == {made.id}
    assert await ids(ipc="C22C") == {made.id}
    assert await ids(ipc="22") == set()


async def test_a_programme_without_its_name_is_refused_by_the_form_s_own_words(
    desks: Desks,
) -> None:
    with pytest.raises(ValueError, match=r"programme\.name"):
        await publish(desks.chengdu, programme={"level": "national"})
    with pytest.raises(InvalidError, match="no division code"):
        await publish(desks.chengdu, division="999999")
