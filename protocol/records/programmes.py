"""The year's programmes, and lists of results screened for needs (SPEC 11, R10, A2, C1, D12)."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from protocol.records.fields import Day, EntryId, Line, LongText, Many, Note, Title
from protocol.records.record import NATIONAL, Erasable, Part, Record

SCREENED_MAX = 64
ANSWERED_MAX = 8
Year = Annotated[int, Field(ge=1949, le=9999)]


class ProgrammeAnnounced(Record):
    """A programme of one year: its rules as text, and the days between which it runs."""

    KIND: ClassVar[str] = "programme.announced/1"
    CHANNEL: ClassVar[str] = "programmes"
    TIERS: ClassVar[frozenset[str]] = NATIONAL

    name: Title
    year: Year
    text: LongText
    begins: Day
    ends: Day

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.ends < self.begins:
            raise ValueError("ends is before begins")
        return self


class ScreenedResult(Part):
    """A result of a list, the needs it may answer, and why it was chosen."""

    result: EntryId
    needs: Annotated[Many[EntryId], Field(max_length=ANSWERED_MAX)] = ()
    note: Annotated[Line, Field(max_length=100)] = ""


class ResultsScreened(Erasable):
    """National's list of programme results screened against what regions need (A2, C1, D12).

    ``replaces`` is the list it stands in the place of.
    """

    KIND: ClassVar[str] = "results.screened/1"
    CHANNEL: ClassVar[str] = "programmes"
    TIERS: ClassVar[frozenset[str]] = NATIONAL

    title: Title
    year: Year
    programme: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    text: Note = ""
    items: Annotated[Many[ScreenedResult], Field(min_length=1, max_length=SCREENED_MAX)]
    replaces: EntryId | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({each.result for each in self.items}) != len(self.items):
            raise ValueError("a result stands on the list twice")
        return self

    def references(self) -> tuple[str, ...]:
        """The results and needs it names, and the list it replaces."""
        named = [id_ for each in self.items for id_ in (each.result, *each.needs)]
        return tuple(dict.fromkeys([*named, *([self.replaces] if self.replaces else [])]))
