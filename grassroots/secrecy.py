"""The gate for classified matter: a need is declared open, and words that hint otherwise stop it.

Source: ``node/data/secrecy_marks.csv``. State secrets are refused; what may be inside knowledge or
lies near defence goes to the manager (must-have 28, duties).
"""

import csv
import functools
import unicodedata
from collections.abc import Iterable
from importlib import resources
from typing import Literal, NamedTuple

from node.errors import InvalidError

Gate = Literal["refuse", "manager"]
_STARS = str.maketrans({"☆": "★", "*": "★", "✩": "★", "⭐": "★"})


class Mark(NamedTuple):
    """A word that tells of classified matter, and what is done where it stands."""

    mark: str
    gate: Gate
    why: str


def find_marks(texts: Iterable[str]) -> list[Mark]:
    """The marks that stand in texts, however they are spaced or starred.

    Args:
        texts: every text of a need that is to be public.
    """
    plain = "\n".join(_plain(text) for text in texts)
    found: list[Mark] = []
    for mark in read_marks():
        if mark.mark in plain:
            found.append(mark)
            plain = plain.replace(mark.mark, "\n")
    return found


def check_declared(is_declared: bool | None) -> None:
    """Refuse what nobody declared to be open.

    Raises:
        InvalidError: it is not declared.
    """
    if not is_declared:
        reason = "declare that the need holds nothing classified (unclassified: true)"
        raise InvalidError(
            "The need is not declared to be free of state and work secrets.",
            "Ask the enterprise, then declare it; what is classified is never entered here.",
            {"unclassified": reason},
            "undeclared",
        )


def check_open(marks: Iterable[Mark]) -> None:
    """Refuse what bears the mark of a state secret.

    Raises:
        InvalidError: with the words that tell.
    """
    telling = [each.mark for each in marks if each.gate == "refuse"]
    if telling:
        named = "、".join(telling)
        raise InvalidError(
            f"This may not be entered here: it bears marks of state secrets ({named}).",
            "Do not enter it in any network. Report it to whoever keeps secrets at the enterprise.",
            {"text": f"bears marks of state secrets: {named}"},
            "secret",
        )


@functools.cache
def read_marks() -> tuple[Mark, ...]:
    """Every mark of the list, the longest first, so that one is not found inside another."""
    table = resources.files("node") / "data" / "secrecy_marks.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    marks = (Mark(row["mark"], _gate(row["gate"]), row["why"]) for row in rows)
    return tuple(sorted(marks, key=lambda each: (each.gate != "refuse", -len(each.mark))))


def _gate(text: str) -> Gate:
    return "refuse" if text == "refuse" else "manager"


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(_STARS).split())
