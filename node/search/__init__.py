"""Finding what fits: terms, what a question weighs, the index, and the asking of it."""

from node.search.following import read_touched
from node.search.index import Kind
from node.search.matches import (
    Asked,
    Match,
    StationMatch,
    ask_about,
    find_matches,
    find_resources,
    find_stations,
    has_reason,
)
from node.search.question import FULL, Question, Weights
from node.search.search import Hit, Search, question_of
from node.search.thesaurus import WORD_MAX
from node.search.vocabulary import add_pair, read_vocabulary, remove_pair

__all__ = [
    "FULL",
    "WORD_MAX",
    "Asked",
    "Hit",
    "Kind",
    "Match",
    "Question",
    "Search",
    "StationMatch",
    "Weights",
    "add_pair",
    "ask_about",
    "find_matches",
    "find_resources",
    "find_stations",
    "has_reason",
    "question_of",
    "read_touched",
    "read_vocabulary",
    "remove_pair",
]
