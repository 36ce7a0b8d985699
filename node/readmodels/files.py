"""Files that are attached to entries: which, by whom, taken back or not (SPEC 14.1, A17)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Row, Text, and_, delete, exists, or_, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact, Projection
from node.readmodels.entries import EntryRow
from node.readmodels.referrals import ReferralRow
from node.readmodels.rows import batched
from node.store import table_of
from protocol.records import FileAttached, FileDetached, Sealed
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Reading, Writing


class FileRow(SQLModel, table=True):
    """A file as its entry names it, in effect or not."""

    __tablename__ = "file"

    id: str = Field(primary_key=True)
    station: str = Field(index=True)
    author: str
    channel: str
    epoch: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger, index=True)
    subject: str = Field(index=True)
    digest: str = Field(index=True)
    size: int = Field(sa_type=BigInteger)
    name: str
    media: str
    note: str = Field(sa_type=Text)
    sealed: str = Field(sa_type=Text)


class FileDetachedRow(SQLModel, table=True):
    """That a file was taken back, by whom."""

    __tablename__ = "file_detached"

    id: str = Field(primary_key=True)
    station: str
    subject: str
    file: str = Field(index=True)


class FileView(Model):
    """A file of an entry: by whom, when (Unix ms), its digest and bytes as carried.

    Of a sealed one name, media type and note are empty; ``is_sealed`` says so.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    station: str
    time: int
    subject: str
    digest: str
    size: int
    name: str
    media: str
    note: str
    is_sealed: bool


class SealedFile(Model):
    """The sealed part of a file's entry, and where in the network it stands."""

    model_config = ConfigDict(frozen=True)

    author: str
    channel: str
    epoch: int
    subject: str
    sealed: Sealed


_FILE = table_of(FileRow)
_BACK = table_of(FileDetachedRow)
_ENTRY = table_of(EntryRow)
_CASE = table_of(ReferralRow)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    attached, detached = [], []
    for fact in facts:
        if isinstance(fact.record, FileAttached):
            attached.append(_row(fact, fact.record))
        elif isinstance(fact.record, FileDetached):
            detached.append(
                {
                    "id": fact.id,
                    "station": fact.station,
                    "subject": fact.subject,
                    "file": fact.record.file,
                }
            )
    if attached:
        tx.insert(FileRow, attached)
    if detached:
        tx.insert(FileDetachedRow, detached)


def _row(fact: Fact, record: FileAttached) -> dict[str, object]:
    return {
        "id": fact.id,
        "station": fact.station,
        "author": fact.log.author,
        "channel": fact.log.channel,
        "epoch": fact.log.epoch,
        "time": fact.time,
        "subject": fact.subject,
        "digest": record.digest,
        "size": record.size,
        "name": record.name or "",
        "media": record.media or "",
        "note": record.note,
        "sealed": "" if record.sealed is None else record.sealed.model_dump_json(),
    }


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    for batch in batched(ids):
        for table in (_FILE, _BACK):
            tx.connection.execute(delete(table).where(table.c.id.in_(batch)))
    return ()


PROJECTION = Projection(
    "files",
    1,
    (FileRow, FileDetachedRow),
    frozenset({FileAttached.KIND, FileDetached.KIND}),
    _project,
    forget=_forget,
)


def _in_effect() -> ColumnElement[bool]:
    """By the station of the entry, or a party of the case, and not taken back (SPEC 14.1)."""
    is_own = exists().where(_ENTRY.c.id == _FILE.c.subject, _ENTRY.c.station == _FILE.c.station)
    is_party = exists().where(
        _CASE.c.id == _FILE.c.subject,
        or_(_CASE.c.sender == _FILE.c.station, _CASE.c.receiver == _FILE.c.station),
    )
    is_back = exists().where(
        _BACK.c.file == _FILE.c.id,
        _BACK.c.station == _FILE.c.station,
        _BACK.c.subject == _FILE.c.subject,
    )
    return and_(or_(is_own, is_party), ~is_back)


def _view(row: Row[tuple[object, ...]]) -> FileView:
    fields = {name: row._mapping[name] for name in FileView.model_fields if name != "is_sealed"}
    return FileView.model_validate({**fields, "is_sealed": bool(row._mapping["sealed"])})


def _find(reading: "Reading", *conditions: ColumnElement[bool]) -> list[FileView]:
    query = select(_FILE).where(*conditions, _in_effect()).order_by(_FILE.c.time, _FILE.c.id)
    return [_view(row) for row in reading.connection.execute(query)]


def get(reading: "Reading", file: str) -> FileView:
    """The file of this entry, in effect.

    Raises:
        NotFoundError: no such entry is held here, or it was taken back.
    """
    found = _find(reading, _FILE.c.id == file)
    if not found:
        raise NotFoundError(f"no file {file} is known here", "It may have been taken back.")
    return found[0]


def find(reading: "Reading", subject: str) -> list[FileView]:
    """The files of an entry, oldest first."""
    return _find(reading, _FILE.c.subject == subject)


def find_all(reading: "Reading", station: str = "") -> list[FileView]:
    """Every file in effect, or those of one station, oldest first."""
    return _find(reading, *([_FILE.c.station == station] if station else []))


def find_named(reading: "Reading", digest: str) -> list[FileView]:
    """The files in effect whose bytes have this digest."""
    return _find(reading, _FILE.c.digest == digest)


def get_sealed(reading: "Reading", file: str) -> SealedFile:
    """The sealed part of a file.

    Raises:
        NotFoundError: there is no such file, or it is not sealed.
    """
    row = reading.connection.execute(select(_FILE).where(_FILE.c.id == file)).first()
    if row is None or not row.sealed:
        raise NotFoundError(f"no sealed file {file} is known here")
    return SealedFile(
        author=row.author,
        channel=row.channel,
        epoch=row.epoch,
        subject=row.subject,
        sealed=Sealed.model_validate_json(row.sealed),
    )
