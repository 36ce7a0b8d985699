"""What the state of a need comes to on a day: expiring, expired, archived (B3, must-have 4).

Derived where it is read: read models never look at the clock (P9).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from node.calendar import day_of

if TYPE_CHECKING:
    from node.settings import NeedsConfig

STANDINGS = ("open", "expiring", "expired", "solved", "withdrawn", "archived")
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Term:
    """The days standings depend on.

    Attributes:
        today: the day in Beijing, YYYY-MM-DD.
        soon_day: the last day on which what expires is expiring.
        archived_day: what expired before it is archived.
        archived_ms: what was closed before it (Unix ms) is archived.
    """

    today: str
    soon_day: str
    archived_day: str
    archived_ms: int

    def standing(self, state: str, expires: str, closed: int) -> str:
        """How a need stands.

        Args:
            state: open, solved or withdrawn.
            expires: its last day, empty for none.
            closed: when it was closed, Unix ms.
        """
        if state != "open":
            return "archived" if closed < self.archived_ms else state
        if not expires or expires > self.soon_day:
            return "open"
        if expires >= self.today:
            return "expiring"
        return "archived" if expires < self.archived_day else "expired"


def term_of(settings: "NeedsConfig", now_ms: int) -> Term:
    """The days standings depend on at a moment.

    Args:
        settings: how long before its end a need is expiring, how long after it is archived.
        now_ms: the moment, Unix ms.
    """
    today = date.fromisoformat(day_of(now_ms))
    return Term(
        today=today.isoformat(),
        soon_day=(today + timedelta(days=settings.expiring_days)).isoformat(),
        archived_day=(today - timedelta(days=settings.archive_days)).isoformat(),
        archived_ms=now_ms - settings.archive_days * _DAY_MS,
    )
