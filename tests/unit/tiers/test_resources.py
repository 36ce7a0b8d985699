"""Experts, brokers and services: nobody is named who has not agreed (F1, F2, C13)."""

import pytest

from grassroots import matching, resources
from grassroots.matching.finding import ResourceMatchQuery, match_resources
from grassroots.needs import WithdrawInput
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.readmodels.resources import ResourceView
from node.search import has_reason
from tests.builders import DAY_MS, need
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

EXPERT = {
    "type": "expert",
    "kind": "technical",
    "title": "压铸工艺高级工程师，从业二十年",
    "text": "薄壁铝合金压铸件的气孔与缩松，模温控制。",
    "field": "新材料",
    "division": "510104",
}
CONSENT = {"name": "张三丰", "consented_on": "2026-09-20", "scope": "网络内公开姓名"}
BEHIND = {"name": "张三丰", "contact": "138 0000 0000"}


async def offer(desk: Desk, **fields: object) -> IdPath:
    body = resources.ResourceInput.model_validate({**EXPERT, **fields})
    return IdPath(id=(await resources.offer_resource(desk.node, body)).id)


async def listed(desk: Desk, **query: str) -> list[ResourceView]:
    asked = resources.ResourceQuery.model_validate(query)
    return (await resources.list_resources(desk.node, asked)).items


async def test_an_expert_is_described_at_every_station_and_named_at_none(desks: Desks) -> None:
    made = await offer(desks.chengdu, behind=BEHIND)
    desks.exchange()

    (shown,) = await listed(desks.hangzhou, type="expert")

    assert (shown.id, shown.person, shown.title) == (made.id, "", EXPERT["title"])
    assert (await resources.get_behind(desks.chengdu.node, made)).name == "张三丰"
    assert (await resources.get_behind(desks.hangzhou.node, made)).name == ""
    assert "张三丰".encode() not in desks.chengdu.text()


async def test_a_text_that_names_the_person_is_refused_unless_the_person_agreed(
    desks: Desks,
) -> None:
    named = {"title": "张三丰，压铸专家", "behind": BEHIND}
    with pytest.raises(InvalidError, match="named in: title"):
        await offer(desks.chengdu, **named)
    assert await listed(desks.chengdu) == []

    await offer(desks.chengdu, **named, person=CONSENT)

    (shown,) = await listed(desks.chengdu)
    assert (shown.person, shown.consented_on) == ("张三丰", "2026-09-20")


async def test_an_amendment_may_not_slip_the_noted_name_in(desks: Desks) -> None:
    made = await offer(desks.chengdu, behind=BEHIND)
    body = resources.ResourceInput.model_validate({**EXPERT, "text": "请找张三丰"})

    with pytest.raises(InvalidError, match="named in: text"):
        await resources.amend_resource(desks.chengdu.node, made, body)


async def test_consent_that_is_withdrawn_takes_the_name_from_every_station(desks: Desks) -> None:
    made = await offer(desks.chengdu, person=CONSENT, behind=BEHIND)
    desks.chengdu.tick()
    body = resources.ResourceInput.model_validate({**EXPERT, "person": CONSENT, "served": 3})
    amended = await resources.amend_resource(desks.chengdu.node, made, body)
    desks.exchange()
    assert (await listed(desks.hangzhou, q="张三丰"))[0].served == 3
    desks.chengdu.tick()

    done = await resources.forget_resource(desks.chengdu.node, made)
    desks.exchange()

    assert set(done.erased) == {made.id, amended.id}
    for desk in desks.all():
        assert await listed(desk) == []
        assert "张三丰".encode() not in desk.text()
    assert (await resources.get_behind(desks.chengdu.node, made)).name == ""
    with pytest.raises(NotFoundError):
        await resources.forget_resource(desks.chengdu.node, made)


