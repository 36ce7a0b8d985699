"""Matching as a station's service: finding what fits, waiting for it, and own words (D1, D13)."""

from grassroots.matching.finding import ROUTES as FINDING
from grassroots.matching.finding import MatchQuery, SearchQuery, match_stations, search
from grassroots.matching.vocabulary import ROUTES as VOCABULARY
from grassroots.matching.watching import JOB
from grassroots.matching.watching import ROUTES as WATCHING
from node.capability import Capability

__all__ = ["CAPABILITY", "MatchQuery", "SearchQuery", "match_stations", "search"]

CAPABILITY = Capability(
    name="matching",
    title="供需对接",
    serves=("D1", "D2", "D4", "D13"),
    channels=("needs", "results", "referrals"),
    routes=FINDING + VOCABULARY + WATCHING,
    jobs=(JOB,),
)
