"""Files of needs, results, reports and referrals; files of visits, which stay here (A17, P7)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import select

from grassroots.enterprises import get_enterprise
from grassroots.needs import find_origin
from node.capability import Capability, Route
from node.drafting import IdPath, Published, own_station
from node.errors import InvalidError, NotFoundError
from node.files import Upload
from node.files.attaching import (
    OpenFile,
    attach,
    detach,
    find_parties,
    open_attached,
    open_sealed,
    read_envelope,
    share,
)
from node.files.private import (
    KeptFile,
    delete_private,
    find_private,
    keep_private,
    open_private,
)
from node.model import Model
from node.people import Actor
from node.people.permissions import Act
from node.readmodels import entries, files
from node.readmodels.files import FileView
from node.store import VisitNote, table_of

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_VISIT = table_of(VisitNote)
_ANY = ("application/octet-stream",)


class SubjectQuery(Model):
    """The entry whose files are asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, Field(min_length=1, max_length=64, description="id of the entry")]


class UploadQuery(Model):
    """What the file that is sent is called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=300, description="its name")]
    note: Annotated[str, Field(max_length=500, description="what it is")] = ""


class AttachQuery(UploadQuery, SubjectQuery):
    """The file that is sent, and the entry it belongs to."""


class AttachedFile(FileView):
    """A file of an entry; ``is_here`` says whether its bytes are at this node already."""

    is_here: bool


class FileList(Model):
    """Files, oldest first."""

    items: list[AttachedFile]


class OpenedFile(Model):
    """What the parties of a case know of a sealed file; ``size`` of what was sealed."""

    id: str
    name: str
    media: str
    size: int
    note: str


class OpenedList(Model):
    """The sealed files of a case that this station can open."""

    items: list[OpenedFile]


class PrivateFileView(KeptFile):
    """A file of a visit."""

    visit: str


class PrivateFileList(Model):
    """Files of a visit, oldest first."""

    items: list[PrivateFileView]


async def list_files(node: "Node", query: SubjectQuery) -> FileList:
    """The files of an entry; of sealed ones only that they are there."""
    found = await node.store.aread(lambda reading: files.find(reading, query.subject))
    return FileList(
        items=[
            AttachedFile(**each.model_dump(), is_here=node.files.blobs.has(each.digest))
            for each in found
        ]
    )


async def attach_file(node: "Node", actor: Actor, query: AttachQuery, upload: Upload) -> Published:
    """Attach a file to an entry of this station, or to a case it is party to (A17)."""
    entry = await node.store.aread(lambda reading: entries.get(reading, query.subject))
    if await find_parties(node, entry):
        actor.check_may(Act.REFER)
    await _check_unnamed(node, entry.id, f"{query.name} {query.note}")
    return await attach(node, upload, query.subject, query.note)


async def _check_unnamed(node: "Node", need: str, text: str) -> None:
    """Refuse a name or note that tells which enterprise stands behind a need (DESIGN 1.9)."""
    origin = await find_origin(node, need)
    if origin is None:
        return
    card = await node.store.aread(lambda reading: get_enterprise(reading, origin))
    secrets = [each for each in (card.name, card.credit_code, card.phone, card.email) if each]
    if any(secret in text for secret in secrets):
        reason = "names the enterprise; files of a need are public"
        raise InvalidError(
            f"The file's name or note {reason}.",
            "Rename it, and look into it: what it says is public as well.",
            {"name": reason},
        )


async def detach_file(node: "Node", path: IdPath) -> Published:
    """Take a file back; every node drops it."""
    return await detach(node, path.id)


async def share_file(node: "Node", actor: Actor, path: IdPath) -> Published:
    """Let the helpers that have joined since read a sealed file of this station (D11)."""
    actor.check_may(Act.REFER)
    return await share(node, path.id)


async def get_file(node: "Node", path: IdPath) -> OpenFile:
    """A public file to save; fetched from other stations where it is not here (P8)."""
    return await open_attached(node, path.id)


async def get_sealed_file(node: "Node", path: IdPath) -> OpenFile:
    """A sealed file to save, for the parties of its case and who helps in it (P7)."""
    return await open_sealed(node, path.id)


async def list_sealed_files(node: "Node", path: IdPath) -> OpenedList:
    """The sealed files of a case, as far as they are sealed to this station."""
    own_station(node)
    found = await node.store.aread(lambda reading: files.find(reading, path.id))
    opened = []
    for each in found:
        envelope = await read_envelope(node, each) if each.is_sealed else None
        if envelope is not None:
            told = envelope.model_dump(exclude={"key"})
            opened.append(OpenedFile(id=each.id, **told))
    return OpenedList(items=opened)


async def add_visit_file(
    node: "Node", path: IdPath, query: UploadQuery, upload: Upload
) -> PrivateFileView:
    """Keep a file with a visit's note; it never leaves the station (B2)."""

    def check(reading: "Reading") -> None:
        if reading.connection.execute(select(_VISIT.c.id).where(_VISIT.c.id == path.id)).first():
            return
        raise NotFoundError(f"no visit {path.id} is kept here", "Record the visit first.")

    await node.store.aread(check)
    row = await keep_private(node, upload, query.note, "visit", path.id)
    return PrivateFileView.model_validate(row)


