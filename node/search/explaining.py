"""What a text that was found has in common with the question, in words a person can check (D13)."""

from node.search.question import Question, Rarity
from node.search.terms import distinct_words, latin_words
from node.search.thesaurus import Thesaurus

REASONS_MAX = 8

Meanings = tuple[tuple[str, str], ...]


class Explainer:
    """One question, taken apart once, against any number of texts."""

    def __init__(self, question: Question, thesaurus: Thesaurus, rarity: Rarity) -> None:
        """Look up the words of the question and what else they are called, the rarest first.

        Args:
            rarity: how much a term tells; 0 when no text has it.
        """
        told = {word: rarity(word) for word in distinct_words(question.whole)}
        self._words = sorted((w for w in told if told[w]), key=lambda word: (-told[word], word))
        meant = [
            (said, term)
            for said in thesaurus.said_in(question.whole)
            for term in thesaurus.meant_by(said)
        ]
        self._meanings = sorted(meant, key=lambda pair: (-rarity(pair[1]), pair))

    def explain(self, text: str) -> tuple[tuple[str, ...], Meanings]:
        """The words in common, and pairs of a word of the question and its term in the text."""
        lower = text.lower()
        latin = set(latin_words(lower))

        def holds(word: str) -> bool:
            return word in latin if word.isascii() else word in lower

        common = [word for word in self._words if holds(word)]
        by_term: dict[str, str] = {}
        for said, term in self._meanings:
            if term not in common and holds(term) and not holds(said):
                by_term.setdefault(term, said)
        meanings = tuple((said, term) for term, said in by_term.items())
        return tuple(common[:REASONS_MAX]), meanings[:REASONS_MAX]
