"""Bringing files in: every common shape is read, every refused row has a reason (A17)."""

import json
from pathlib import Path

import pytest

from node.errors import ConfigError, InvalidError
from node.imports import RefusedRow, count_rows, read_pages, read_rows
from node.mapping import to_need, to_result
from tests.builders import SALT

CSV = "id,title,abstract,keywords\nc1,钛精矿浮选药剂,捕收剂选择性好,钛铁矿；浮选\n"


def _pages(folder: Path, raw: bytes) -> list[tuple[list[int], int, int]]:
    file = folder / "rows"
    file.write_bytes(raw)
    return [(page.numbers, len(page.rows), len(page.refused)) for page in read_pages(file)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "成果.csv"
    file.write_bytes(CSV.encode(encoding))

    (page,) = read_pages(file)
    record = to_result(page.rows[0], "本站", SALT)

    assert record.title == "钛精矿浮选药剂"
    assert record.keywords == ("钛铁矿", "浮选")
    assert record.source is not None
    assert (record.source.system, record.source.id, record.lang) == ("本站", "c1", "zh")


def test_a_file_is_cut_into_pages_that_keep_the_row_numbers(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(number), "title": "t"}) for number in range(1_050)]
    lines[3] = "{broken"

    pages = _pages(tmp_path, "\n".join(lines).encode())

    assert [(len(numbers), rows, refused) for numbers, rows, refused in pages] == [
        (500, 500, 1),
        (500, 500, 0),
        (49, 49, 0),
    ]
    assert pages[0][0][:4] == [1, 2, 3, 5]
    assert count_rows(tmp_path / "rows") == 1_050


def test_rows_too_large_for_one_request_go_into_pages_of_their_own(tmp_path: Path) -> None:
    row = json.dumps({"id": "1", "title": "t", "text": "x" * 150_000})

    pages = _pages(tmp_path, "\n".join([row] * 20).encode())

    assert [rows for _, rows, _ in pages] == [6, 6, 6, 2]


def test_lines_that_are_no_rows_are_refused_by_number() -> None:
    text = '{"id":"1"}\n{"id":\n\n[1]\n' + '{"a":' * 5_000 + "\n"

    found = list(read_rows(text, "rows"))

    assert found[0] == (1, {"id": "1"})
    assert [row.row for _, row in found if isinstance(row, RefusedRow)] == [2, 3, 4]


def test_csv_rows_with_too_many_or_too_few_fields_are_refused() -> None:
    found = list(read_rows("id,title\n1,a\n2\n3,b,c\n", "rows"))

    assert [number for number, row in found if isinstance(row, RefusedRow)] == [2, 3]


@pytest.mark.parametrize("raw", [b"", b"one column\n1\n", b"\xff\xfe\xfd\xfc"])
def test_a_file_that_is_no_table_is_one_clear_error(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "rows"
    file.write_bytes(raw)

    with pytest.raises(ConfigError):
        list(read_pages(file))


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        count_rows(tmp_path / "missing")


def test_an_innovation_challenge_becomes_an_english_need() -> None:
    need = to_need(
        {
            "id": "ktn-01",
            "source": "ktn",
            "title": "Industrial  Fuel Switching",
            "summary": "Funding for fuel switching.",
            "closes": "2022-11-11",
            "topics": ["fuel switch"],
            "url": "https://example.org/a",
        },
        "challenges",
        SALT,
    )

    assert (need.title, need.lang, need.expires) == (
        "Industrial Fuel Switching",
        "en",
        "2022-11-11",
    )
    assert need.source is not None
    assert (need.source.system, need.source.url) == ("ktn", "https://example.org/a")


def test_chinese_values_of_fixed_sets_are_translated() -> None:
    result = to_result(
        {
            "编号": "r1",
            "成果名称": "药剂",
            "摘要": "好",
            "知识产权": "软件著作权",
            "转化阶段": "中试",
            "trl": 7,
        },
        "本站",
        SALT,
    )

    assert (result.ip, result.stage, result.trl) == ("software", "pilot", 7)


def test_a_budget_in_ten_thousands_of_yuan_becomes_fen() -> None:
    need = to_need({"id": "1", "title": "t", "预算（万元）": "40"}, "s", SALT)

    assert need.budget_fen == 40_000_000


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"id": "1"}, "title"),
        ({"id": "1", "title": "长" * 201}, "title"),
        ({"id": "1", "title": "t", "text": "字" * 8_001}, "text"),
        ({"id": "1", "title": "t", "trl": "七"}, "trl"),
        ({"id": "1", "title": "t", "trl": "12"}, "trl"),
        ({"id": "1", "title": "t", "stage": "不知道"}, "stage"),
        ({"id": "1", "title": "t", "division": "999999"}, "division"),
        ({"id": "1", "title": "t", "url": "javascript:alert(1)"}, "source.url"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_field(
    row: dict[str, str | int | bool | list[str] | None], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        to_result(row, "s", SALT)

    assert field in caught.value.reasons


def test_control_characters_of_a_file_do_not_reach_a_record() -> None:
    result = to_result({"id": "1", "title": "a\x00b\r\n c", "text": "x\x07\r\ny"}, "s", SALT)

    assert (result.title, result.text) == ("a b c", "x \ny")


def test_a_row_without_an_id_is_known_by_its_content() -> None:
    row: dict[str, str | int | bool | list[str] | None] = {"成果名称": "药剂", "摘要": "好"}

    one, same = to_result(row, "s", SALT), to_result({**row, "备用": ""}, "s", SALT)
    other = to_result({**row, "摘要": "更好"}, "s", SALT)

    assert one.source is not None
    assert one.source == same.source
    assert one.source != other.source


def test_the_programme_of_a_result_is_gathered_from_its_columns() -> None:
    row: dict[str, str | int | bool | list[str] | None] = {
        "成果名称": "压铸合金",
        "计划级别": "国家科技计划",
        "计划名称": "国家重点研发计划",
        "专利号": "ZL201810123456.7；CN108123456B",
        "国际专利分类": "B22D17/20",
    }

    result = to_result(row, "s", SALT)

    assert result.programme is not None
    assert (result.programme.level, result.programme.name) == ("national", "国家重点研发计划")
    assert (result.patents, result.ipc) == (
        ("ZL201810123456.7", "CN108123456B"),
        ("B22D17/20",),
    )
    with pytest.raises(InvalidError) as caught:
        to_result({"成果名称": "x", "计划名称": "无级别"}, "s", SALT)
    assert list(caught.value.reasons) == ["programme.level"]
