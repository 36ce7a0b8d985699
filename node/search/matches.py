"""Matches a person can judge: what was found, whose it is, and why it fits (D1, D2, D13)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from node.model import Model
from node.readmodels import needs, resources, results, stations, trackrecords
from node.readmodels.needs import NeedView
from node.readmodels.resources import ResourceView
from node.readmodels.results import ResultView
from node.readmodels.stations import StationView
from node.readmodels.trackrecords import TrackRecord
from node.search.fields import shared_field
from node.search.index import Kind
from node.search.question import Question
from node.search.search import Hit, View, find_views, question_of

if TYPE_CHECKING:
    from node.search.search import Search
    from node.store import Reading, Store

STATION_HITS = 50
"""Matches by which stations are compared."""
RESOURCE_HITS = 100
"""Of which those of the type asked for, and still available, are shown."""
STATION_SHARE = 0.3
"""Of the best match's score, what another must reach to speak for its station."""
PLACE_DIGITS = (6, 4, 2)
"""Digits of a division code that name a county, a prefecture and a province."""

About = NeedView | ResultView


class Meaning(Model):
    """A word of what is asked, and the term it is called by in what was found."""

    said: str
    meant: str


class Match(Model):
    """A need, result or resource that fits, and the reasons (D13).

    ``score`` grows with the fit. Reasons, empty or 0 where there is none: ``terms`` in common;
    ``meanings``, words of the one and terms of the other for the same thing; ``shared_field``;
    ``place``, the smallest division both lie in; ``outcomes`` confirmed with the station that
    published it, and ``industry_outcomes`` of these in the need's division of industry.
    Of a resource ``owner`` is its organisation, ``type`` and ``kind`` what it is.
    """

    id: str
    title: str
    lang: str
    owner: str
    station: str
    station_name: str
    region: str
    field: str
    score: float
    terms: list[str]
    meanings: list[Meaning] = Field(default_factory=list)
    shared_field: str = ""
    place: str = ""
    outcomes: int = 0
    industry_outcomes: int = 0
    type: str = ""
    kind: str = ""


class StationMatch(Model):
    """A station that may help: its fitting results, the best of them, its confirmed outcomes."""

    station: str
    station_name: str
    region: str
    score: float
    fitting: int
    best: str
    best_title: str
    best_lang: str
    outcomes: int = 0
    industry_outcomes: int = 0


class Asked(NamedTuple):
    """What should be fitted: the question, and the need or result it is, if it is one."""

    question: Question
    about: About | None = None


def has_reason(match: Match) -> bool:
    """Whether a match can say what of the subject is alike; places and outcomes alone do not."""
    return bool(match.terms or match.meanings or match.shared_field)


def ask_about(reading: "Reading", *, text: str = "", need: str = "", result: str = "") -> Asked:
    """The question that words, a need or a result put.

    Raises:
        NotFoundError: no such need or result is held here.
    """
    about: About | None = None
    if need:
        about = needs.get(reading, need)
    elif result:
        about = results.get(reading, result)
    if about is None:
        return Asked(Question("", text))
    question = question_of(about)
    return Asked(replace(question, text=f"{question.text}\n{text}"), about)


async def find_matches(
    store: "Store", search: "Search", kind: Kind, asked: Asked, limit: int
) -> list[Match]:
    """What of a kind fits, the best first."""
    hits = await search.afind(kind, asked.question, limit)
    return await store.aread(lambda reading: _matches(reading, kind, asked.about, hits))


async def find_resources(
    store: "Store", search: "Search", asked: Asked, day: str, limit: int, type_: str = ""
) -> list[Match]:
    """Experts, brokers, societies, institutions and services that fit, the best first.

    Args:
        day: those whose contract or offer ended before it are left out.
        type_: only this type; empty for all.
    """
    hits = await search.afind("resources", asked.question, RESOURCE_HITS)

    def look(reading: "Reading") -> list[Match]:
        views = resources.find_many(reading, [hit.id for hit in hits])
        fitting = [
            hit
            for hit in hits
            if (view := views.get(hit.id)) and not view.is_over(day) and type_ in ("", view.type)
        ]
        return _matches(reading, "resources", asked.about, fitting[:limit])

    return await store.aread(look)


