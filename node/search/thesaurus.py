"""Everyday words of the trades and the terms of research for the same thing (D13).

Source: ``node/data/thesaurus.txt``, and what a station adds of its own.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources

from node.search.terms import latin_words

WORD_MAX = 16
"""The longest word looked for in a text, characters."""
_ASCII = re.compile(r"[\x21-\x7e]+")


class Thesaurus:
    """Which terms say the same as a word of a text, one way: what is said, what is meant."""

    def __init__(self, meanings: Mapping[str, Iterable[str]]) -> None:
        """Take word -> terms; words and terms in lower case, two characters at least."""
        self._meanings = {word: tuple(dict.fromkeys(terms)) for word, terms in meanings.items()}
        self._beginnings = {word[:2] for word in self._meanings}

    def said_in(self, text: str) -> Iterator[str]:
        """The words of the thesaurus that a text holds, each once, the longest at each place."""
        lower = text.lower()
        seen: set[str] = set()
        latin = [word for word in latin_words(lower) if word in self._meanings]
        for word in (*latin, *self._longest(lower)):
            if word not in seen:
                seen.add(word)
                yield word

    def meant_by(self, word: str) -> tuple[str, ...]:
        """The terms that say the same as a word."""
        return self._meanings.get(word, ())

    def _longest(self, text: str) -> Iterator[str]:
        for start in range(len(text)):
            if text[start : start + 2] not in self._beginnings:
                continue
            for end in range(min(len(text), start + WORD_MAX), start + 1, -1):
                word = text[start:end]
                # A Latin word is found whole only: "ai" does not stand in "said".
                if word in self._meanings and not _ASCII.fullmatch(word):
                    yield word
                    break


def to_terms(extra: Iterable[tuple[str, str]] = ()) -> Thesaurus:
    """What a need's words mean in the terms of research.

    Args:
        extra: the station's own pairs of word and term.
    """
    return _overlaid(((said, meant) for said, meant in _pairs()), extra)


def to_words(extra: Iterable[tuple[str, str]] = ()) -> Thesaurus:
    """What a result's terms are called in everyday words; ``extra`` as for :func:`to_terms`."""
    turned = ((meant, said) for said, meant in extra)
    return _overlaid(((meant, said) for said, meant in _pairs()), turned)


def _overlaid(pairs: Iterable[tuple[str, str]], extra: Iterable[tuple[str, str]]) -> Thesaurus:
    meanings: dict[str, list[str]] = {}
    for said, meant in (*extra, *pairs):
        if said.lower() != meant.lower():
            meanings.setdefault(said.lower(), []).append(meant.lower())
    return Thesaurus(meanings)


@functools.cache
def _pairs() -> tuple[tuple[str, str], ...]:
    text = (resources.files("node") / "data" / "thesaurus.txt").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        said, equals, meant = line.partition(" = ")
        if equals and not line.startswith("#"):
            found += [(word, term) for word in said.split() for term in meant.split()]
    return tuple(found)
