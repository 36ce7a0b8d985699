"""The needs and results a demonstration network starts with."""

import json
from collections import Counter
from importlib import resources

import pytest

FIELDS = {
    "电子与信息",
    "生物与医药",
    "新材料",
    "光机电一体化",
    "资源与环境",
    "新能源与高效节能",
    "高技术服务业",
    "农业与农村",
    "航空与航天",
    "地球、空间、海洋工程",
    "核应用技术",
}
CATEGORIES = {"工学", "医学", "农学", "理学", "管理学", "经济学"}
IP_STATES = {"无", "申请中", "已授权", "软件著作权", "标准"}
STAGES = {"筛选", "中试", "孵化", "集成", "市场化开发", "投融资"}
# The needs are numbered with gaps; these are all of them.
NEED_NUMBERS = (
    *(1, 2, 4, 11, 12, 13, 15, 17, 20, 23, 24, 27, 28, 29, 31, 34, 36, 39),
    *(41, 42, 44, 46, 48, 49, 50, 51, 54, 63, 65, 66, 67, 69, 70, 71, 72),
)

Row = dict[str, str | int | list[str]]


def read_rows(name: str) -> list[Row]:
    text = (resources.files("node") / "demo" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def needs() -> list[Row]:
    return read_rows("needs.jsonl")


@pytest.fixture(scope="module")
def results() -> list[Row]:
    return read_rows("results.jsonl")


def test_no_need_is_left_out(needs: list[Row]) -> None:
    assert [need["id"] for need in needs] == [f"n{number:03}" for number in NEED_NUMBERS]


def test_every_need_has_a_title_a_description_and_a_known_field(needs: list[Row]) -> None:
    for need in needs:
        assert list(need) == ["id", "title", "description", "field"]
        assert need["title"]
        assert need["description"]
        assert need["field"] in FIELDS


def test_no_two_needs_are_the_same(needs: list[Row]) -> None:
    assert len({need["title"] for need in needs}) == len(needs)
    assert len({need["description"] for need in needs}) == len(needs)


def test_the_results_are_numbered_without_a_gap(results: list[Row]) -> None:
    assert len(results) >= 66
    assert [result["id"] for result in results] == [
        f"r{number:03}" for number in range(1, len(results) + 1)
    ]


def test_every_result_has_the_same_keys(results: list[Row]) -> None:
    assert {tuple(result) for result in results} == {
        (
            *("id", "title", "abstract", "keywords", "discipline", "category"),
            *("field", "owner", "trl", "ip", "stage"),
        )
    }


def test_every_result_has_a_valid_maturity_rights_and_stage(results: list[Row]) -> None:
    for result in results:
        assert type(result["trl"]) is int
        assert result["trl"] in range(1, 10)
        assert result["ip"] in IP_STATES
        assert result["stage"] in STAGES


def test_every_rights_state_and_every_stage_occurs(results: list[Row]) -> None:
    assert {result["ip"] for result in results} == IP_STATES
    assert {result["stage"] for result in results} == STAGES


def test_every_result_is_filed_under_a_known_field_and_category(results: list[Row]) -> None:
    for result in results:
        assert result["field"] in FIELDS
        assert result["category"] in CATEGORIES
        assert result["discipline"]
        assert result["owner"]


def test_every_abstract_is_of_a_length_a_reader_takes_in_at_once(results: list[Row]) -> None:
    for result in results:
        assert isinstance(result["abstract"], str)
        assert 90 <= len(result["abstract"]) <= 220


def test_every_result_has_three_to_six_keywords_of_its_own(results: list[Row]) -> None:
    for result in results:
        assert isinstance(result["keywords"], list)
        assert 3 <= len(set(result["keywords"])) == len(result["keywords"]) <= 6
        assert all(result["keywords"])


def test_no_two_results_are_the_same(results: list[Row]) -> None:
    assert len({result["title"] for result in results}) == len(results)
    assert len({result["abstract"] for result in results}) == len(results)


def test_every_field_has_more_results_than_needs(needs: list[Row], results: list[Row]) -> None:
    wanted = Counter(need["field"] for need in needs)
    offered = Counter(result["field"] for result in results)

    assert set(wanted) == set(offered) == FIELDS
    assert all(offered[field] > wanted[field] for field in FIELDS)


def test_no_title_of_a_result_repeats_that_of_a_need(needs: list[Row], results: list[Row]) -> None:
    assert not {need["title"] for need in needs} & {result["title"] for result in results}


def test_the_data_says_nowhere_which_result_answers_which_need(
    needs: list[Row], results: list[Row]
) -> None:
    ids = [str(need["id"]) for need in needs]

    assert not [r["id"] for r in results if any(i in json.dumps(r) for i in ids)]
