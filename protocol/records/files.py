"""Files that belong to an entry: named by digest, carried beside the logs (SPEC 11, 14, A17)."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from protocol.limits import FILE_BYTES_MAX
from protocol.records.fields import EntryId, Hash, Line, Note
from protocol.records.record import ERASABLE_CHANNEL, Erasable, Record
from protocol.records.referrals import Sealed

FileName = Annotated[
    Line, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f-\x9f/\\:*?\"<>|]+$")
]
"""A file's name as on a disk, without the folder it lay in."""
MediaType = Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$", max_length=100)]


class FileAttached(Erasable):
    """A file is attached to the entry in SUBJECT; sealed, its name too is for the recipients only.

    ``digest`` and ``size`` are those of the bytes that are carried: of a sealed file, of its
    ciphertext.
    """

    KIND: ClassVar[str] = "file.attached/1"
    CHANNEL: ClassVar[str] = ERASABLE_CHANNEL
    IN_CASE: ClassVar[bool] = True

    digest: Hash
    size: Annotated[int, Field(ge=1, le=FILE_BYTES_MAX)]
    name: FileName | None = None
    media: MediaType | None = None
    note: Note = ""
    sealed: Sealed | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        is_named = self.name is not None and self.media is not None
        if self.sealed is None and not is_named:
            raise ValueError("name and media are given, or the file is sealed")
        if self.sealed is not None and (self.name or self.media or self.note):
            raise ValueError("name, media and note of a sealed file stand in its sealed part")
        return self


class FileDetached(Record):
    """An attached file is taken back by the station that attached it; every node drops it."""

    KIND: ClassVar[str] = "file.detached/1"
    CHANNEL: ClassVar[str] = ERASABLE_CHANNEL
    IN_CASE: ClassVar[bool] = True
    NAMES: ClassVar[tuple[str, ...]] = ("file",)

    file: EntryId
