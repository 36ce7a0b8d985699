"""A station's own words, and being told of what arrives and fits, on either database (D13)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from grassroots import matching
from grassroots.matching import vocabulary, watching
from node.drafting import IdPath
from node.errors import NotFoundError
from node.modes import MODES
from protocol.records import NeedWithdrawn, ResultAmended
from tests.builders import SALT, Country, need, result
from tests.unit.tiers.desk import Desk, open_desk

FOAM = result("聚氨酯硬质发泡工艺", text="硬泡的导热系数。")


@pytest.fixture
def desk(country: Country, store_url: Callable[[str], str], tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(country.national, country, tmp_path / "desk", store_url("desk"))
    made.ingest.receive(country.national.text(), "peer")
    yield made
    made.store.close()


async def wait_for(desk: Desk, **fields: str) -> str:
    saved = watching.SavedSearchInput.model_validate({"name": "等成果", **fields})
    return (await watching.save_search(desk.node, saved)).id


async def told(desk: Desk, *, unread: bool = False) -> list[str]:
    await watching.tell_of_matches(desk.node)
    query = watching.AlertQuery(unread=unread)
    return [each.found for each in (await watching.list_alerts(desk.node, query)).items]


async def test_a_word_of_the_station_finds_the_term_it_means_until_it_is_removed(
    desk: Desk,
) -> None:
    foam = desk.publisher.publish(FOAM).id
    asked = matching.SearchQuery(text="黄料")
    assert (await matching.search(desk.node, asked)).items == []

    pair = vocabulary.Pair(said="黄料", meant="发泡")
    await vocabulary.add_word(desk.node, pair)
    found = (await matching.search(desk.node, asked)).items
    await vocabulary.remove_word(desk.node, pair)

    assert [(each.id, each.meanings[0].said) for each in found] == [(foam, "黄料")]
    assert (await matching.search(desk.node, asked)).items == []


async def test_a_word_added_twice_stands_once_and_one_that_is_not_there_cannot_go(
    desk: Desk,
) -> None:
    pair = vocabulary.Pair(said="黄料", meant="发泡")
    for _ in range(2):
        await vocabulary.add_word(desk.node, pair)

    assert (await vocabulary.list_vocabulary(desk.node)).items == [pair]
    with pytest.raises(NotFoundError, match="no pair"):
        await vocabulary.remove_word(desk.node, vocabulary.Pair(said="黄料", meant="塑料"))


@pytest.mark.parametrize("said", ["黄", "黄 料", "发泡", "长" * 17])
def test_a_word_that_could_never_be_found_is_refused(said: str) -> None:
    with pytest.raises(ValidationError):
        vocabulary.Pair(said=said, meant="发泡")


async def test_what_arrives_later_and_fits_is_told_once_and_what_was_there_is_not(
    desk: Desk,
) -> None:
    desk.publisher.publish(FOAM)
    await wait_for(desk, text="聚氨酯发泡")
    assert await told(desk) == []

    foam = desk.publisher.publish(FOAM).id
    desk.publisher.publish(result("奶牛体况评分", text="深度相机。"))

    assert await told(desk) == [foam]
    assert await told(desk) == [foam]


async def test_what_is_amended_after_it_was_told_is_not_told_again(desk: Desk) -> None:
    await wait_for(desk, text="聚氨酯发泡")
    foam = desk.publisher.publish(FOAM).id
    assert await told(desk) == [foam]

    content = {**FOAM.model_dump(), "salt": SALT, "trl": 8, "after": foam}
    desk.publisher.publish(ResultAmended.model_validate(content), foam)

    assert await told(desk) == [foam]


async def test_a_feed_made_anew_tells_nothing_twice_and_forgets_nothing(desk: Desk) -> None:
    search = await wait_for(desk, text="聚氨酯发泡")
    first = desk.publisher.publish(FOAM).id
    assert await told(desk) == [first]
    second = desk.publisher.publish(result("聚氨酯硬质发泡", text="硬泡工艺。")).id
    lost = watching.Looked(search, [], (1, 1))
    desk.store.write(lambda tx: watching.put_alerts(tx, [lost]))

    assert sorted(await told(desk)) == sorted([first, second])


async def test_a_search_for_a_need_ends_with_the_need(desk: Desk) -> None:
    asked = desk.publisher.publish(need("保温用聚氨酯发泡", text="寻求发泡工艺。")).id
    await wait_for(desk, need=asked)
    desk.publisher.publish(NeedWithdrawn(), asked)
    desk.publisher.publish(FOAM)

    assert await told(desk) == []


async def test_an_alert_that_was_read_leaves_the_inbox_and_a_removed_search_takes_its_own(
    desk: Desk,
) -> None:
    search = await wait_for(desk, text="聚氨酯发泡")
    foam = desk.publisher.publish(FOAM).id
    assert await told(desk, unread=True) == [foam]
    alert = (await watching.list_alerts(desk.node, watching.AlertQuery())).items[0]

    await watching.read_alert(desk.node, IdPath(id=alert.id))
    assert (await told(desk, unread=True), await told(desk)) == ([], [foam])

    await watching.remove_search(desk.node, IdPath(id=search))
    assert await told(desk) == []
    with pytest.raises(NotFoundError):
        await watching.remove_search(desk.node, IdPath(id=search))


async def test_a_search_for_nothing_or_for_what_is_not_held_is_refused(desk: Desk) -> None:
    with pytest.raises(ValidationError, match="nothing to wait for"):
        watching.SavedSearchInput(name="空")
    with pytest.raises(NotFoundError):
        await wait_for(desk, need="nobody")
    assert (await watching.list_searches(desk.node)).items == []


def test_a_station_of_every_mode_looks_for_what_fits() -> None:
    assert all(watching.JOB in mode.jobs for mode in MODES.values())