async def list_visit_files(node: "Node", path: IdPath) -> PrivateFileList:
    """The files of a visit."""
    rows = await node.store.aread(lambda reading: find_private(reading, "visit", [path.id]))
    return PrivateFileList(items=[PrivateFileView.model_validate(row) for row in rows])


async def get_visit_file(node: "Node", path: IdPath) -> OpenFile:
    """A visit's file to save."""
    return await open_private(node, "visit", path.id)


async def delete_visit_file(node: "Node", path: IdPath) -> PrivateFileView:
    """Delete a visit's file."""
    return PrivateFileView.model_validate(await delete_private(node, "visit", path.id))


CAPABILITY = Capability(
    name="attachments",
    title="附件",
    serves=("A17", "B2", "L1"),
    channels=("needs", "results", "referrals", "bulletin"),
    routes=(
        Route("GET", "/files", list_files, "Files of an entry", ("A17",)),
        Route("POST", "/files", attach_file, "Attach a file", ("A17",), 201, act=Act.PUBLISH),
        Route("GET", "/files/{id}", get_file, "A public file to save", ("A17",), media=_ANY),
        Route(
            "GET",
            "/files/{id}/opened",
            get_sealed_file,
            "A sealed file to save",
            ("D11",),
            act=Act.DISCLOSE,
            media=_ANY,
        ),
        Route(
            "POST",
            "/files/{id}/detach",
            detach_file,
            "Take a file back",
            ("A17",),
            201,
            act=Act.PUBLISH,
        ),
        Route(
            "POST",
            "/files/{id}/share",
            share_file,
            "Let who helps in its case by now read a file",
            ("D11",),
            201,
            act=Act.PUBLISH,
        ),
        Route(
            "GET",
            "/referrals/{id}/files",
            list_sealed_files,
            "Sealed files of a referral",
            ("D11",),
            act=Act.DISCLOSE,
        ),
        Route(
            "GET",
            "/visits/{id}/files",
            list_visit_files,
            "Files of a visit",
            ("B2",),
            act=Act.READ_CARDS,
        ),
        Route(
            "POST",
            "/visits/{id}/files",
            add_visit_file,
            "Keep a file with a visit",
            ("B2",),
            201,
            act=Act.WRITE_CARDS,
        ),
        Route(
            "GET",
            "/visit-files/{id}",
            get_visit_file,
            "A visit's file to save",
            ("B2",),
            act=Act.READ_CARDS,
            media=_ANY,
        ),
        Route(
            "POST",
            "/visit-files/{id}/delete",
            delete_visit_file,
            "Delete a visit's file",
            ("B2",),
            act=Act.WRITE_CARDS,
        ),
    ),
)
