"""Search: words find texts, matches say why, and the index is only ever a copy (D1, D13)."""

import shutil
from pathlib import Path

import pytest

from node.readmodels import PROJECTIONS
from node.rebuild import rebuild
from node.search import Search
from node.search.question import Question
from node.search.terms import distinct_words, index_terms
from protocol.records import NeedAmended, ResourceWithdrawn, ResultWithdrawn
from tests.builders import SALT, Country, NodeInTest, erasure, need, resource, result


@pytest.fixture
def node(country: Country, tmp_path: Path) -> NodeInTest:
    inner = NodeInTest.open("sqlite:///node.db", tmp_path, country.national, PROJECTIONS)
    inner.ingest.receive(country.national.text(), "peer")
    return inner


@pytest.fixture
def search(node: NodeInTest, tmp_path: Path) -> Search:
    return Search(tmp_path / "index", node.store, node.station.clock)


def test_a_two_character_word_finds_its_text(node: NodeInTest, search: Search) -> None:
    chip = node.publisher.publish(result("车规级芯片封装工艺"))
    node.publisher.publish(result("奶牛体况评分"))

    hits = search.find_results("芯片")

    assert [hit.id for hit in hits] == [chip.id]
    assert hits[0].terms == ("芯片",)


def test_needs_and_results_are_found_apart(node: NodeInTest, search: Search) -> None:
    asked = node.publisher.publish(need("尾矿回收钛精矿"))
    offered = node.publisher.publish(result("尾矿回收药剂"))

    assert [hit.id for hit in search.find_needs("尾矿回收")] == [asked.id]
    assert [hit.id for hit in search.find_results("尾矿回收")] == [offered.id]


def test_resources_are_found_apart_and_what_is_taken_back_is_not(
    node: NodeInTest, search: Search
) -> None:
    offered = node.publisher.publish(result("压铸模温控制装置"))
    first = node.publisher.publish(resource("压铸工艺专家"))
    second = node.publisher.publish(resource("压铸模具专家"))
    third = node.publisher.publish(resource("压铸件探伤专家"))

    def found() -> set[str]:
        return {hit.id for hit in search.find("resources", Question("", "压铸"))}

    assert found() == {first.id, second.id, third.id}
    assert [hit.id for hit in search.find_results("压铸")] == [offered.id]

    node.publisher.publish(ResourceWithdrawn(reason="退休"), first.id)
    node.publisher.publish_many([(erasure(second), "-")], "results")

    assert found() == {third.id}
    assert [hit.id for hit in search.find_results("压铸")] == [offered.id]


def test_an_entry_of_one_kind_that_names_another_s_id_takes_nothing_out(
    node: NodeInTest, search: Search
) -> None:
    offered = node.publisher.publish(result("石墨烯散热膜"))
    search.catch_up()
    amended = NeedAmended(salt=SALT, title="改", text="写", after=offered.id)

    node.publisher.publish(amended, offered.id)

    assert [hit.id for hit in search.find_results("石墨烯")] == [offered.id]


def test_latin_words_and_numbers_are_found_in_any_case(node: NodeInTest, search: Search) -> None:
    found = node.publisher.publish(result("MIL-STD-1553 总线转换"))

    assert [hit.id for hit in search.find_results("mil-std-1553")] == [found.id]


def test_what_is_published_later_is_found_and_what_is_withdrawn_is_not(
    node: NodeInTest, search: Search
) -> None:
    first = node.publisher.publish(result("石墨烯散热膜"))
    assert [hit.id for hit in search.find_results("石墨烯")] == [first.id]

    second = node.publisher.publish(result("石墨烯涂料"))
    node.publisher.publish(ResultWithdrawn(), first.id)

    assert [hit.id for hit in search.find_results("石墨烯")] == [second.id]


def test_a_lost_or_broken_index_is_made_again(
    node: NodeInTest, search: Search, tmp_path: Path
) -> None:
    found = node.publisher.publish(result("石墨烯散热膜"))
    search.find_results("石墨烯")
    search.close()
    for break_ in (
        lambda: shutil.rmtree(tmp_path / "index"),
        lambda: (tmp_path / "index" / "mark.json").write_text("nonsense"),
    ):
        break_()
        again = Search(tmp_path / "index", node.store, node.station.clock)
        assert [hit.id for hit in again.find_results("石墨烯")] == [found.id]
        again.close()


def test_an_index_made_with_other_lists_is_made_again(
    node: NodeInTest, search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = node.publisher.publish(result("石墨烯散热膜"))
    search.catch_up()
    search.close()
    made = (tmp_path / "index" / "mark.json").read_text("utf-8")
    monkeypatch.setattr("node.search.search.index_version", lambda: "other lists")

    again = Search(tmp_path / "index", node.store, node.station.clock)

    assert [hit.id for hit in again.find_results("石墨烯")] == [found.id]
    assert (tmp_path / "index" / "mark.json").read_text("utf-8") != made
    again.close()


def test_a_rebuild_of_the_read_models_leaves_the_search_right(
    node: NodeInTest, search: Search
) -> None:
    found = node.publisher.publish(result("石墨烯散热膜"))
    search.catch_up()

    rebuild(node.store, node.ingest)

    assert search.catch_up() == 1
    assert [hit.id for hit in search.find_results("石墨烯")] == [found.id]


def test_any_text_may_be_asked(node: NodeInTest, search: Search) -> None:
    node.publisher.publish(result("石墨烯"))

    for text in ("", " ", '"(', "AND OR NOT", "*" * 100, "a:b:c", "的", "\x00", "石" * 5_000):
        search.find_results(text)


def test_terms_are_words_and_pairs_of_characters() -> None:
    assert "钛铁矿" in distinct_words("细粒钛铁矿浮选") or "铁矿" in index_terms("细粒钛铁矿浮选")
    assert "细粒" in index_terms("细粒钛铁矿浮选")
    assert distinct_words("The FPGA and the fpga") == ["fpga"]
