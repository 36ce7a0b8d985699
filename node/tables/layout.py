"""What a list's columns are: heading, kind of value, codes, and what to write (A17)."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["line", "text", "words", "number", "money", "yuan", "day", "code"]
"""How a cell is read.

One line; text with line breaks; several words; a whole number; money in 万元 or in yuan, kept in
fen; a day; a word of a fixed set.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    Attributes:
        field: the name in records, API and exports; with a dot for a part of a value.
        title: the Chinese heading, as in templates.
        note: what to write there, for a clerk.
        kind: how a cell is read.
        codes: for ``code``: the Chinese word to the code it stands for; the first word that leads
            to a code is the one templates and exports use.
        known_as: further headings that files of others use.
        is_needed: a row without it is refused.
        code_list: the list of codes it is looked up in, where the list is long.
    """

    field: str
    title: str
    note: str
    kind: Kind = "line"
    codes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    is_needed: bool = False
    code_list: Literal["", "division", "industry", "field"] = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading it goes by, as :func:`plain_heading` writes them."""
        return tuple(plain_heading(each) for each in (self.field, self.title, *self.known_as))

    @property
    def words(self) -> tuple[str, ...]:
        """The words to choose from, one a code."""
        first: dict[str, str] = {}
        for word, code in self.codes.items():
            first.setdefault(code, word)
        return tuple(first.values())

    def word_of(self, code: str) -> str:
        """The word for a code; a code that is in no list stands as it is."""
        return next((word for word, known in self.codes.items() if known == code), code)


@dataclass(frozen=True)
class Layout:
    """A list: its name in commands and routes, its Chinese title, its columns in order."""

    name: str
    title: str
    columns: tuple[Column, ...]

    @cached_property
    def by_field(self) -> Mapping[str, Column]:
        """The columns by their field."""
        return {column.field: column for column in self.columns}

    @cached_property
    def headings(self) -> frozenset[str]:
        """Every heading that one of the columns goes by."""
        return frozenset(each for column in self.columns for each in column.headings)

    def __post_init__(self) -> None:
        listed = [each for column in self.columns for each in {*column.headings}]
        assert len(listed) == len(set(listed)), f"{self.name}: a heading names two columns"


def plain_heading(text: str) -> str:
    """A heading as it is compared: no case, no width of brackets, no mark of being required."""
    wide = {"（": "(", "）": ")", "＊": "*"}
    plain = "".join(wide.get(each, each) for each in text.strip().lower())
    return plain.strip("* ")
