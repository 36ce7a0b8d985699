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
