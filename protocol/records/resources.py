"""Who and what can help: experts, brokers, societies, institutions, services (SPEC 11, C13, F1-F5).

They stand in channel ``results``, beside what is on offer. A person's name is there only with the
person's own consent; otherwise the entry describes the person and the office is the contact.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from protocol.records.fields import (
    Count,
    Day,
    Division,
    EntryId,
    Fen,
    Line,
    LongText,
    Note,
    Title,
    Url,
    Word,
)
from protocol.records.needs import FieldName, Keywords, Language, Source
from protocol.records.record import Erasable, Part, Record

ResourceType = Literal["expert", "broker", "society", "institution", "service", "information"]
ResourceKind = Literal[
    "business",
    "technical",
    "legal",
    "ip",
    "foreign",
    "review",
    "junior",
    "middle",
    "senior",
    "national",
    "province",
    "city",
    "county",
    "university",
    "institute",
    "transfer-centre",
    "productivity-centre",
    "technology-market",
    "intermediary",
    "conversion-base",
    "alliance",
    "authority",
    "development",
    "transfer",
    "technical-service",
    "consulting",
    "evaluation",
    "finance",
    "platform",
    "policy",
    "hotspot",
    "frontier",
    "intelligence",
    "patent",
]
KINDS_OF_TYPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "expert": ("business", "technical", "legal", "ip", "foreign", "review"),
        "broker": ("junior", "middle", "senior"),
        "society": ("national", "province", "city", "county"),
        "institution": (
            "university",
            "institute",
            "transfer-centre",
            "productivity-centre",
            "technology-market",
            "intermediary",
            "conversion-base",
            "alliance",
            "authority",
        ),
        "service": (
            "development",
            "transfer",
            "technical-service",
            "consulting",
            "evaluation",
            "finance",
            "platform",
        ),
        "information": ("policy", "hotspot", "frontier", "intelligence", "patent"),
    }
)
"""Of each type its kinds: pools of experts (F1, A4), levels of brokers (F2) and societies (F5),
sorts of institutions (A18), service types of GB/T 34670 (C13), information products (C8)."""
Bundle = Literal["matching", "engineering", "consulting", "training", "guidance", "analysis"]
"""E4: the bundle of a station's services that a service belongs to."""
Organisation = Annotated[Line, Field(min_length=1, max_length=120)]

_OF_PERSONS = ("expert", "broker")
_OF_PRODUCTS = ("service", "information")


class Person(Part):
    """A person's name, with the person's consent to its publication: the day, and what for."""

    name: Annotated[Line, Field(min_length=1, max_length=40)]
    consented_on: Day
    scope: Annotated[Line, Field(min_length=1, max_length=200)]


class ResourceContent(Erasable):
    """What a resource's description says; ``kind`` is one of its type's.

    ``rank`` is a professional title, ``members`` how many an organisation or a team has, ``served``
    how many enterprises were served so far, ``since`` and ``until`` the days of a contract or of
    the offer, ``price_fen`` what a paid service costs (0: free).
    """

    CHANNEL: ClassVar[str] = "results"

    type: ResourceType
    kind: ResourceKind
    title: Title
    text: LongText
    person: Person | None = None
    organisation: Organisation | None = None
    rank: Word | None = None
    bundle: Bundle | None = None
    price_fen: Fen | None = None
    members: Count | None = None
    served: Count | None = None
    since: Day | None = None
    until: Day | None = None
    url: Url | None = None
    field: FieldName | None = None
    keywords: Keywords = ()
    division: Division | None = None
    source: Source | None = None
    lang: Language = "zh"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind not in KINDS_OF_TYPE[self.type]:
            raise ValueError(f"{self.kind} is no kind of {self.type}")
        if self.person is not None and self.type not in _OF_PERSONS:
            raise ValueError("person belongs to experts and brokers only")
        if self.type not in _OF_PRODUCTS and (self.bundle, self.price_fen) != (None, None):
            raise ValueError("bundle and price_fen belong to services and information only")
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError("until is before since")
        return self


class ResourceOffered(ResourceContent):
    """An expert, a broker, a society, an institution or a service is made known (F1, F2, C13)."""

    KIND: ClassVar[str] = "resource.offered/1"


class ResourceAmended(ResourceContent):
    """A resource's whole new content; ``after`` is the entry of this resource that it amends."""

    KIND: ClassVar[str] = "resource.amended/1"
    IN_CASE: ClassVar[bool] = True
    NAMES: ClassVar[tuple[str, ...]] = ("after",)

    after: EntryId


class ResourceWithdrawn(Record):
    """A resource is no longer available, with the reason."""

    KIND: ClassVar[str] = "resource.withdrawn/1"
    CHANNEL: ClassVar[str] = "results"
    IN_CASE: ClassVar[bool] = True

    reason: Note = ""
