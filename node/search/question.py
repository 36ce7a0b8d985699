"""What is asked of the index: each term of a need or result, and what it weighs (D13).

The weights come from general knowledge of ranking by words; ``yizhan match evaluate`` shows what
each of them adds on judged needs.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from node.search.terms import pairs, words
from node.search.thesaurus import Thesaurus


@dataclass(frozen=True, slots=True)
class Question:
    """What should be fitted: a title that says most, the rest, and the fields it belongs to.

    ``fields`` are asked for alike; ``is_need`` when only what is in all of them fits in full.
    """

    title: str
    text: str = ""
    fields: frozenset[str] = frozenset()
    is_need: bool = False

    @property
    def whole(self) -> str:
        """Title and text."""
        return f"{self.title}\n{self.text}"


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each ingredient counts; a dictionary word of the text weighs 1.

    Attributes:
        title: a word of the title.
        pair: a pair of characters that is no word.
        meaning: all the terms the thesaurus knows for a word, together as a vector's length.
        field: the same field, as a share of what the whole question weighs.
        terms_max: how many terms are asked, the heaviest of them.
    """

    title: float = 2.0
    pair: float = 0.5
    meaning: float = 0.8
    field: float = 0.05
    terms_max: int = 128


FULL = Weights()
"""What the node matches with."""

Rarity = Callable[[str], float]
"""How much a term tells, from 0 on; 0 when the index does not know it."""


class Weighed(NamedTuple):
    """What is asked of the index: terms with their weights, and what a field adds to the score."""

    terms: Mapping[str, float]
    fields: Mapping[str, float]


def weigh(question: Question, thesaurus: Thesaurus, rarity: Rarity, weights: Weights) -> Weighed:
    """The terms to ask and their weights.

    Args:
        question: what should be fitted.
        thesaurus: what else the words of the question are called where it is looked for.
        rarity: the inverse document frequency of a term.
        weights: how much each ingredient counts.
    """
    found: dict[str, float] = {}
    for text, factor in ((question.text, 1.0), (question.title, weights.title)):
        _raise(found, words(text), factor)
        _raise(found, pairs(text), factor * weights.pair)
        if weights.meaning:
            _raise_meanings(found, text, thesaurus, factor, weights)
    told = {term: (weight, rarity(term)) for term, weight in found.items() if weight > 0}
    known = {term: weight * rare for term, (weight, rare) in told.items() if rare > 0}
    kept = sorted(known, key=lambda term: (-known[term], term))[: weights.terms_max]
    mass = math.fsum(known[term] for term in kept)
    parts = len(question.fields) if question.is_need else 1
    fields = dict.fromkeys(sorted(question.fields), weights.field * mass / max(1, parts))
    return Weighed({term: told[term][0] for term in kept}, fields if weights.field else {})


def _raise(found: dict[str, float], terms: Iterable[str], weight: float) -> None:
    for term in terms:
        found[term] = max(found.get(term, 0.0), weight)


def _raise_meanings(
    found: dict[str, float], text: str, thesaurus: Thesaurus, factor: float, weights: Weights
) -> None:
    for said in thesaurus.said_in(text):
        meant = thesaurus.meant_by(said)
        weight = factor * weights.meaning / math.sqrt(len(meant))
        for term in meant:
            _raise(found, words(term), weight)
            _raise(found, pairs(term), weight * weights.pair)
