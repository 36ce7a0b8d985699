"""Desks for files: those of an entry, and those of a visit (A17, B2, P7)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from grassroots import attachments
from grassroots.attachments import AttachQuery, UploadQuery
from grassroots.forms import build
from node.capability import Desk, Done, Visit
from node.drafting import IdPath
from node.errors import InvalidError, NotAllowedError, NotFoundError
from node.files import Upload
from node.files.attaching import find_parties, find_readers, find_recipients
from node.files.media import SUFFIXES
from node.files.private import Paper
from node.people.permissions import Act
from node.people.recording import record
from node.readmodels import entries, files, needs, results
from node.store import VisitNote, table_of

if TYPE_CHECKING:
    from node.app import Node
    from node.people import Actor
    from node.readmodels.entries import EntryView
    from node.store import Reading

_VISIT = table_of(VisitNote)
_PAGES = {"need.published/1": "/needs", "result.published/1": "/results"}
_CASE = "referral.requested/1"


async def build_files(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The files of an entry; in a case its parties and helpers see what they are."""
    entry = await node.store.aread(lambda reading: entries.get(reading, visit.path["id"]))
    parties, readers = await find_parties(node, entry), await find_readers(node, entry)
    found = await node.store.aread(lambda reading: files.find(reading, entry.id))
    opened = await _opened(node, visit.actor, entry, readers)
    return {
        "entry": entry,
        "back": _page_of(entry),
        "about": await node.store.aread(lambda reading: _title(reading, entry)),
        "files": [
            {
                **each.model_dump(),
                **opened.get(each.id, {}),
                "is_open": each.id in opened or not each.is_sealed,
                "is_here": node.files.blobs.has(each.digest),
                "is_shared": set(readers) <= await find_recipients(node, each),
            }
            for each in found
        ],
        "is_case": bool(parties),
        "may_attach": _may_attach(node, visit.actor, entry, parties),
        **limits(node),
    }


def limits(node: "Node") -> dict[str, object]:
    """How large a file may be, and the endings of the names of those that are taken."""
    accepted = ",".join(f".{suffix}" for suffix in SUFFIXES)
    return {"file_mib": node.files.config.file_mib, "accepted": accepted}


def _page_of(entry: "EntryView") -> str:
    kind = "/referrals" if entry.kind == _CASE else _PAGES.get(entry.kind, "/entries")
    return f"{kind}/{entry.id}"


def _title(reading: "Reading", entry: "EntryView") -> str:
    if entry.kind.startswith("need."):
        return "".join(each.title for each in needs.find_many(reading, [entry.id]).values())
    if entry.kind.startswith("result."):
        return "".join(each.title for each in results.find_many(reading, [entry.id]).values())
    return ""


async def _opened(
    node: "Node", actor: "Actor | None", entry: "EntryView", readers: tuple[str, ...]
) -> dict[str, dict[str, object]]:
    """What the sealed files of a case are, for who may know."""
    is_reader = node.me is not None and node.me.id in readers
    if not is_reader or actor is None or not actor.may(Act.DISCLOSE):
        return {}
    listed = await attachments.list_sealed_files(node, IdPath(id=entry.id))
    return {each.id: each.model_dump() for each in listed.items}


def _may_attach(
    node: "Node", actor: "Actor | None", entry: "EntryView", parties: tuple[str, ...]
) -> bool:
    if actor is None or node.me is None:
        return False
    if parties:
        return node.me.id in parties and actor.may(Act.REFER)
    return entry.station == node.me.id and actor.may(Act.PUBLISH)


async def submit_files(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Attach a file, take one back, or let who helps by now read it."""
    actor, id_ = visit.actor, visit.path["id"]
    if actor is None:
        raise NotAllowedError("Log in to attach files.", "The log-in may have ended.")
    actor.check_may(Act.PUBLISH)
    if form.get("do") == "detach":
        file = IdPath(id=form.get("file", "")[:64] or "-")
        await record(
            node, actor, "detach_file", file.id, lambda: attachments.detach_file(node, file)
        )
        return Done(f"/files/{id_}")
    if form.get("do") == "share":
        shared = IdPath(id=form.get("file", "")[:64] or "-")
        await record(
            node, actor, "share_file", shared.id,
            lambda: attachments.share_file(node, actor, shared),
        )  # fmt: skip
        return Done(f"/files/{id_}")
    upload = sent_file(visit)
    given = {"subject": id_, "name": upload.name, "note": form.get("note", "").strip()}
    query = build(AttachQuery, given)
    await record(
        node,
        actor,
        "attach_file",
        id_,
        lambda: attachments.attach_file(node, actor, query, upload),
    )
    return Done(f"/files/{id_}?kept=1")


def sent_file(visit: Visit) -> Upload:
    """The file that came with a form.

    Raises:
        InvalidError: none was chosen.
    """
    if visit.upload is None or not visit.upload.name:
        raise InvalidError(
            "No file was chosen.", "Choose a file.", {"file": "none was chosen"}, "file-none"
        )
    return visit.upload


def sent_paper(visit: Visit, note: str) -> Paper | None:
    """The file that came with what it belongs to, None where none was chosen.

    Args:
        note: what it is.

    Raises:
        InvalidError: the note is too long.
    """
    upload = visit.upload
    if upload is None or not upload.name:
        return None
    return Paper(upload, build(UploadQuery, {"name": upload.name, "note": note.strip()}).note)


async def build_visit_files(node: "Node", visit: Visit) -> Mapping[str, object]:
    """The files kept with a visit."""
    path = IdPath(id=visit.path["id"])
    query = select(_VISIT).where(_VISIT.c.id == path.id)
    row = await node.store.aread(lambda reading: reading.connection.execute(query).first())
    if row is None:
        raise NotFoundError(f"no visit {path.id} is kept here")
    listed = await attachments.list_visit_files(node, path)
    return {"visit": row, "files": listed.items, **limits(node)}


async def submit_visit_files(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Keep a file with a visit, or delete one."""
    actor, path = visit.known, IdPath(id=visit.path["id"])
    actor.check_may(Act.WRITE_CARDS)
    here = f"/visits/{path.id}/files"
    if form.get("do") == "delete":
        file = IdPath(id=form.get("file", "")[:64] or "-")
        await record(
            node,
            actor,
            "delete_visit_file",
            file.id,
            lambda: attachments.delete_visit_file(node, file),
        )
        return Done(here)
    upload = sent_file(visit)
    query = build(UploadQuery, {"name": upload.name, "note": form.get("note", "").strip()})
    await record(
        node,
        actor,
        "add_visit_file",
        path.id,
        lambda: attachments.add_visit_file(node, path, query, upload),
    )
    return Done(f"{here}?kept=1")


DESKS = (
    Desk(
        "/files/{id}",
        "files.html",
        "附件",
        build_files,
        None,
        submit_files,
        serves=("A17", "D11"),
        takes_file=True,
    ),
    Desk(
        "/visits/{id}/files",
        "visit_files.html",
        "走访附件",
        build_visit_files,
        Act.READ_CARDS,
        submit_visit_files,
        serves=("B2",),
        takes_file=True,
    ),
)
