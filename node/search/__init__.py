"""Finding what fits: terms, what a question weighs, the index, and the asking of it."""

from node.search.matches import Asked, Match, StationMatch, ask_about, find_matches, find_stations
from node.search.question import FULL, Question, Weights
from node.search.search import Hit, Kind, Search, question_of

__all__ = [
    "FULL",
    "Asked",
    "Hit",
    "Kind",
    "Match",
    "Question",
    "Search",
    "StationMatch",
    "Weights",
    "ask_about",
    "find_matches",
    "find_stations",
    "question_of",
]
