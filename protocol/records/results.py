"""Results on offer: what societies, universities and institutes have made (SPEC 11, C1-C13)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from protocol.records.fields import Division, EntryId, Line, LongText, Note, Title, Word
from protocol.records.needs import FieldName, Keywords, Language, Source
from protocol.records.record import Erasable, Record

Protection = Literal["none", "pending", "granted", "software", "standard"]
Maturation = Literal["screening", "pilot", "incubation", "integration", "market", "finance"]
"""C6: how far a result has ripened."""


class ResultContent(Erasable):
    """What a result's description says; ``trl`` is the maturity 1..9 of GB/T 22900."""

    CHANNEL: ClassVar[str] = "results"

    title: Title
    text: LongText
    keywords: Keywords = ()
    field: FieldName | None = None
    discipline: Word | None = None
    category: Word | None = None
    owner: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    trl: Annotated[int, Field(ge=1, le=9)] | None = None
    ip: Protection | None = None
    stage: Maturation | None = None
    division: Division | None = None
    source: Source | None = None
    lang: Language = "zh"


class ResultPublished(ResultContent):
    """A result is offered to the network (C4)."""

    KIND: ClassVar[str] = "result.published/1"


class ResultAmended(ResultContent):
    """A result's whole new content; ``after`` is the entry of this result that it amends."""

    KIND: ClassVar[str] = "result.amended/1"
    IN_CASE: ClassVar[bool] = True
    NAMES: ClassVar[tuple[str, ...]] = ("after",)

    after: EntryId


class ResultWithdrawn(Record):
    """A result is no longer on offer, with the reason."""

    KIND: ClassVar[str] = "result.withdrawn/1"
    CHANNEL: ClassVar[str] = "results"
    IN_CASE: ClassVar[bool] = True

    reason: Note = ""
