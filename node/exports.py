"""Public tables as files: what read models hold, under Chinese headings for people (L1, A17).

JSON lines are for programs and keep the names the API has.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from node.calendar import moment_of
from node.capability import Download
from node.readmodels import (
    activities,
    needs,
    performance,
    ranking,
    referrals,
    resources,
    results,
    screenings,
    stations,
)
from node.tables.headings import LEFT_OUT, write_line
from node.tables.rows import Cell
from node.tables.writing import Format, write_table

if TYPE_CHECKING:
    from node.store import Reading

Table = Literal[
    "stations",
    "needs",
    "results",
    "resources",
    "referrals",
    "services-rendered",
    "activities-held",
    "screenings",
    "performance",
    "ranking",
]
Line = dict[str, Cell]

PAGE_ROWS = 500
_TIMES = ("time", "revised", "updated", "from_ms", "until_ms")


def export_table(reading: "Reading", table: Table, format: Format) -> Download:
    """Write a whole table as a file."""
    names = stations.names(reading)
    rows = _ROWS[table](reading)
    if format == "jsonl":
        return write_table(table, format, [_flat(row, names) for row in rows])
    return write_table(table, format, [write_line(table, row, names) for row in rows])


def _paged(
    find: Callable[["Reading", str], Sequence[BaseModel]], reading: "Reading"
) -> Iterator[dict[str, object]]:
    after = ""
    while page := find(reading, after):
        for view in page:
            yield view.model_dump(mode="json")
        after = str(getattr(page[-1], "id"))  # noqa: B009


def _stations(reading: "Reading") -> Iterator[dict[str, object]]:
    for row in _paged(lambda r, a: stations.find(r, limit=PAGE_ROWS, after=a), reading):
        places = row.pop("memberships")
        assert isinstance(places, list)
        row["memberships"] = [f"{place['hierarchy']}/{place['level']}" for place in places]
        row["parents"] = [place["parent"] for place in places if place["parent"]]
        yield row


def _needs(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: needs.find(r, limit=PAGE_ROWS, after=a), reading)


def _results(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: results.find(r, limit=PAGE_ROWS, after=a), reading)


def _resources(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: resources.find(r, limit=PAGE_ROWS, after=a), reading)


def _rendered(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: activities.find_rendered(r, limit=PAGE_ROWS, after=a), reading)


def _held(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: activities.find(r, limit=PAGE_ROWS, after=a), reading)


def _screenings(reading: "Reading") -> Iterator[dict[str, object]]:
    """Every result of every list, the newest list first."""
    for row in _paged(lambda r, a: screenings.find(r, limit=PAGE_ROWS, after=a), reading):
        items = row.pop("items")
        assert isinstance(items, list)
        for item in items:
            yield {**row, **item}


def _referrals(reading: "Reading") -> Iterator[dict[str, object]]:
    return _paged(lambda r, a: referrals.find(r, limit=PAGE_ROWS, after=a), reading)


def _performance(reading: "Reading") -> Iterator[dict[str, object]]:
    for row in _paged(lambda r, a: performance.find(r, limit=PAGE_ROWS, after=a), reading):
        indicators = row.pop("indicators")
        assert isinstance(indicators, dict)
        yield {**row, **indicators}


def _ranking(reading: "Reading") -> Iterator[dict[str, object]]:
    """Every place of every ranking, newest ranking first."""
    after = ""
    while page := ranking.find(reading, limit=PAGE_ROWS, after=after):
        for view in page:
            for place in view.places:
                yield {
                    "ranking": view.id,
                    "name": view.name,
                    "period": view.period,
                    "station": place.station,
                    "tier": place.tier,
                    "rank": place.rank,
                    "points": place.points,
                    "missing": place.missing,
                    "in_place_of": place.in_place_of,
                    **{f"points_{name}": points for name, points in place.parts.items()},
                }
        after = page[-1].id


_ROWS: dict[str, Callable[["Reading"], Iterator[dict[str, object]]]] = {
    "stations": _stations,
    "needs": _needs,
    "results": _results,
    "resources": _resources,
    "referrals": _referrals,
    "services-rendered": _rendered,
    "activities-held": _held,
    "screenings": _screenings,
    "performance": _performance,
    "ranking": _ranking,
}


def _flat(row: dict[str, object], names: dict[str, str]) -> Line:
    """Lists joined, times in Beijing time, names beside station ids."""
    line: Line = {}
    for name, value in row.items():
        if name in LEFT_OUT:
            continue
        if name in _TIMES and isinstance(value, int):
            line[name] = moment_of(value)
        elif value is None or isinstance(value, str | int | bool):
            line[name] = value
        elif isinstance(value, list):
            line[name] = "; ".join(str(each) for each in value)
        else:
            line[name] = json.dumps(value, ensure_ascii=False)
        if name in ("station", "sender", "receiver") and isinstance(value, str):
            line[f"{name}_name"] = names.get(value, "")
    return line
