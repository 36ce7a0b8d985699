"""Agreements: made from a template, kept version by version with their digest (E9, E10, N6)."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import select

from grassroots.engagements.book import Id, Title
from grassroots.engagements.filling import known_values
from grassroots.engagements.rows import change_row, get_row, list_rows
from grassroots.engagements.templates import Template, fill, get_template, templates
from node.calendar import day_of
from node.capability import Download
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError
from node.files.private import KeptFile, Paper, Row, find_private, take_private
from node.ids import new_id
from node.model import Model
from node.readmodels.rows import equal
from node.store import PrivateFile, table_of
from node.store.services import Agreement, AgreementText
from protocol.records.fields import Day

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

TEXT_CHARS_MAX = 60_000

_AGREEMENT = table_of(Agreement)
_TEXT = table_of(AgreementText)


class AgreementInput(Model):
    """Which template for which engagement; ``fields`` fill or replace what is known already."""

    model_config = ConfigDict(extra="forbid")

    engagement: Id
    template: Annotated[str, Field(max_length=60)]
    title: Title | None = None
    fields: dict[str, Annotated[str, Field(max_length=4_000)]] = Field(default_factory=dict)


class ReviseInput(Model):
    """The whole text anew; the text before stays as it was."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)]


class DayInput(Model):
    """The day it was signed or ended; today if none is given."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = None


class AgreementView(Model):
    """An agreement as it is kept."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    engagement: str
    template: str
    title: str
    version: int
    state: str
    signed_on: str | None
    ended_on: str | None
    created_ms: int
    changed_ms: int


class TextView(Model):
    """One version of an agreement's text; ``digest`` is the SHA-256 of its UTF-8 bytes in hex."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    agreement: str
    version: int
    text: str
    digest: str
    made_ms: int


class ScanView(KeptFile):
    """The scan of a signed agreement; ``digest`` is the SHA-256 of its bytes, base64url."""

    agreement: str


class AgreementDetail(Model):
    """An agreement with every version of its text, the newest first, and its signed scans."""

    agreement: AgreementView
    texts: list[TextView]
    files: list[ScanView]


class AgreementQuery(Model):
    """Which agreements."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engagement: Id = ""
    state: Annotated[str, Field(pattern=r"^(|drafted|signed|ended)$")] = ""


class AgreementList(Model):
    """Agreements, newest first."""

    items: list[AgreementView]


class TemplateList(Model):
    """The templates there are, with their fields."""

    items: list[Template]


async def list_templates(node: "Node") -> TemplateList:
    """The agreement templates of this program version."""
    return TemplateList(items=list(templates().values()))


