"""The record by which a station takes back what it wrote (SPEC 4.6, DESIGN 1.2)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from protocol.header import LogId
from protocol.records.fields import Count, EntryId, Hash, Many, Moment
from protocol.records.record import ERASABLE_CHANNEL, Part, Record

ErasureReason = Literal[
    "consent-withdrawn", "request", "mistake", "confidential", "expired", "other"
]
"""Why: consent was withdrawn, who it is about asked for it, it should not have been said, ..."""
ERASED_MAX = 256


class ErasedEntry(Part):
    """An entry whose body is erased: where it stands in its channel, and its id."""

    author: Hash
    epoch: Moment
    seq: Count
    id: EntryId


class BodyErased(Record):
    """A station erases the bodies of entries it wrote in this channel; their headers stay."""

    KIND: ClassVar[str] = "body.erased/1"
    CHANNEL: ClassVar[str] = ERASABLE_CHANNEL

    entries: Annotated[Many[ErasedEntry], Field(min_length=1, max_length=ERASED_MAX)]
    reason: ErasureReason

    def places(self, channel: str) -> tuple[tuple[LogId, ErasedEntry], ...]:
        """The entries it names, each with its log in a channel."""
        return tuple((LogId(each.author, channel, each.epoch), each) for each in self.entries)

    def references(self) -> tuple[str, ...]:
        """The entries it erases."""
        return tuple(each.id for each in self.entries)
