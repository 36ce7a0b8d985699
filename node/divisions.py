"""Administrative divisions at county level and above, 1981 to today, year by year.

The table gives each code's name, level and years of validity. A county whose code has no
prefecture above it (those of the municipalities, and those a province rules directly) stands
right under its province: no "直辖" level is made up to fill the gap.

Source: GB/T 2260; yescallop/areacodes (CC0 1.0); each year's state is that of 31 December.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain
from typing import Final, Literal, TypeAlias, get_args

from node.errors import UnknownCodeError

Level: TypeAlias = Literal["province", "prefecture", "county"]

_LEVELS: Final[dict[str, Level]] = {level: level for level in get_args(Level)}


@dataclass(frozen=True, slots=True)
class Division:
    """One code under one name for one span of years; a renamed code has one per name.

    ``code`` is six digits; ``since`` is its first year, ``until`` the first year it no longer
    held (None while it holds). ``successors`` are the codes that took over its territory in
    ``until``; a part given away earlier, or by a division that still holds, is not counted.
    """

    code: str
    name: str
    level: Level
    since: int
    until: int | None
    successors: tuple[str, ...]

    def is_in_force(self, year: int | None = None) -> bool:
        """Whether the division held at the end of ``year``; None asks about today."""
        if year is None:
            return self.until is None
        return self.since <= year and (self.until is None or year < self.until)


def find_division(code: str, year: int | None = None) -> Division | None:
    """The division a code stood for at the end of a year, or None if it stood for none.

    Args:
        code: six digits.
        year: the calendar year; None takes the one in force now, else the code's latest.
    """
    spans = _spans_by_code().get(code, ())
    if year is None:
        return spans[-1] if spans else None
    return next((span for span in spans if span.is_in_force(year)), None)


def get_division(code: str, year: int | None = None) -> Division:
    """The division a code stood for, as ``find_division`` reads it.

    Raises:
        UnknownCodeError: the code is in no list, or in none of that year.
    """
    if (division := find_division(code, year)) is None:
        when = "" if year is None else f" in {year}"
        raise UnknownCodeError(f"no division has the code {code!r}{when}")
    return division


def path_names(code: str, year: int | None = None) -> tuple[str, ...]:
    """The names from the province down to the division itself, one to three of them.

    Args:
        code: six digits.
        year: the calendar year; None takes the names of today or, for a code no longer in
            force, those of its last year.

    Raises:
        UnknownCodeError: the code is in no list, or in none of that year.
    """
    division, read_in = _read(code, year)
    above = _find_parent(division, read_in)
    return (*path_names(above.code, read_in), division.name) if above else (division.name,)


def division_at(code: str, level: str) -> str:
    """The code of the division of a level that a division lies in.

    Where there is none of that level (a province asked for its county, a county right under its
    province), it is the division itself; a code of no list stands for itself.

    Args:
        code: six digits, or empty.
        level: province, prefecture or county.
    """
    division = find_division(code)
    if division is None:
        return code
    lowest = division.code
    year = None if division.until is None else division.until - 1
    while division is not None and division.level != level:
        division = _find_parent(division, year)
    if division is None:
        return lowest
    return division.code


def children(code: str, year: int | None = None) -> tuple[Division, ...]:
    """The divisions right under one, by code: a province's include its directly ruled counties.

    Args:
        code: six digits.
        year: as for ``path_names``.

    Raises:
        UnknownCodeError: the code is in no list, or in none of that year.
    """
    division, read_in = _read(code, year)
    if division.level == "county":
        return ()
    prefix = code[:2] if division.level == "province" else code[:4]
    near = (s for s in _all_spans() if s.code.startswith(prefix) and s.is_in_force(read_in))
    return tuple(span for span in near if _find_parent(span, read_in) == division)


def all_divisions(year: int | None = None) -> tuple[Division, ...]:
    """Every division in force at the end of a year (None: today), by code."""
    return tuple(span for span in _all_spans() if span.is_in_force(year))


def _all_spans() -> Iterator[Division]:
    return chain.from_iterable(_spans_by_code().values())


def _read(code: str, year: int | None) -> tuple[Division, int | None]:
    division = get_division(code, year)
    if year is None and division.until is not None:
        return division, division.until - 1
    return division, year


def _find_parent(division: Division, year: int | None) -> Division | None:
    if division.level == "province":
        return None
    if division.level == "county":
        above = find_division(division.code[:4] + "00", year)
        # To Hainan's counties of 1988-2001 that code is the province's own.
        if above is not None and above.level == "prefecture" and above.is_in_force(year):
            return above
    return find_division(division.code[:2] + "0000", year)


@cache
def _spans_by_code() -> dict[str, tuple[Division, ...]]:
    spans: dict[str, list[Division]] = {}
    table = resources.files("node") / "data" / "division_history.csv"
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        spans.setdefault(row["code"], []).append(_division_of(row))
    return {code: tuple(sorted(spans[code], key=lambda span: span.since)) for code in sorted(spans)}


def _division_of(row: dict[str, str]) -> Division:
    # "130404[2014]" is a part that went to 130404 in 2014, ahead of the end.
    successors = tuple(part for part in row["successors"].split(";") if part and "[" not in part)
    since, until = int(row["since"]), int(row["until"]) if row["until"] else None
    return Division(row["code"], row["name"], _LEVELS[row["level"]], since, until, successors)