def digest_text(text: str) -> str:
    """The SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


async def add_agreement(node: "Node", body: AgreementInput) -> AgreementView:
    """Draft an agreement from a template, filled with what the station knows.

    Raises:
        NotFoundError: no such template or engagement.
        InvalidError: a field the template does not have.
    """
    template = get_template(body.template)
    unknown = set(body.fields) - {each.key for each in template.fields}
    if unknown:
        raise InvalidError(
            f"{template.title} has no field {', '.join(sorted(unknown))[:200]}.",
            f"Its fields: {', '.join(each.key for each in template.fields)}.",
            dict.fromkeys(sorted(unknown), "no such field"),
        )
    station = node.me.name if node.me is not None else ""
    known = await node.store.aread(lambda reading: known_values(reading, body.engagement, station))
    text = fill(template, {**known, **body.fields})
    now_ms = node.clock.now_ms()
    row = {
        "id": new_id(node.random),
        "engagement": body.engagement,
        "template": template.id,
        "title": body.title or f"{template.title}：{known['title']}"[:200],
        "version": 1,
        "state": "drafted",
        "signed_on": None,
        "ended_on": None,
        "created_ms": now_ms,
        "changed_ms": now_ms,
    }

    def write(tx: "Writing") -> None:
        tx.insert(Agreement, [row])
        _add_text(tx, str(row["id"]), 1, text, now_ms)

    await node.store.awrite(write)
    return AgreementView.model_validate(row)


def _add_text(tx: "Writing", agreement: str, version: int, text: str, now_ms: int) -> None:
    row = {
        "agreement": agreement,
        "version": version,
        "text": text,
        "digest": digest_text(text),
        "made_ms": now_ms,
    }
    tx.insert(AgreementText, [row])


async def revise_agreement(node: "Node", path: IdPath, body: ReviseInput) -> AgreementView:
    """Give a drafted agreement a new text; what is signed is not changed any more.

    Raises:
        ConflictError: it is signed or ended.
    """
    now_ms = node.clock.now_ms()
    text = "\n".join(body.text.splitlines()) + "\n"

    def write(tx: "Writing") -> None:
        view = _in_state(tx, path.id, "drafted")
        _add_text(tx, path.id, view.version + 1, text, now_ms)
        change_row(tx, Agreement, path.id, version=view.version + 1, changed_ms=now_ms)

    await node.store.awrite(write)
    return await node.store.aread(lambda reading: get_agreement_view(reading, path.id))


async def sign_agreement(
    node: "Node", path: IdPath, body: DayInput, *, paper: Paper | None = None
) -> AgreementView:
    """Note that the parties signed the newest text, the day they did, and keep its scan (E9).

    Raises:
        ConflictError: it is no draft any more.
        InvalidError: a day to come, or a scan of a kind that is not taken; nothing is noted.
    """
    now_ms = node.clock.now_ms()
    on = body.on or day_of(now_ms)
    if on > day_of(now_ms):
        raise InvalidError("That day has not come.", "Correct the day.", {"on": "too late"})
    await node.store.aread(lambda reading: _in_state(reading, path.id, "drafted"))
    scans: list[Row] = []
    if paper is not None:
        scans = [await take_private(node, paper.upload, paper.note, "agreement", path.id)]

    def write(tx: "Writing") -> None:
        _in_state(tx, path.id, "drafted")
        tx.insert(PrivateFile, scans)
        change_row(tx, Agreement, path.id, state="signed", signed_on=on, changed_ms=now_ms)

    await node.store.awrite(write)
    return await node.store.aread(lambda reading: get_agreement_view(reading, path.id))


async def end_agreement(node: "Node", path: IdPath, body: DayInput) -> AgreementView:
    """Note that a signed agreement has ended, or that a draft is given up."""
    now_ms = node.clock.now_ms()
    on = body.on or day_of(now_ms)

    def write(tx: "Writing") -> None:
        view = _in_state(tx, path.id, "drafted", "signed")
        if view.signed_on is not None and on < view.signed_on:
            raise InvalidError(
                "It ends before it was signed.", "Correct the day.", {"on": "before signed_on"}
            )
        change_row(tx, Agreement, path.id, state="ended", ended_on=on, changed_ms=now_ms)

    await node.store.awrite(write)
    return await node.store.aread(lambda reading: get_agreement_view(reading, path.id))


def _in_state(reading: "Reading", id_: str, *states: str) -> AgreementView:
    view = get_agreement_view(reading, id_)
    if view.state not in states:
        raise ConflictError(
            f"that agreement is {view.state}.", "Draft another one for what is to be changed."
        )
    return view


def get_agreement_view(reading: "Reading", id_: str) -> AgreementView:
    """The agreement with this id.

    Raises:
        NotFoundError: none by that id is kept here.
    """
    return AgreementView.model_validate(get_row(reading, Agreement, id_, "agreement"))


def read_agreement(reading: "Reading", id_: str) -> AgreementDetail:
    """An agreement with every version of its text, the newest first."""
    view = get_agreement_view(reading, id_)
    query = select(_TEXT).where(_TEXT.c.agreement == id_).order_by(_TEXT.c.version.desc())
    texts = [TextView.model_validate(row) for row in reading.connection.execute(query)]
    return AgreementDetail(agreement=view, texts=texts, files=find_scans(reading, [id_]))


def find_scans(reading: "Reading", agreements: Iterable[str]) -> list[ScanView]:
    """The signed scans of agreements, oldest first (E9)."""
    found = find_private(reading, "agreement", agreements)
    return [ScanView.model_validate(row) for row in found]


def find(reading: "Reading", query: AgreementQuery) -> list[AgreementView]:
    """Agreements, newest first, 500 at most."""
    table = _AGREEMENT.c
    conditions = equal((table.engagement, query.engagement), (table.state, query.state))
    rows = list_rows(reading, Agreement, *conditions, order=(table.created_ms.desc(), table.id))
    return [AgreementView.model_validate(row) for row in rows]


async def list_agreements(node: "Node", query: AgreementQuery) -> AgreementList:
    """The agreements kept here, newest first."""
    return AgreementList(items=await node.store.aread(lambda reading: find(reading, query)))


async def get_agreement(node: "Node", path: IdPath) -> AgreementDetail:
    """One agreement with every version of its text and its digest."""
    return await node.store.aread(lambda reading: read_agreement(reading, path.id))


async def download_agreement(node: "Node", path: IdPath) -> Download:
    """The newest text of an agreement, as a Markdown file."""
    detail = await node.store.aread(lambda reading: read_agreement(reading, path.id))
    newest = detail.texts[0]
    name = f"agreement-{path.id}-v{newest.version}.md"
    return Download(name, "text/markdown; charset=utf-8", newest.text.encode("utf-8"))
