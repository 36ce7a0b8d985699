"""Industry classes by code."""

import csv
import re
from importlib import resources

import pytest

from node.industries import find_industry


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("0111", "稻谷种植"),
        ("3825", "光伏设备及元器件制造"),
        ("7517", "三维（3D）打印技术推广服务"),
        ("9700", "国际组织"),
    ],
)
def test_a_class_code_gives_the_name_of_the_class(code: str, name: str) -> None:
    assert find_industry(code) == name


@pytest.mark.parametrize("code", ["", "01", "011", "111", "9999", "A0111", "01111"])
def test_a_code_that_is_no_class_gives_nothing(code: str) -> None:
    assert find_industry(code) is None


def test_the_table_holds_each_class_once_under_a_name_of_its_own() -> None:
    table = resources.files("node") / "data" / "industries.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))

    assert len(rows) == 1381
    assert len({row["code"] for row in rows}) == len({row["name"] for row in rows}) == 1381
    assert all(re.fullmatch(r"\d{4}", row["code"]) for row in rows)


def test_no_name_is_cut_off_in_the_middle_of_its_last_word() -> None:
    table = resources.files("node") / "data" / "industries.csv"
    names = [row["name"] for row in csv.DictReader(table.read_text("utf-8").splitlines())]

    cut = re.compile(
        r"(?<![印磨复])制$|加$|批$|建$|(?<!出)租$|专用$|专$|设$|器$|基$|材$|辅助$|辅助性$"
    )

    assert [name for name in names if cut.search(name)] == []


def test_the_table_covers_every_group_and_division_of_the_standard() -> None:
    table = resources.files("node") / "data" / "industries.csv"
    codes = [row["code"] for row in csv.DictReader(table.read_text("utf-8").splitlines())]

    assert len({code[:3] for code in codes}) == 473
    assert len({code[:2] for code in codes}) == 97
