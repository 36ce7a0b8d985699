"""Needs counted by what they have in common: the rows a summary is made of (B9, B10)."""

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from node.readmodels.needs import NeedRow
from node.readmodels.rows import equal
from node.store import table_of

if TYPE_CHECKING:
    from node.store import Reading

_NEED = table_of(NeedRow)


class NeedGroup(NamedTuple):
    """Needs with one value of a column, one state and one scope: how many, and their budget."""

    value: str
    state: str
    scope: str
    needs: int
    budget_fen: int


def group_by(
    reading: "Reading", column: str, *, station: str = "", division: str = "", industry: str = ""
) -> list[NeedGroup]:
    """Needs counted by industry, division, field, kind or station.

    Args:
        station: only this station's.
        division: how the code of their division begins.
        industry: how the digits of their industry's code begin.
    """
    by = _NEED.c[column]
    keys = (by, _NEED.c.state, _NEED.c.scope)
    conditions = equal((_NEED.c.station, station))
    if division:
        conditions.append(_NEED.c.division.startswith(division, autoescape=True))
    if industry:
        digits = func.ltrim(_NEED.c.industry, "ABCDEFGHIJKLMNOPQRST")
        conditions.append(digits.startswith(industry, autoescape=True))
    budget = func.coalesce(func.sum(_NEED.c.budget_fen), 0)
    query = select(*keys, func.count(), budget).where(*conditions).group_by(*keys).order_by(*keys)
    return [
        NeedGroup(row[0], row[1], row[2], int(row[3]), int(row[4]))
        for row in reading.connection.execute(query)
    ]
