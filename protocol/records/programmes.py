"""The year's programmes, announced by the national station (SPEC 11, R10)."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from protocol.records.fields import Day, LongText, Title
from protocol.records.record import NATIONAL, Record


class ProgrammeAnnounced(Record):
    """A programme of one year: its rules as text, and the days between which it runs."""

    KIND: ClassVar[str] = "programme.announced/1"
    CHANNEL: ClassVar[str] = "programmes"
    TIERS: ClassVar[frozenset[str]] = NATIONAL

    name: Title
    year: Annotated[int, Field(ge=1949, le=9999)]
    text: LongText
    begins: Day
    ends: Day

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.ends < self.begins:
            raise ValueError("ends is before begins")
        return self