async def test_lists_are_by_type_pool_field_and_by_a_division_and_those_below(
    desks: Desks,
) -> None:
    made = await offer(desks.chengdu)
    lawyer = await offer(desks.chengdu, kind="legal", title="专利律师", division="330100")

    async def ids(**query: str) -> set[str]:
        return {each.id for each in await listed(desks.chengdu, **query)}

    assert await ids(kind="legal") == {lawyer.id}
    assert await ids(division="510000") == await ids(division="510100") == {made.id}
    assert await ids(division="510107") == set()
    assert await ids(q="压铸 模温") == {made.id, lawyer.id}
    assert await ids(type="broker") == set()


async def test_a_station_s_team_is_counted_by_what_is_in_force_that_day(desks: Desks) -> None:
    broker = {"type": "broker", "title": "签约经纪人", "since": "2026-01-01", "field": None}
    await offer(desks.chengdu)
    await offer(desks.chengdu, **broker, kind="senior")
    await offer(desks.chengdu, **broker, kind="junior", until="2026-09-30")
    left = await offer(desks.chengdu, **broker, kind="junior")
    await resources.withdraw_resource(desks.chengdu.node, left, WithdrawInput(reason="离职"))
    desks.exchange()

    async def team() -> dict[str, dict[str, int]]:
        return (await resources.get_team(desks.national.node, IdPath(id=desks.chengdu.id))).types

    assert await team() == {"broker": {"junior": 1, "senior": 1}, "expert": {"technical": 1}}
    desks.chengdu.clock.now += 30 * DAY_MS
    assert (await team())["broker"] == {"senior": 1}


async def test_what_can_be_had_and_what_has_run_out_stand_in_lists_of_their_own(
    desks: Desks,
) -> None:
    over = await offer(desks.chengdu, until="2026-09-30")
    lasting = await offer(desks.chengdu)

    async def ids(state: str) -> set[str]:
        return {each.id for each in await listed(desks.chengdu, state=state)}

    assert await ids("open") == {over.id, lasting.id}
    assert await ids("over") == set()
    desks.chengdu.clock.now += 30 * DAY_MS

    assert await ids("open") == {lasting.id}
    assert await ids("over") == {over.id}
    assert await ids("") == {over.id, lasting.id}


async def test_only_the_station_that_made_it_known_changes_it_and_only_while_it_stands(
    desks: Desks,
) -> None:
    made = await offer(desks.chengdu)
    desks.exchange()
    body = resources.ResourceInput.model_validate(EXPERT)
    with pytest.raises(NotAllowedError, match="another station's"):
        await resources.amend_resource(desks.hangzhou.node, made, body)
    await resources.withdraw_resource(desks.chengdu.node, made, WithdrawInput(reason="合同期满"))

    with pytest.raises(ConflictError, match="withdrawn already"):
        await resources.amend_resource(desks.chengdu.node, made, body)

    assert (await listed(desks.chengdu))[0].closed_note == "合同期满"


async def test_a_place_that_is_in_no_list_is_refused(desks: Desks) -> None:
    with pytest.raises(InvalidError, match="no division code"):
        await offer(desks.chengdu, division="999999")


async def test_a_need_finds_experts_of_other_regions_with_the_reasons(desks: Desks) -> None:
    asked = desks.hangzhou.publisher.publish(
        need("铝合金压铸件气孔多", text="薄壁件缩松，想找懂模温的人。", field="新材料")
    ).id
    fitting = await offer(desks.chengdu)
    await offer(desks.chengdu, kind="legal", title="专利律师", text="专利侵权诉讼。", field=None)
    over = await offer(desks.chengdu, title="压铸 气孔 缩松 模温", until="2026-09-01")
    desks.exchange()

    async def found(**query: str) -> list[str]:
        items = (
            await match_resources(
                desks.hangzhou.node, ResourceMatchQuery.model_validate({"need": asked, **query})
            )
        ).items
        return [each.id for each in items if has_reason(each)]

    assert await found() == [fitting.id]
    assert await found(type="society") == []
    assert over.id not in await found()
    best = await matching.search(
        desks.hangzhou.node,
        matching.SearchQuery.model_validate({"kind": "resources", "need": asked}),
    )
    assert "压铸件" in best.items[0].terms
    assert (best.items[0].type, best.items[0].shared_field) == ("expert", "新材料")
