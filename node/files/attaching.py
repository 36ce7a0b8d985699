"""Attaching a file to an entry, taking it back; sealed to the parties where it is a case (P7)."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from node.drafting import answer, draft, new_salt, own_station
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.files.blobs import Upload, read_pieces
from node.files.envelopes import Envelope, open_envelope, open_file, seal_file
from node.files.media import find_media, known_media
from node.readmodels import cases, entries, files
from protocol.errors import Refused
from protocol.keys import decode_b64, encode_b64
from protocol.records import ERASABLE_CHANNELS, FileAttached, FileDetached
from protocol.records.referrals import ReferralRequested
from protocol.sealing import SealContext, seal

if TYPE_CHECKING:
    from node.app import Node
    from node.drafting import Published
    from node.readmodels.entries import EntryView
    from node.readmodels.files import FileView
    from node.store import Reading

KEY_BYTES = 32
NONCE_BYTES = 12
NAME_CHARS_MAX = 120
_ELSEWHERE = "bulletin"
"""The channel of files that belong to an entry whose own channel keeps every body for ever."""
_NOT_IN_NAMES = '/\\:*?"<>|'


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file to hand to a reader: its name, media type, bytes, and the pieces of it."""

    name: str
    media: str
    size: int
    path: Path
    key: bytes | None = None

    def pieces(self) -> Iterator[bytes]:
        """The bytes, opened where they are sealed.

        Raises:
            Refused: ``bad-body`` where a sealed file was changed.
        """
        return read_pieces(self.path) if self.key is None else open_file(self.path, self.key)


