"""The record every log begins with (SPEC 5.2, DESIGN 1.4)."""

from typing import ClassVar, Literal

from protocol.records.fields import Count, EntryId, Moment
from protocol.records.record import ANY_CHANNEL, ANYONE, Part, Record


class Continued(Part):
    """The last entry of the earlier epoch that a log goes on from."""

    epoch: Moment
    seq: Count
    id: EntryId


class LogOpened(Record):
    """A log begins: why, and which entry of an earlier epoch it goes on from."""

    KIND: ClassVar[str] = "log.opened/1"
    CHANNEL: ClassVar[str] = ANY_CHANNEL
    TIERS: ClassVar[frozenset[str]] = ANYONE

    why: Literal["new", "restore", "clock", "fork", "rotation"] = "new"
    continues: Continued | None = None

    def references(self) -> tuple[str, ...]:
        """The entry it goes on from."""
        return () if self.continues is None else (self.continues.id,)
