"""What stations have brought to a confirmed outcome, for weighing what they offer (D9, D13)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import or_, select

from node.readmodels.needs import NeedRow
from node.readmodels.referrals import ReferralRow
from node.readmodels.rows import batched
from node.store import table_of

if TYPE_CHECKING:
    from node.store import Reading

_NEED = table_of(NeedRow)
_REFERRAL = table_of(ReferralRow)
INDUSTRY_DIGITS = 2
"""Digits of GB/T 4754 that name a division of industry, such as 08 of 0810."""


class TrackRecord(NamedTuple):
    """How many referrals a station sent or took were confirmed, and how many in one industry."""

    outcomes: int = 0
    in_industry: int = 0


def find_records(
    reading: "Reading", stations: Iterable[str], industry: str = ""
) -> dict[str, TrackRecord]:
    """The track record of each station; stations without an outcome are left out.

    Args:
        stations: their ids.
        industry: a class of GB/T 4754; counted are outcomes in the same division of industry.
    """
    division = industry[:INDUSTRY_DIGITS]
    found: dict[str, TrackRecord] = {}
    for some in batched(sorted(set(stations))):
        statement = (
            select(_REFERRAL.c.sender, _REFERRAL.c.receiver, _NEED.c.industry)
            .select_from(_REFERRAL.outerjoin(_NEED, _NEED.c.id == _REFERRAL.c.need))
            .where(
                _REFERRAL.c.state == "confirmed",
                or_(_REFERRAL.c.sender.in_(some), _REFERRAL.c.receiver.in_(some)),
            )
        )
        wanted = set(some)
        for sender, receiver, of in reading.connection.execute(statement):
            is_alike = bool(division) and str(of or "").startswith(division)
            for station in {sender, receiver} & wanted:
                before = found.get(station, TrackRecord())
                found[station] = TrackRecord(before.outcomes + 1, before.in_industry + is_alike)
    return found
