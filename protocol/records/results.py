"""Results on offer: what societies, universities and institutes have made (SPEC 11, C1-C13)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from protocol.records.fields import Day, Division, EntryId, Line, LongText, Many, Note, Title, Word
from protocol.records.needs import FieldName, Keywords, Language, Source
from protocol.records.record import Erasable, Part, Record

Protection = Literal["none", "pending", "granted", "software", "standard"]
Maturation = Literal["screening", "pilot", "incubation", "integration", "market", "finance"]
"""C6: how far a result has ripened."""
ProgrammeLevel = Literal["national", "local"]
"""C1, C2: a result of a national science programme, or of a local one."""
Readiness = Annotated[int, Field(ge=1, le=9)]
"""The maturity 1..9 of GB/T 22900."""
Ipc = Annotated[str, Field(pattern=r"^[A-H][0-9]{2}[A-Z]([0-9]{1,4}/[0-9]{2,6})?$")]
"""A subclass or group of the International Patent Classification: ``B22D`` or ``B22D17/20``."""
PatentNumber = Annotated[str, Field(pattern=r"^[A-Z]{2} ?[0-9]{4,14}(\.[0-9X])?[A-Z]?[0-9]?$")]
"""A patent's number with its country: ``ZL201810123456.7``, ``CN108123456B``."""


class Programme(Part):
    """The science programme a result comes from: its level, its name, the project's number."""

    level: ProgrammeLevel
    name: Annotated[Line, Field(min_length=1, max_length=120)]
    number: Word | None = None


class Evaluation(Part):
    """What an evaluation found: the body that made it, the day, its finding in a line (C11)."""

    by: Annotated[Line, Field(min_length=1, max_length=120)]
    on: Day
    finding: Annotated[Line, Field(min_length=1, max_length=200)]


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
    trl: Readiness | None = None
    ip: Protection | None = None
    patents: Annotated[Many[PatentNumber], Field(max_length=20)] = ()
    ipc: Annotated[Many[Ipc], Field(max_length=10)] = ()
    stage: Maturation | None = None
    programme: Programme | None = None
    evaluation: Evaluation | None = None
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


class ResultAdvanced(Erasable):
    """A result has reached a stage of the maturation chain, on a day, by what (C6)."""

    KIND: ClassVar[str] = "result.advanced/1"
    CHANNEL: ClassVar[str] = "results"
    IN_CASE: ClassVar[bool] = True

    stage: Maturation
    trl: Readiness | None = None
    on: Day
    note: Note = ""


class ResultWithdrawn(Record):
    """A result is no longer on offer, with the reason."""

    KIND: ClassVar[str] = "result.withdrawn/1"
    CHANNEL: ClassVar[str] = "results"
    IN_CASE: ClassVar[bool] = True

    reason: Note = ""
