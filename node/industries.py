"""The classes of the national industry classification.

Source: GB/T 4754-2017, 1,381 classes; robin621/gbcrosswalk (MIT), whose long names, cut at the
width of a column, are written out here.
"""

import csv
import functools
from importlib import resources


def find_industry(code: str) -> str | None:
    """The name of an industry class, or None if no class has the code.

    Args:
        code: four digits, such as "0111".
    """
    return _names_by_code().get(code)


def all_industries() -> tuple[tuple[str, str], ...]:
    """Every class, as code and name, in the order of the codes."""
    return tuple(_names_by_code().items())


@functools.cache
def _names_by_code() -> dict[str, str]:
    table = resources.files("node") / "data" / "industries.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {row["code"]: row["name"] for row in rows}


def group_at(code: str, level: str) -> str:
    """The section (a letter) or division (two digits) an industry's code belongs to.

    Args:
        code: GB/T 4754: a letter, or two to four digits with or without it; or empty.
        level: section or industry.

    Returns:
        The letter or the digits; a code that says no more stands for itself.
    """
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    if level == "section":
        return _section_of(digits[:2]) if digits else code
    return digits[:2] if digits else code


def name_group(code: str) -> str | None:
    """The name of a section or division of industry, None for a code of no list."""
    return _group_names().get(code)


_SECTION_BEGINS = {
    "A": 1, "B": 6, "C": 13, "D": 44, "E": 47, "F": 51, "G": 53, "H": 61, "I": 63, "J": 66,
    "K": 70, "L": 71, "M": 73, "N": 76, "O": 80, "P": 83, "Q": 84, "R": 86, "S": 91, "T": 97,
}  # fmt: skip
"""The first division of each section."""


def _section_of(division: str) -> str:
    if division not in _group_names():
        return division
    number = int(division)
    return next(section for section, first in reversed(_SECTION_BEGINS.items()) if number >= first)


@functools.cache
def _group_names() -> dict[str, str]:
    table = resources.files("node") / "data" / "industry_groups.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {row["code"]: row["name"] for row in rows}
