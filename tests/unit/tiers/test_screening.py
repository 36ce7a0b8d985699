"""National screens programme results against what regions need (A2, C1, D12)."""

import pytest

from grassroots import screenings
from national import screening
from node.capability import Visit
from node.drafting import IdPath
from node.erased import draft_erasure
from node.errors import InvalidError, NotAllowedError, NotFoundError
from node.people import OPERATOR
from node.readmodels.screenings import ScreeningView
from tests.builders import need, result
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_consent_pages import shown

PROGRAMME = {"level": "national", "name": "重点研发计划"}


async def publish(desk: Desk, items: list[dict[str, object]], **fields: object) -> str:
    body = screening.ScreeningInput.model_validate(
        {"title": "2026年度第一批", "year": 2026, "items": items, **fields}
    )
    return (await screening.publish_screening(desk.node, body)).id


async def naming(desk: Desk, id_: str) -> list[ScreeningView]:
    query = screenings.ScreeningQuery(names=id_)
    return (await screenings.list_screenings(desk.node, query)).items


def told(desks: Desks) -> tuple[str, str]:
    """A need of Sichuan and a programme result of Zhejiang that answers it, held everywhere."""
    asked = desks.chengdu.publisher.publish(need("钛精矿浮选回收率低", text="寻求捕收剂。")).id
    offered = desks.hangzhou.publisher.publish(result(programme=PROGRAMME)).id
    desks.hangzhou.publisher.publish(result("另一种浮选药剂"))
    desks.exchange()
    return asked, offered


async def test_programme_results_stand_beside_the_needs_they_may_answer(desks: Desks) -> None:
    asked, offered = told(desks)

    (found,) = (
        await screening.list_candidates(desks.national.node, screening.CandidateQuery())
    ).items

    assert found.result.id == offered
    assert [match.id for match in found.needs] == [asked]
    assert "浮选" in found.needs[0].terms


async def test_every_station_sees_which_of_its_needs_and_results_are_on_a_list(
    desks: Desks,
) -> None:
    asked, offered = told(desks)
    made = await publish(desks.national, [{"result": offered, "needs": [asked], "note": "已中试"}])
    desks.exchange()

    for desk, id_ in ((desks.chengdu, asked), (desks.hangzhou, offered)):
        (shown,) = await naming(desk, id_)
        assert (shown.id, shown.items[0].note) == (made, "已中试")
    assert (await screenings.get_screening(desks.chengdu.node, IdPath(id=made))).year == 2026


async def test_a_new_list_takes_the_place_of_the_old_until_it_is_taken_back(desks: Desks) -> None:
    asked, offered = told(desks)
    first = await publish(desks.national, [{"result": offered, "needs": [asked]}])
    desks.national.tick()
    second = await publish(desks.national, [{"result": offered}], replaces=first)
    desks.exchange()
    assert await naming(desks.chengdu, asked) == []
    old = await screenings.get_screening(desks.chengdu.node, IdPath(id=first))
    assert old.replaced_by == second
    desks.national.tick()

    channel, erasure = desks.national.store.read(
        lambda r: draft_erasure(r, desks.national.me, desks.national.roster, second, "mistake")
    )
    desks.national.publisher.publish_many([(erasure, "-")], channel)
    desks.exchange()

    assert [each.id for each in await naming(desks.chengdu, asked)] == [first]


async def test_only_national_screens_and_only_what_is_held_and_open(desks: Desks) -> None:
    asked, offered = told(desks)
    with pytest.raises(NotAllowedError, match="only a national station"):
        await publish(desks.sichuan, [{"result": offered}])
    with pytest.raises(InvalidError, match=r"items\.0\.result: the result .* is not held here"):
        await publish(desks.national, [{"result": asked}])
    with pytest.raises(InvalidError, match=r"items\.0\.needs"):
        await publish(desks.national, [{"result": offered, "needs": [offered]}])
    with pytest.raises(NotFoundError):
        await publish(desks.national, [{"result": offered}], replaces=asked)

    assert (await screenings.list_screenings(desks.national.node, _ALL)).items == []


async def test_the_form_for_a_new_list_begins_with_what_stands_on_the_old(desks: Desks) -> None:
    asked, offered = told(desks)
    other = desks.chengdu.publisher.publish(need("与名单上成果无关的需求")).id
    desks.exchange()
    items = [{"result": offered, "needs": [asked, other], "note": "已中试"}]
    first = await publish(desks.national, items, text="请各省对接")
    visit = Visit(OPERATOR, {}, {"replaces": first})

    shown = await screening.build_screening(desks.national.node, visit)

    assert shown["given"] == {
        "title": "2026年度第一批", "year": 2026, "programme": "", "text": "请各省对接"
    }  # fmt: skip
    assert shown["ticked"] == {
        f"result:{offered}": "1",
        f"note:{offered}": "已中试",
        f"need:{offered}:{asked}": "1",
        f"need:{offered}:{other}": "1",
    }
    assert isinstance(shown["candidates"], list)
    assert [each.result.id for each in shown["candidates"]] == [offered]
    assert isinstance(shown["asked"], dict)
    assert [each.id for each in shown["asked"][offered]] == [other]


async def test_the_form_says_when_there_are_more_results_than_it_lists(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(desks)
    desk, visit = desks.national, Visit(OPERATOR, {}, {"programme": ""})
    all_ = await screening.build_screening(desk.node, visit)

    monkeypatch.setattr(screening, "CANDIDATES", 1)
    some = await screening.build_screening(desk.node, visit)

    assert isinstance(all_["candidates"], list)
    assert (all_["has_more"], some["has_more"]) == (False, True)
    assert some["candidates"] == all_["candidates"][:1]
    hint = "这里只列出最新发布的一部分"
    assert hint in shown(desk, "screening_form.html", some, "zh")
    assert hint not in shown(desk, "screening_form.html", all_, "zh")


_ALL = screenings.ScreeningQuery()
