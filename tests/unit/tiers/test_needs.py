"""How long needs stand, what gathers them, and what they come to by industry and place."""

import csv
import io

import pytest

from grassroots import needs, summaries
from node.drafting import IdPath
from node.errors import InvalidError, NotFoundError
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

DAY_MS = 86_400_000


async def publish(desk: Desk, title: str, **fields: object) -> IdPath:
    body = needs.NeedInput.model_validate({"title": title, "text": f"{title}。", **fields})
    return IdPath(id=(await needs.publish_need(desk.node, body)).id)


async def listed(desk: Desk, **asked: str) -> list[str]:
    found = await needs.list_needs(desk.node, needs.NeedQuery.model_validate(asked))
    return [need.title for need in found.items]


async def test_a_need_expires_is_renewed_and_is_archived_but_found_by_words(desks: Desks) -> None:
    desk = desks.chengdu
    begun = desk.clock.now
    path = await publish(desk, "尾矿回收", expires="2027-03-10")
    need = await needs.get_need(desk.node, path)
    days = {"open": 0}
    for standing in ("expiring", "expired", "archived"):
        while (await needs.get_need(desk.node, path)).standing != standing:
            desk.clock.now += DAY_MS
        days[standing] = (desk.clock.now - begun) // DAY_MS

    assert need.standing == "open"
    assert days["open"] < days["expiring"] < days["expired"] < days["archived"]
    assert days["expired"] - days["expiring"] == 31
    assert await listed(desk) == []
    assert await listed(desk, state="open") == []
    for asked in ({"state": "archived"}, {"state": "all"}, {"q": "尾矿"}):
        assert await listed(desk, **asked) == ["尾矿回收"], asked

    await needs.renew_need(desk.node, path, needs.RenewInput(expires="2028-01-01"))

    renewed = await needs.get_need(desk.node, path)
    assert (renewed.standing, renewed.expires) == ("open", "2028-01-01")
    assert renewed.revision == path.id
    assert await listed(desk) == ["尾矿回收"]


async def test_a_need_that_names_no_last_day_is_given_one(desks: Desks) -> None:
    path = await publish(desks.chengdu, "尾矿回收")

    assert (await needs.get_need(desks.chengdu.node, path)).expires > "2026"


async def test_a_need_is_renewed_to_a_later_day_only(desks: Desks) -> None:
    path = await publish(desks.chengdu, "尾矿回收", expires="2027-06-30")

    for day in ("2020-01-01", "2027-06-30"):
        with pytest.raises(InvalidError, match="after 2027-06-30"):
            await needs.renew_need(desks.chengdu.node, path, needs.RenewInput(expires=day))


async def test_a_solved_need_leaves_the_lists_when_it_is_archived(desks: Desks) -> None:
    desk = desks.chengdu
    path = await publish(desk, "尾矿回收")
    await needs.solve_need(desk.node, path, needs.SolveInput())
    assert await listed(desk) == ["尾矿回收"]

    desk.clock.now += 181 * DAY_MS

    assert await listed(desk) == []
    assert await listed(desk, state="archived") == ["尾矿回收"]


async def test_a_regional_need_gathers_others_and_is_seen_from_both_sides(desks: Desks) -> None:
    one = await publish(desks.chengdu, "尾矿回收", division="510400")
    two = await publish(desks.hangzhou, "尾砂充填", division="330100")
    desks.exchange()

    region = await publish(
        desks.sichuan,
        "矿山固废利用",
        scope="regional",
        gathers=[one.id, two.id],
        tags=["长江经济带"],
    )
    desks.exchange()

    need = await needs.get_need(desks.national.node, region)
    assert need.gathers == [one.id, two.id]
    assert await listed(desks.national, scope="regional", tag="长江经济带") == ["矿山固废利用"]
    for part in (one, two):
        above = await needs.list_gatherers(desks.national.node, part)
        assert [each.id for each in above.items] == [region.id]
    amended = needs.NeedInput(title="矿山固废", text="改", scope="regional", gathers=(two.id,))
    await needs.amend_need(desks.sichuan.node, region, amended)
    desks.exchange()
    assert (await needs.list_gatherers(desks.national.node, one)).items == []
    assert len((await needs.list_gatherers(desks.national.node, two)).items) == 1


async def test_only_needs_that_are_held_can_be_gathered(desks: Desks) -> None:
    with pytest.raises(InvalidError, match="held here"):
        await publish(desks.sichuan, "固废", scope="regional", gathers=["A" * 43])
    with pytest.raises(NotFoundError):
        await needs.get_need(desks.sichuan.node, IdPath(id="A" * 43))


async def test_a_code_nobody_knows_is_kept_and_shown_as_it_is(desks: Desks) -> None:
    path = await publish(
        desks.chengdu, "低空物流", kind="low-altitude", stage="首台套应用",
        field="低空经济", field_list="2030",
    )  # fmt: skip
    desks.exchange()

    need = await needs.get_need(desks.national.node, path)

    assert (need.kind, need.stage) == ("low-altitude", "首台套应用")
    assert (need.field, need.field_list) == ("低空经济", "2030")


async def _spread(desks: Desks) -> None:
    for desk, title, industry, division, budget in (
        (desks.chengdu, "一", "3240", "510104", 100),
        (desks.chengdu, "二", "C32", "510107", 200),
        (desks.chengdu, "三", "6513", "510400", None),
        (desks.hangzhou, "四", "0111", "330100", 400),
        (desks.hangzhou, "五", None, None, None),
    ):
        await publish(desk, title, industry=industry, division=division, budget_fen=budget)
    desks.exchange()


SUMMED: dict[str, dict[str, int]] = {
    "section": {
        "C 制造业": 2,
        "I 信息传输、软件和信息技术服务业": 1,
        "A 农、林、牧、渔业": 1,
        " ": 1,
    },
    "industry": {
        "32 有色金属冶炼和压延加工业": 2,
        "65 软件和信息技术服务业": 1,
        "01 农业": 1,
        " ": 1,
    },
    "province": {"510000 四川省": 3, "330000 浙江省": 1, " ": 1},
    "prefecture": {
        "510100 四川省成都市": 2,
        "510400 四川省攀枝花市": 1,
        "330100 浙江省杭州市": 1,
        " ": 1,
    },
}


@pytest.mark.parametrize(("by", "expected"), SUMMED.items())
async def test_needs_of_the_network_are_summed_up_the_same_at_every_station(
    desks: Desks, by: str, expected: dict[str, int]
) -> None:
    await _spread(desks)
    query = summaries.SummaryQuery.model_validate({"by": by})

    summed = [await summaries.summarise_needs(desk.node, query) for desk in desks.all()]

    assert {f"{line.code} {line.name}": line.needs for line in summed[0].items} == expected
    assert (summed[0].total.needs, summed[0].total.budget_fen) == (5, 700)
    assert all(each == summed[0] for each in summed)


async def test_a_summary_is_narrowed_to_a_place_and_a_branch_and_written_as_a_file(
    desks: Desks,
) -> None:
    await _spread(desks)
    query = summaries.SummaryQuery(by="county", division="5101", industry="32")

    found = await summaries.summarise_needs(desks.national.node, query)
    file = await summaries.export_summary(desks.national.node, query)

    assert [(line.name, line.needs) for line in found.items] == [
        ("四川省成都市锦江区", 1), ("四川省成都市武侯区", 1)
    ]  # fmt: skip
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["代码", "名称", "需求数"]
    assert rows[-1][1:3] == ["合计", "2"]
    assert rows[-1][-1] == "3.00"