async def find_stations(
    store: "Store", search: "Search", asked: Asked, limit: int
) -> list[StationMatch]:
    """Stations by what they published that fits, the best first; the own need's is left out."""
    ranked = await search.arank("results", asked.question, STATION_HITS)
    worth = STATION_SHARE * ranked[0][1] if ranked else 0.0
    hits = [Hit(id_, score, ()) for id_, score in ranked if score >= worth]
    found = await store.aread(lambda reading: _matches(reading, "results", asked.about, hits))
    own = asked.about.station if isinstance(asked.about, NeedView) else ""
    by_station: dict[str, list[tuple[int, Match]]] = {}
    for rank, match in enumerate(found, 1):
        if match.station != own:
            by_station.setdefault(match.station, []).append((rank, match))
    merged = [_station_match(placed) for placed in by_station.values()]
    return sorted(merged, key=lambda each: (-each.score, each.station))[:limit]


def _station_match(placed: Sequence[tuple[int, Match]]) -> StationMatch:
    """A result counts the inverse of its rank: one that fits outweighs many that hardly do."""
    best = placed[0][1]
    return StationMatch(
        station=best.station,
        station_name=best.station_name,
        region=best.region,
        score=round(sum(1 / rank for rank, _ in placed), 3),
        fitting=len(placed),
        best=best.id,
        best_title=best.title,
        best_lang=best.lang,
        outcomes=best.outcomes,
        industry_outcomes=best.industry_outcomes,
    )


def _matches(
    reading: "Reading", kind: Kind, about: About | None, hits: Sequence[Hit]
) -> list[Match]:
    views = find_views(kind, [hit.id for hit in hits], reading)
    ids = {view.station for view in views.values()}
    known = {id_: stations.find_one(reading, id_) for id_ in ids}
    industry = about.industry if isinstance(about, NeedView) else ""
    records = trackrecords.find_records(reading, ids, industry)
    return [
        _match(hit, views[hit.id], about, known[views[hit.id].station], records)
        for hit in hits
        if hit.id in views
    ]


def _match(
    hit: Hit,
    view: View,
    about: About | None,
    station: StationView | None,
    records: Mapping[str, TrackRecord],
) -> Match:
    record = records.get(view.station, TrackRecord())
    return Match(
        id=hit.id,
        title=view.title,
        lang=view.lang,
        owner=_owner(view),
        station=view.station,
        station_name=station.name if station else "",
        region=station.region if station else "",
        field=view.field,
        score=hit.score,
        terms=list(hit.terms),
        meanings=[Meaning(said=said, meant=meant) for said, meant in hit.meanings],
        shared_field=_same_field(about, view),
        place=_same_place(about, view, station),
        outcomes=record.outcomes,
        industry_outcomes=record.in_industry,
        type=view.type if isinstance(view, ResourceView) else "",
        kind=view.kind if isinstance(view, ResourceView) else "",
    )


def _owner(view: View) -> str:
    if isinstance(view, ResourceView):
        return view.organisation
    return view.owner if isinstance(view, ResultView) else ""


def _same_field(about: About | None, view: View) -> str:
    if isinstance(about, NeedView) and isinstance(view, ResourceView):
        return shared_field(about.field, view.field)
    if isinstance(about, NeedView) and isinstance(view, ResultView):
        return shared_field(about.field, view.field, view.discipline)
    if isinstance(about, ResultView) and isinstance(view, NeedView):
        return shared_field(view.field, about.field, about.discipline)
    return ""


def _same_place(about: About | None, view: View, station: StationView | None) -> str:
    """The code of the smallest division both lie in; a result lies where its station does."""
    if about is None or not about.division:
        return ""
    other = view.division or (station.division if station else "")
    for digits in PLACE_DIGITS:
        code = about.division[:digits].ljust(6, "0")
        if other[:digits].ljust(6, "0") == code and other:
            return code
    return ""
