"""What a question weighs: everyday words and terms, fields of two lists (D13)."""

import pytest

from node.search.fields import field_marks, field_names, shared_field
from node.search.question import FULL, Question, Weights, weigh
from node.search.thesaurus import Thesaurus, to_terms, to_words
from node.tables.codes import CONTRACT_FIELD

EMPTY = Thesaurus({})


def one(_: str) -> float:
    return 1.0


def test_an_everyday_word_asks_for_the_terms_of_research_and_the_other_way_round() -> None:
    assert "静脉滴注" in to_terms().meant_by("挂水")
    assert "挂水" in to_words().meant_by("静脉滴注")


def test_the_longest_word_at_each_place_is_found_once() -> None:
    thesaurus = Thesaurus({"水泵": ["泵"], "水": ["液"], "泵": ["pump"]})

    assert list(thesaurus.said_in("水泵坏了，换水泵")) == ["水泵"]


def test_a_latin_word_is_found_whole_and_in_any_case_only() -> None:
    thesaurus = Thesaurus({"ai": ["人工智能"]})

    assert list(thesaurus.said_in("AI 质检")) == ["ai"]
    assert list(thesaurus.said_in("he said")) == []


def test_a_station_s_own_pair_works_both_ways() -> None:
    own = [("泡泡料", "聚氨酯泡沫")]

    assert to_terms(own).meant_by("泡泡料") == ("聚氨酯泡沫",)
    assert "泡泡料" in to_words(own).meant_by("聚氨酯泡沫")


def test_fields_of_both_lists_and_disciplines_meet() -> None:
    assert shared_field("现代农业", "农业与农村") == "现代农业"
    assert shared_field("农业与农村", "", "水产") == "农业与农村"
    assert shared_field("生物与医药", "", "矿业工程") == ""
    assert shared_field("", "") == ""
    assert field_marks("本站自拟领域") == {"本站自拟领域"}


def test_a_word_of_the_title_weighs_double_and_a_pair_less_than_a_word() -> None:
    asked = weigh(Question("浮选", "浮选 尾矿 细粒级"), EMPTY, one, FULL).terms

    assert asked["浮选"] == 2 * asked["尾矿"]
    assert asked["粒级"] < asked["尾矿"]


def test_a_meaning_weighs_the_less_the_more_a_word_may_mean() -> None:
    thesaurus = Thesaurus({"挂水": ["输液"], "上火": ["热毒", "肝火", "虚火", "实火"]})

    asked = weigh(Question("", "挂水 上火"), thesaurus, one, FULL).terms

    assert asked["输液"] == pytest.approx(0.8)
    assert asked["热毒"] == pytest.approx(0.4)


def test_every_field_of_contracts_meets_the_lists_of_the_guidelines() -> None:
    assert shared_field("智慧城市和数字社会", "城市建设与社会发展") == "智慧城市和数字社会"
    assert shared_field("电子信息", "新一代信息网络") == "电子信息"
    assert shared_field("核应用", "现代农业") == ""
    names = field_names()
    contracts = set(CONTRACT_FIELD)
    assert len(contracts) == 11
    assert contracts <= set(names)
    assert {mark for name in contracts for mark in field_marks(name)} <= set(names) - (
        contracts - {"新材料", "新能源与高效节能"}
    )
    assert names[0] == "新一代信息网络"


def test_the_same_field_weighs_a_share_of_all_the_rest() -> None:
    question = Question("", "浮选 尾矿", frozenset({"资源与环境"}), is_need=True)

    asked = weigh(question, EMPTY, one, Weights(pair=0, field=0.05))

    assert asked.terms == {"浮选": 1, "尾矿": 1}
    assert asked.fields == {"资源与环境": pytest.approx(0.1)}


def test_of_a_long_question_the_heaviest_terms_are_asked() -> None:
    rare = {"浮选": 5.0, "尾矿": 3.0}

    asked = weigh(
        Question("", "浮选 尾矿 药剂 无人知"),
        EMPTY,
        lambda term: rare.get(term, 0.0),
        Weights(terms_max=1),
    )

    assert asked.terms == {"浮选": 1.0}
