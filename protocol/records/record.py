"""What every record is: a frozen value with a kind, a channel and the tiers that may author it."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from protocol.entry import encode_body
from protocol.errors import Inert, Reason
from protocol.records.fields import Salt

ALL_TIERS = frozenset({"national", "regional", "grassroots"})
NATIONAL = frozenset({"national"})
REVIEWERS = frozenset({"national", "regional"})
ANYONE: frozenset[str] = frozenset()
"""No tier is asked for: the roster itself judges such entries."""

ANY_CHANNEL = "*"
ERASABLE_CHANNEL = "+"
"""Any channel of which some kind may be erased."""


class Part(BaseModel):
    """A value inside a record: frozen, strict, no field that is not known (SPEC 4.2)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


class Record(Part):
    """The body of one kind of entry (SPEC 4.2, 11).

    ``KIND`` is the header's kind, ``CHANNEL`` the one channel it belongs to (``*`` for any,
    ``+`` for those whose bodies may be erased),
    ``TIERS`` the tiers whose stations may author it, ``ERASABLE`` whether it carries a salt and
    may be erased, ``IN_CASE`` whether the header's SUBJECT must name the entry it follows.
    """

    KIND: ClassVar[str]
    CHANNEL: ClassVar[str]
    TIERS: ClassVar[frozenset[str]] = ALL_TIERS
    ERASABLE: ClassVar[bool] = False
    IN_CASE: ClassVar[bool] = False
    NAMES: ClassVar[tuple[str, ...]] = ()
    """The fields that name other entries by id."""

    def body(self) -> bytes:
        """Write the body line: fields in the order of the schema, those without value left out."""
        return encode_body(self.model_dump(exclude_none=True))

    def references(self) -> tuple[str, ...]:
        """The ids of the entries this record names, in the order it names them."""
        ids: list[str] = []
        for name in self.NAMES:
            value = getattr(self, name)
            if isinstance(value, str):
                ids.append(value)
            elif value is not None:
                ids.extend(value)
        return tuple(ids)


class Erasable(Record):
    """A record whose body may be erased later; the salt keeps it from being guessed (SPEC 4.5)."""

    ERASABLE: ClassVar[bool] = True

    salt: Salt


def check_subject(record: Record, subject: str) -> None:
    """Check that an entry that follows another names it in its header (SPEC 4.2).

    Args:
        record: the parsed body.
        subject: the header's SUBJECT, an entry id or ``-``.

    Raises:
        Inert: ``bad-record`` when the subject is missing.
    """
    if record.IN_CASE and subject == "-":
        raise Inert(Reason.BAD_RECORD, "subject: names the entry this one follows")


def explain(error: ValidationError) -> str:
    """The first rule a body breaks: the field and the rule."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(each) for each in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
