"""The station's own lists as files, under the headings of their templates (A17, L1)."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import func, select

from node.capability import Download
from node.readmodels.activities import ActivityRow
from node.readmodels.referrals import ReferralRow
from node.store import Enterprise, NeedOrigin, VisitNote, table_of
from node.store.services import Activity, Engagement, TechnologyContract
from node.tables import ACTIVITIES, CONTRACTS, ENGAGEMENTS, ENTERPRISES, VISITS, Layout
from node.tables.rows import in_words
from node.tables.services import CONTRACT_ID
from node.tables.writing import Format, write_table

if TYPE_CHECKING:
    from node.store import Reading

PrivateTable = Literal["enterprises", "visits", "engagements", "contracts", "activities"]
Rows = Iterator[dict[str, object]]

_CARD = table_of(Enterprise)
_NOTE = table_of(VisitNote)
_ENGAGEMENT = table_of(Engagement)
_CONTRACT = table_of(TechnologyContract)
_ACTIVITY = table_of(Activity)


class OwnList(NamedTuple):
    """A list of the station's own: its columns, its rows, and what else people want to see.

    ``further`` are headings that no template has, each with the column it shows.
    """

    layout: Layout
    read: Callable[["Reading"], Rows]
    further: Mapping[str, str] = {}


def export_private(reading: "Reading", table: PrivateTable, format: Format) -> Download:
    """Write a list that never leaves the station, under the headings its template has."""
    layout, read, further = OWN_LISTS[table]
    lines = [
        {**in_words(layout, row), **{title: _text(row[name]) for title, name in further.items()}}
        for row in read(reading)
    ]
    headings = [*(column.title for column in layout.columns), *further]
    return write_table(table, format, lines, headings)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _enterprises(reading: "Reading") -> Rows:
    query = select(_CARD).order_by(_CARD.c.created_ms, _CARD.c.id)
    for row in reading.connection.execute(query).mappings():
        yield dict(row)


def _visits(reading: "Reading") -> Rows:
    """Visits with the name of the enterprise, as a file that is brought in names it."""
    named = _NOTE.outerjoin(_CARD, _CARD.c.id == _NOTE.c.enterprise)
    query = (
        select(_NOTE, _CARD.c.name.label("name"))
        .select_from(named)
        .order_by(_NOTE.c.visited_on, _NOTE.c.id)
    )
    for row in reading.connection.execute(query).mappings():
        yield {**row, "enterprise": row["name"], "on": row["visited_on"]}


def _engagements(reading: "Reading") -> Rows:
    """Services with the name of the enterprise and what each is called (B13, D9)."""
    named = _ENGAGEMENT.outerjoin(_CARD, _CARD.c.id == _ENGAGEMENT.c.enterprise)
    query = (
        select(_ENGAGEMENT, _CARD.c.name.label("name"))
        .select_from(named)
        .order_by(_ENGAGEMENT.c.begins, _ENGAGEMENT.c.id)
    )
    for row in reading.connection.execute(query).mappings():
        yield {**row, "enterprise": row["name"], "services": row["services"].split()}


def _contracts(reading: "Reading") -> Rows:
    """Contracts with the enterprise of their engagement, or of the need that was referred (E14)."""
    case, origin = table_of(ReferralRow), table_of(NeedOrigin)
    card = func.coalesce(_ENGAGEMENT.c.enterprise, origin.c.enterprise)
    named = (
        _CONTRACT.outerjoin(_ENGAGEMENT, _ENGAGEMENT.c.id == _CONTRACT.c.engagement)
        .outerjoin(case, case.c.id == _CONTRACT.c.referral)
        .outerjoin(origin, origin.c.need == case.c.need)
        .outerjoin(_CARD, _CARD.c.id == card)
    )
    query = (
        select(_CONTRACT, _CARD.c.name.label("enterprise"))
        .select_from(named)
        .order_by(_CONTRACT.c.signed, _CONTRACT.c.id)
    )
    for row in reading.connection.execute(query).mappings():
        yield dict(row)


def _activities(reading: "Reading") -> Rows:
    """Activities, with the division that their public records name (L2)."""
    public = table_of(ActivityRow)
    query = (
        select(_ACTIVITY, public.c.division)
        .select_from(_ACTIVITY.outerjoin(public, public.c.id == _ACTIVITY.c.entry))
        .order_by(_ACTIVITY.c.on_date, _ACTIVITY.c.id)
    )
    for row in reading.connection.execute(query).mappings():
        yield {**row, "on": row["on_date"]}


OWN_LISTS: Mapping[PrivateTable, OwnList] = {
    "enterprises": OwnList(ENTERPRISES, _enterprises),
    "visits": OwnList(VISITS, _visits),
    "engagements": OwnList(ENGAGEMENTS, _engagements),
    "contracts": OwnList(CONTRACTS, _contracts, {"企业": "enterprise", CONTRACT_ID: "id"}),
    "activities": OwnList(ACTIVITIES, _activities, {"公开条目编号": "entry"}),
}
"""Every list that is handed out to those who work here alone, in the order of their work."""