def clean_name(name: str) -> str:
    """A file's name as a disk takes it: the last part of a path, its ending kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(each for each in last if each.isprintable() and each not in _NOT_IN_NAMES)
    stem, dot, suffix = plain.strip().rpartition(".")
    room = NAME_CHARS_MAX - len(dot + suffix)
    return f"{stem[:room]}{dot}{suffix}" if dot else plain.strip()[:NAME_CHARS_MAX]


def check_upload(upload: Upload) -> tuple[str, str]:
    """The name and media type of a file that may be kept.

    Raises:
        InvalidError: it is empty, or none of the kinds that are taken.
    """
    name = clean_name(upload.name)
    if upload.size == 0:
        raise InvalidError(
            f"'{name}' is empty", "Choose the file again.", {"file": "empty"}, "file-empty"
        )
    return name, find_media(upload.path, name)


async def find_subject(node: "Node", subject: str) -> "EntryView":
    """The entry a file is to belong to, if this station may attach to it.

    Raises:
        NotFoundError: it is not held here.
        NotAllowedError: it is another station's, and no case this one is party to.
    """
    me = own_station(node)
    entry = await node.store.aread(lambda reading: entries.get(reading, subject))
    if entry.station != me.id and me.id not in await find_parties(node, entry):
        raise NotAllowedError(
            "That belongs to another station.", "Attach files to what this station wrote."
        )
    return entry


async def find_parties(node: "Node", entry: "EntryView") -> tuple[str, ...]:
    """The stations that may attach to a case, its sender and its receiver; none if it is none."""
    return (await find_readers(node, entry))[:2]


async def find_readers(node: "Node", entry: "EntryView") -> tuple[str, ...]:
    """The stations a file of this entry is sealed to now; none where it is public (D11, P7).

    They are the sender, the receiver, and the helpers that have joined the case.
    """
    if entry.kind != ReferralRequested.KIND:
        return ()

    def look(reading: "Reading") -> tuple[str, ...]:
        case = cases.get_case(reading, entry.id)
        return case.sender, case.receiver, *case.parties.helpers

    return await node.store.aread(look)


async def attach(node: "Node", upload: Upload, subject: str, note: str = "") -> "Published":
    """Keep a file and say that it belongs to an entry; then it is handed on.

    Raises:
        NotFoundError, NotAllowedError: as :func:`find_subject`.
        InvalidError: it is empty, or none of the kinds that are taken.
        ConflictError: this station has no room for more files.
    """
    me = own_station(node)
    entry = await find_subject(node, subject)
    name, media = check_upload(upload)
    await node.files.check_room(me.id, upload.size)
    channel = entry.channel if entry.channel in ERASABLE_CHANNELS else _ELSEWHERE
    readers = await find_readers(node, entry)
    if readers:
        kept, record = await _seal(node, upload, (name, media, note), entry, readers)
    else:
        fields = {"name": name, "media": media, "note": note}
        kept, record = upload, _record(node, upload, fields)
    try:
        await asyncio.to_thread(node.files.blobs.adopt, kept.path, kept.digest)
        (published,) = await node.publisher.apublish_many([(record, subject)], channel)
    finally:
        kept.path.unlink(missing_ok=True)
    node.files.changed.set()
    return answer(published)


def _record(node: "Node", kept: Upload, fields: Mapping[str, object]) -> FileAttached:
    given = {"salt": new_salt(node), "digest": kept.digest, "size": kept.size, **fields}
    return draft(FileAttached, given)


async def _seal(
    node: "Node",
    upload: Upload,
    told: tuple[str, str, str],
    entry: "EntryView",
    parties: tuple[str, ...],
) -> tuple[Upload, FileAttached]:
    """The ciphertext of a file, and the record that lets the parties open it (SPEC 8.4)."""
    name, media, note = told
    key = node.random(KEY_BYTES)
    target = upload.path.with_suffix(".sealed")
    recipients = []
    for station in dict.fromkeys(parties):
        known = node.roster.get(station)
        if known is None:
            raise NotFoundError(f"no station {station} in the roster held here")
        recipients.append((known.id, known.sealing))
    size, digest = await asyncio.to_thread(seal_file, upload.path, target, key)
    log = await node.publisher.aopen_log(entry.channel)
    context = SealContext(
        node.network.id, log.author, log.channel, log.epoch, entry.id, FileAttached.KIND
    )
    envelope = Envelope(key=encode_b64(key), name=name, media=media, size=upload.size, note=note)
    sealed = seal(
        envelope.text(), context, recipients, node.random(KEY_BYTES), node.random(NONCE_BYTES)
    )
    kept = replace(upload, path=target, size=size, digest=digest)
    return kept, _record(node, kept, {"sealed": sealed.model_dump(mode="json")})


async def share(node: "Node", file: str) -> "Published":
    """Seal a file of this station anew, to those who read in its case now; the old one goes (D11).

    Raises:
        NotFoundError: no such file is attached.
        NotAllowedError: another station attached it.
        ConflictError: it is public, or sealed to all of them already.
        UnreachableError: it is not here, and no station that answers has it.
    """
    me = own_station(node)
    view = await node.store.aread(lambda reading: files.get(reading, file))
    if view.station != me.id:
        raise NotAllowedError("another station attached that file", "Ask it to share it.")
    entry = await node.store.aread(lambda reading: entries.get(reading, view.subject))
    missing = set(await find_readers(node, entry)) - await find_recipients(node, view)
    if not missing:
        raise ConflictError("Everybody who works on the case can read that file already.")
    envelope = await read_envelope(node, view)
    assert envelope is not None, "a station seals its files to itself"
    sealed = await open_sealed(node, file)
    plain = node.files.blobs.new_upload(node.random(12).hex())
    try:
        upload = Upload(plain, sealed.size, await _unseal(sealed, plain), sealed.name)
        made = await attach(node, upload, view.subject, envelope.note)
    finally:
        plain.unlink(missing_ok=True)
    await detach(node, file)
    return made


async def find_recipients(node: "Node", view: "FileView") -> set[str]:
    """The stations a file is sealed to; empty where it is public."""
    if not view.is_sealed:
        return set()
    part = await node.store.aread(lambda reading: files.get_sealed(reading, view.id))
    return {each.station for each in part.sealed.recipients}


async def _unseal(file: OpenFile, target_path: Path) -> str:
    """Write the plain bytes of a sealed file; their digest."""

    def write() -> str:
        found = hashlib.sha256()
        with target_path.open("xb") as target:
            for piece in file.pieces():
                found.update(piece)
                target.write(piece)
        return encode_b64(found.digest())

    return await asyncio.to_thread(write)


async def detach(node: "Node", file: str) -> "Published":
    """Take a file back; every node that hears of it drops the bytes.

    Raises:
        NotFoundError: no such file is attached.
        NotAllowedError: another station attached it.
    """
    me = own_station(node)
    view = await node.store.aread(lambda reading: files.get(reading, file))
    if view.station != me.id:
        raise NotAllowedError("another station attached that file", "Ask it to take it back.")
    entry = await node.store.aread(lambda reading: entries.get(reading, file))
    record = draft(FileDetached, {"file": file})
    (published,) = await node.publisher.apublish_many([(record, view.subject)], entry.channel)
    await node.files.let_go(view.digest)
    return answer(published)


async def open_attached(node: "Node", file: str) -> OpenFile:
    """A public file, fetched from other stations where it is not here.

    Raises:
        NotFoundError: no such file is attached, or no station that answers has it.
        NotAllowedError: it is sealed.
        UnreachableError: no station that answers has it.
    """
    view = await node.store.aread(lambda reading: files.get(reading, file))
    if view.is_sealed:
        raise NotAllowedError("that file is sealed to the parties of its case", "Open it there.")
    path = await node.files.ensure(view)
    return OpenFile(view.name, known_media(view.media), view.size, path)


async def open_sealed(node: "Node", file: str) -> OpenFile:
    """A sealed file, as one of the parties of its case.

    Raises:
        NotFoundError: there is no such file.
        NotAllowedError: it is not sealed to this station.
        UnreachableError: no station that answers has it.
    """
    view = await node.store.aread(lambda reading: files.get(reading, file))
    envelope = await read_envelope(node, view)
    if envelope is None:
        raise NotAllowedError(
            "that file is not sealed to this station", "Only the parties of the case can open it."
        )
    path = await node.files.ensure(view)
    key = decode_b64(envelope.key, KEY_BYTES)
    return OpenFile(envelope.name, known_media(envelope.media), envelope.size, path, key)


async def read_envelope(node: "Node", view: "FileView") -> Envelope | None:
    """What the sealed part of a file says, None where it is not sealed to this station."""
    me = own_station(node)
    part = await node.store.aread(lambda reading: files.get_sealed(reading, view.id))
    context = SealContext(
        node.network.id, part.author, part.channel, part.epoch, part.subject, FileAttached.KIND
    )
    for key in node.keyring.sealing_seeds:
        try:
            return open_envelope(part.sealed, context, me.id, key)
        except Refused:
            continue
    return None
