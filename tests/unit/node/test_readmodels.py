"""Read models: what signed entries amount to, whatever the order they come in (P9)."""

import itertools
from collections.abc import Callable

import pytest

from node.errors import NotFoundError
from node.readmodels import PROJECTIONS, entries, needs, results, stations
from node.readmodels.publications import find_acts
from node.rebuild import readmodel_digest, rebuild
from protocol.records import (
    NeedAmended,
    NeedSolved,
    NeedWithdrawn,
    ResultAmended,
    ResultWithdrawn,
)
from tests.builders import SALT, START_MS, Country, NodeInTest, StationInTest, need, result

Open = Callable[..., NodeInTest]
EARLY, LATE = START_MS // 1000 + 10, START_MS // 1000 + 20


def _amended(title: str, after: str) -> NeedAmended:
    return NeedAmended(salt=SALT, title=title, text="改写", after=after)


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional", division="510000")


def _logs(station: StationInTest) -> list[bytes]:
    return [log.text() for (channel, _), log in station.logs.items() if channel != "registry"]


def test_the_last_amendment_in_the_author_s_logs_is_the_one_in_force(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    published = sichuan.sign(need("第一稿"))
    first = sichuan.sign(_amended("第二稿", published.id), published.id)
    sichuan.sign(_amended("第三稿", first.id), published.id)
    node = open_node(sichuan, PROJECTIONS)

    node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    view = node.store.read(lambda reading: needs.get(reading, published.id))
    assert (view.title, view.state) == ("第三稿", "open")
    assert view.time == published.header.time
    acts = node.store.read(lambda reading: find_acts(reading, published.id))
    assert [act["kind"] for act in acts] == ["need.amended/1"] * 2


def test_every_order_of_arrival_of_the_logs_gives_the_same_tables(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    published = sichuan.sign(need("一"), epoch=EARLY)
    offered = sichuan.sign(result("甲"), epoch=EARLY)
    sichuan.sign(_amended("二", published.id), published.id, epoch=LATE)
    sichuan.sign(NeedSolved(), published.id, epoch=LATE)
    sichuan.sign(
        ResultAmended(salt=SALT, title="乙", text="改写", after=offered.id), offered.id, epoch=LATE
    )
    sichuan.sign(ResultWithdrawn(reason="已转让"), offered.id, epoch=LATE)
    registry = country.national.text("registry") + sichuan.text("registry")
    totals = set()

    for number, order in enumerate(itertools.permutations(_logs(sichuan))):
        node = open_node(sichuan, PROJECTIONS, name=f"order{number}")
        node.ingest.receive(registry, "peer")
        for text in order:
            node.ingest.receive(text, "peer")
        totals.add(node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total)
        view = node.store.read(lambda reading: needs.get(reading, published.id))
        assert (view.title, view.state) == ("二", "solved")
        node.store.close()

    assert len(totals) == 1


def test_only_the_station_that_published_amends_or_closes(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    published = sichuan.sign(need("原题"))
    other = country.national.admit("浙江", "regional", division="330000")
    other.sign(_amended("篡改", published.id), published.id)
    other.sign(NeedWithdrawn(reason="越权"), published.id)
    node = open_node(sichuan, PROJECTIONS)

    node.ingest.receive(country.national.text() + sichuan.text() + other.text(), "peer")

    view = node.store.read(lambda reading: needs.get(reading, published.id))
    assert (view.title, view.state) == ("原题", "open")


def test_a_need_solved_names_the_referral_that_met_it(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    published = sichuan.sign(need())
    solved = sichuan.sign(NeedSolved(by="A" * 43), published.id)
    node = open_node(sichuan, PROJECTIONS)

    node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    view = node.store.read(lambda reading: needs.get(reading, published.id))
    assert (view.state, view.closed_by, view.closed_note) == ("solved", solved.id, "A" * 43)


def test_an_entry_without_effect_is_shown_with_its_reason(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    unknown = sichuan.sign_raw("needs", "need.dreamt/1", b'{"a":1}')
    broken = sichuan.sign_raw("needs", "need.published/1", b'{"title":1}')
    node = open_node(sichuan, PROJECTIONS)

    node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    inert = node.store.read(lambda reading: entries.find(reading, reason="any"))
    assert {(each.id, each.reason) for each in inert} == {
        (unknown.id, "unknown-kind"),
        (broken.id, "bad-record"),
    }
    assert node.store.read(entries.count_inert) == {"bad-record": 1, "unknown-kind": 1}
    assert node.store.read(needs.count) == 0


def test_lists_are_paged_newest_first_without_gap_or_double(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    signed = [sichuan.sign(need(f"需求{number}", field="新材料")) for number in range(7)]
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text(), "peer")
    seen: list[str] = []
    after = ""

    while page := node.store.read(
        lambda reading, a=after: needs.find(reading, field="新材料", limit=3, after=a)
    ):
        seen += [view.id for view in page]
        after = seen[-1]

    assert seen == [entry.id for entry in reversed(signed)]


def test_a_search_word_is_text_and_never_a_pattern(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    sichuan.sign(result("回收率提高 6% 的药剂"))
    sichuan.sign(result("另一种药剂"))
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    def titles(q: str) -> list[str]:
        return [view.title for view in node.store.read(lambda r: results.find(r, q=q))]

    assert titles("6%") == ["回收率提高 6% 的药剂"]
    assert titles("%_") == []
    assert titles("药剂 另一") == ["另一种药剂"]


def test_stations_form_a_tree_by_hierarchy(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    chengdu = sichuan.admit("成都", division="510100")
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    (root,) = node.store.read(lambda reading: stations.tree(reading, "stations"))

    assert (root.level, root.station.name) == ("national", "国家站")
    assert [child.station.id for child in root.children] == [sichuan.id]
    assert root.children[0].children[0].station.id == chengdu.id
    assert root.children[0].children[0].station.region == sichuan.id
    assert node.store.read(lambda reading: stations.tree(reading, "associations")) == []
    found = node.store.read(lambda reading: stations.find(reading, tier="grassroots"))
    assert [view.name for view in found] == ["成都"]


def test_what_is_not_held_is_said_to_be_missing(open_node: Open, sichuan: StationInTest) -> None:
    node = open_node(sichuan, PROJECTIONS)

    for get in (needs.get, results.get, stations.get, entries.get):
        with pytest.raises(NotFoundError):
            node.store.read(lambda reading, get=get: get(reading, "A" * 43))


def test_rebuilding_gives_the_same_digest(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    published = sichuan.sign(need("一"))
    sichuan.sign(_amended("二", published.id), published.id)
    sichuan.sign(result())
    node = open_node(sichuan, PROJECTIONS)
    node.ingest.receive(country.national.text() + sichuan.text(), "peer")
    before = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS))

    after = rebuild(node.store, node.ingest)

    assert after == before
