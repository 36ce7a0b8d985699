"""The desk for files of lists: templates, bringing in after a look at it, handing out (A17, L1)."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from grassroots.desks.reasons import in_chinese
from grassroots.drafts import is_review_required
from grassroots.forms import unknown_form
from grassroots.ownlists import OWN_LISTS, export_private
from grassroots.secrecy import check_declared
from grassroots.tables import ImportOutcome, ImportPath, import_file
from node.capability import Desk, Done, Visit
from node.errors import ConfigError, InvalidError, NodeError, NotFoundError
from node.people.permissions import Act
from node.people.recording import record
from node.tables import LAYOUTS
from node.tables.writing import Format
from protocol.errors import Refused
from protocol.keys import decode_b64

if TYPE_CHECKING:
    from node.app import Node
    from node.capability import Download

_HERE = "/lists"
REFUSED_SHOWN = 200
PUBLIC = {
    "needs": "需求",
    "results": "成果",
    "resources": "专家与服务资源",
    "referrals": "转介",
    "services-rendered": "服务办结",
    "activities-held": "举办活动",
    "screenings": "成果筛选清单",
    "stations": "站点",
    "performance": "绩效",
    "ranking": "排名",
}
"""The tables anybody may have, and what they are called."""
_FORMATS: tuple[Format, ...] = ("xlsx", "csv", "jsonl")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,120}")


async def build_lists(node: "Node", visit: Visit) -> Mapping[str, object]:
    """Templates, the form to bring a file in, and what was found in the file just sent."""
    query = visit.query
    checked = await _check(node, visit) if query.get("file") else None
    return {
        "layouts": list(LAYOUTS.values()),
        "public": PUBLIC,
        "private": list(OWN_LISTS),
        "formats": _FORMATS,
        "file_mib": node.files.config.file_mib,
        "checked": checked,
        "chosen": query.get("kind", "needs"),
        "waits": await is_review_required(node),
        "done": int(query["done"]) if query.get("done", "").isdecimal() else None,
    }


async def _check(node: "Node", visit: Visit) -> dict[str, object]:
    """What bringing the file in would do; one that cannot be read says so on the page."""
    query = visit.query
    kind, name = _kind(query.get("kind", "")), _name(query.get("name", ""))
    told: dict[str, object] = {
        "kind": kind,
        "file": query["file"],
        "name": name,
        "system": query.get("system", ""),
        "fault": "",
    }
    try:
        path = _find(node, query["file"])
        system = _system(query, name)
        outcome = await import_file(node, kind, path, system, visit.known, dry_run=True)
    except NodeError as error:
        return {**told, "fault": in_chinese(error.message), "fault_en": error.message}
    refused = [
        {**each.model_dump(), "told": in_chinese(each.reason)}
        for each in outcome.refused[:REFUSED_SHOWN]
    ]
    return {**told, "outcome": outcome, "refused": refused, "count": len(outcome.refused)}


async def submit_lists(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Look into a file, bring it in, or hand a list of the station's own out."""
    match form.get("do"):
        case "check":
            return await _keep(node, visit, form)
        case "import":
            return await _import(node, visit, form)
        case "export":
            return await _export(node, visit, form)
        case _:
            raise unknown_form()


async def _keep(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Keep a file until somebody says that it is to be brought in, for a day at most."""
    kind, upload = _kind(form.get("kind", "")), visit.upload
    if upload is None or not upload.size:
        raise InvalidError("No file was chosen.", "Choose a file.", {"file": "none was chosen"})
    await asyncio.to_thread(node.files.blobs.adopt, upload.path, upload.digest)
    return Done(_address(kind, upload.digest, upload.name, form.get("system", "")))


async def _import(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Bring in a file that was looked into; of needs it is declared that they hold no secret."""
    kind, name = _kind(form.get("kind", "")), _name(form.get("name", ""))
    path = _find(node, form.get("file", ""))
    if kind.kind == "needs":
        check_declared(bool(form.get("unclassified")))

    async def bring_in() -> ImportOutcome:
        try:
            system = _system(form, name)
            return await import_file(node, kind, path, system, visit.known, dry_run=False)
        except ConfigError as error:
            raise InvalidError(error.message, error.hint) from None

    outcome = await record(node, visit.known, "import_rows", kind.kind, bring_in)
    address = _address(kind, form.get("file", ""), name, form.get("system", ""))
    return Done(f"{address}&done={outcome.published + outcome.handed_in}")


async def _export(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    table = next((each for each in OWN_LISTS if each == form.get("table")), None)
    format_ = next((each for each in _FORMATS if each == form.get("format")), None)
    if table is None or format_ is None:
        raise NotFoundError("There is no such list.", "Send the form from the page again.")
    visit.known.check_may(Act.READ_CARDS)

    async def hand_out() -> "Download":
        return await node.store.aread(lambda reading: export_private(reading, table, format_))

    return Done(_HERE, file=await record(node, visit.known, "export_records", table, hand_out))


def _kind(name: str) -> ImportPath:
    if name not in LAYOUTS:
        raise NotFoundError("There is no such list.", "Choose one of those offered.")
    return ImportPath.model_validate({"kind": name})


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InvalidError("The file has no name.", "Send it again.")
    return text


def _system(fields: Mapping[str, str], name: str) -> str:
    """Where the rows come from: what was typed, else the file's name without its ending."""
    return (fields.get("system", "").strip() or Path(name).stem)[:60]


def _find(node: "Node", digest: str) -> Path:
    try:
        decode_b64(digest, 32)
        return node.files.blobs.get(digest)
    except (Refused, NotFoundError):
        raise NotFoundError("the file is not kept any more", "Send it again.") from None


def _address(kind: ImportPath, digest: str, name: str, system: str) -> str:
    fields = {"kind": kind.kind, "file": digest, "name": name, "system": system[:60]}
    return f"{_HERE}?{urlencode({name: text for name, text in fields.items() if text})}"


DESKS = (
    Desk(
        _HERE,
        "lists.html",
        "导入导出",
        build_lists,
        Act.PUBLISH,
        submit_lists,
        "导入导出",
        ("A17", "L1"),
        takes_file=True,
    ),
)
