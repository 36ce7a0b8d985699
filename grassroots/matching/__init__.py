"""Matching as a station's service: finding what fits, and measuring how well it does (D1, D13)."""

from grassroots.matching.finding import ROUTES as FINDING
from grassroots.matching.finding import MatchQuery, SearchQuery, match_stations, search
from node.capability import Capability

__all__ = ["CAPABILITY", "MatchQuery", "SearchQuery", "match_stations", "search"]

CAPABILITY = Capability(
    name="matching",
    title="供需对接",
    serves=("D1", "D2", "D4", "D13"),
    channels=("needs", "results"),
    routes=FINDING,
    commands={
        "search": "grassroots.commands.matching:search",
        "match": "grassroots.commands.matching:match",
    },
)
