"""Needs of enterprises, published without the enterprise's name (SPEC 11, B1-B14)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from protocol.records.fields import (
    Code,
    Day,
    Division,
    EntryId,
    Fen,
    Industry,
    Line,
    LongText,
    Many,
    Note,
    Title,
    Url,
    Word,
)
from protocol.records.record import Erasable, Part, Record

NEED_KINDS = ("strategy", "information", "upgrade", "joint-rd", "introduction", "talent", "other")
"""B6: what is asked for; the list is open."""
UPGRADE_KINDS = ("facility", "process", "material", "product")
"""B7: what is to be upgraded; the list is open."""
Scope = Literal["enterprise", "common", "regional"]
"""B5: one enterprise's need, a park's or industry's common one, a region's."""
Size = Literal["micro", "small", "medium", "large"]
Language = Literal["zh", "en"]
Keywords = Annotated[Many[Word], Field(max_length=20)]
FieldName = Annotated[Line, Field(min_length=1, max_length=40)]
"""A technical field by its name; lists of fields are open and change with the years (C9, C10)."""
GATHERS_MAX = 64
"""Needs that one common or regional need gathers (B10)."""


class Source(Part):
    """Where a record was brought in from: the system's name, its own id there, a link (A17)."""

    system: Word
    id: Annotated[Line, Field(min_length=1, max_length=120)]
    url: Url | None = None


class NeedContent(Erasable):
    """What a need says; the enterprise is described, never named (DESIGN 1.9).

    ``field_list`` is the list its field is of (C9, C10), ``tags`` the programmes and strategy
    regions it belongs to (K7, L9, B11), ``gathers`` the needs it is made of (A2, B9, B10).
    """

    CHANNEL: ClassVar[str] = "needs"
    NAMES: ClassVar[tuple[str, ...]] = ("gathers",)

    title: Title
    text: LongText
    kind: Code = "other"
    sub_kind: Code | None = None
    scope: Scope = "enterprise"
    stage: FieldName | None = None
    field: FieldName | None = None
    field_list: Code | None = None
    industry: Industry | None = None
    division: Division | None = None
    size: Size | None = None
    budget_fen: Fen | None = None
    due: Day | None = None
    expires: Day | None = None
    indicators: Annotated[Many[Title], Field(max_length=20)] = ()
    keywords: Keywords = ()
    tags: Annotated[Many[Word], Field(max_length=10)] = ()
    gathers: Annotated[Many[EntryId], Field(max_length=GATHERS_MAX)] = ()
    source: Source | None = None
    lang: Language = "zh"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sub_kind is not None and self.kind != "upgrade":
            raise ValueError("sub_kind belongs to kind upgrade only")
        if self.field_list is not None and self.field is None:
            raise ValueError("field_list says of which list the field is; give the field")
        if self.gathers and self.scope == "enterprise":
            raise ValueError("gathers belongs to the scopes common and regional")
        if len(set(self.gathers)) != len(self.gathers):
            raise ValueError("gathers names a need twice")
        return self


class NeedPublished(NeedContent):
    """A need is made known to the network (B3)."""

    KIND: ClassVar[str] = "need.published/1"


class NeedAmended(NeedContent):
    """A need's whole new content; ``after`` is the entry of this need that it amends."""

    KIND: ClassVar[str] = "need.amended/1"
    IN_CASE: ClassVar[bool] = True
    NAMES: ClassVar[tuple[str, ...]] = ("after", "gathers")

    after: EntryId


class NeedRenewed(Record):
    """A need is still open and stands until another day; its content stays as it is."""

    KIND: ClassVar[str] = "need.renewed/1"
    CHANNEL: ClassVar[str] = "needs"
    IN_CASE: ClassVar[bool] = True

    expires: Day


class NeedWithdrawn(Record):
    """A need is taken back, with the reason."""

    KIND: ClassVar[str] = "need.withdrawn/1"
    CHANNEL: ClassVar[str] = "needs"
    IN_CASE: ClassVar[bool] = True

    reason: Note = ""


class NeedSolved(Record):
    """A need is met; ``by`` is the referral that met it, if one did (D9)."""

    KIND: ClassVar[str] = "need.solved/1"
    CHANNEL: ClassVar[str] = "needs"
    IN_CASE: ClassVar[bool] = True
    NAMES: ClassVar[tuple[str, ...]] = ("by",)

    by: EntryId | None = None
