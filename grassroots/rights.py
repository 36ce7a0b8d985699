"""What an enterprise may ask of the station that keeps its card: a copy, deletion (PIPL 45, 47).

What a station has to be able to prove stays, without whom to speak to: the register of consents
(PIPL 69) and technology contracts with what they rest on (E14). The signed papers of consents go:
they carry names and hands. What was published names nobody.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Table, delete, select, update

from grassroots.dossiers import Dossier, read_dossier
from grassroots.draftbook import OPEN, remove_draft
from node.capability import Capability, Download, Route
from node.drafting import IdPath
from node.errors import ConflictError
from node.model import Model
from node.people.permissions import Act
from node.readmodels.rows import batched
from node.store import Draft, Enterprise, NeedOrigin, PrivateFile, VisitNote, table_of
from node.store.services import (
    Achievement,
    Agreement,
    AgreementText,
    Asking,
    Correction,
    Engagement,
    EnterpriseAnswer,
    Milestone,
    Task,
    TechnologyContract,
)
from node.store.telling import ConsentRow

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

OVER = ("declined", "revoked", "confirmed", "closed")
"""States of a referral in which nobody works for the enterprise any more."""
_SECRET = ("digest", "code")
"""Of an asking: what would let somebody answer in the enterprise's name."""

_OF_WORK = (
    (PrivateFile, "visit_files", "id"),
    (PrivateFile, "consent_files", "id"),
    (Task, "tasks", "id"),
    (Milestone, "milestones", "id"),
    (Achievement, "achievements", "id"),
    (Correction, "corrections", "id"),
)
"""Lists that go in any case: table, name, and the column its rows are told by."""
_OF_PROOF = (
    (Engagement, "engagements", "id"),
    (Agreement, "agreements", "id"),
    (AgreementText, "agreement_texts", "agreement"),
    (PrivateFile, "agreement_files", "id"),
    (Asking, "askings", "id"),
    (EnterpriseAnswer, "answers", "asking"),
    (NeedOrigin, "needs", "need"),
)
"""Lists a technology contract rests on; they stay as long as there is one."""

Rows = dict[str, list[dict[str, object]]]
"""What is kept, by the list it is kept in."""


class RemovalView(Model):
    """What was deleted and what has to stay, each by its list; ``is_gone`` if no card is left."""

    is_gone: bool
    deleted: dict[str, int]
    kept: dict[str, int]


def gather(reading: "Reading", id_: str) -> Rows:
    """Every row this station keeps of an enterprise, by list.

    Raises:
        NotFoundError: no such card is kept here.
    """
    dossier = read_dossier(reading, id_)
    found: Rows = {"card": _rows(reading, Enterprise, id=[id_])}
    found["visits"] = _rows(reading, VisitNote, enterprise=[id_])
    found["visit_files"] = _rows(reading, PrivateFile, visit=_ids(found["visits"]))
    found["needs"] = _rows(reading, NeedOrigin, enterprise=[id_])
    found["drafts"] = _drafts(reading, id_)
    found["consents"] = _rows(reading, ConsentRow, enterprise=[id_])
    found["consent_files"] = _rows(reading, PrivateFile, consent=_ids(found["consents"]))
    own = _ids(found["needs"], "need")
    handed = [case.id for case in dossier.referrals]
    work = _rows(reading, Engagement, enterprise=[id_], need=own, referral=handed)
    found["engagements"] = work
    for model, name, _ in _OF_WORK:
        if model is not PrivateFile:
            found[name] = _rows(reading, model, engagement=_ids(work))
    found["agreements"] = _rows(reading, Agreement, engagement=_ids(work))
    found["agreement_texts"] = _rows(reading, AgreementText, agreement=_ids(found["agreements"]))
    found["agreement_files"] = _rows(reading, PrivateFile, agreement=_ids(found["agreements"]))
    found["contracts"] = _rows(reading, TechnologyContract, engagement=_ids(work), referral=handed)
    found["askings"] = _rows(reading, Asking, subject=[*own, *handed])
    found["answers"] = _rows(reading, EnterpriseAnswer, subject=[*own, *handed])
    return found


def _rows(reading: "Reading", model: type, **where: Iterable[str]) -> list[dict[str, object]]:
    """Rows of which any of some columns holds any of some values, in a lasting order."""
    table: Table = table_of(model)
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for column, values in where.items():
        for batch in batched(sorted(set(values))):
            query = select(table).where(table.c[column].in_(batch))
            for row in reading.connection.execute(query).mappings():
                found[tuple(row[each.name] for each in table.primary_key)] = dict(row)
    return [found[key] for key in sorted(found, key=str)]


def _drafts(reading: "Reading", id_: str) -> list[dict[str, object]]:
    table = table_of(Draft)
    query = select(table).where(table.c.body.contains(id_, autoescape=True)).order_by(table.c.id)
    rows = [dict(row) for row in reading.connection.execute(query).mappings()]
    return [row for row in rows if json.loads(row["body"]).get("enterprise") == id_]


def _ids(rows: Iterable[Mapping[str, object]], column: str = "id") -> list[str]:
    return [str(row[column]) for row in rows]


async def copy_enterprise(node: "Node", path: IdPath) -> Download:
    """A copy of all that is kept of an enterprise, for handing to it (PIPL 45)."""
    found = await node.store.aread(lambda reading: gather(reading, path.id))
    found["askings"] = [
        {name: value for name, value in row.items() if name not in _SECRET}
        for row in found["askings"]
    ]
    text = json.dumps(found, ensure_ascii=False, indent=1)
    return Download(f"enterprise-{path.id}.json", "application/json", text.encode())


async def remove_enterprise(node: "Node", path: IdPath) -> RemovalView:
    """Delete what is kept of an enterprise, as far as the law lets it (PIPL 47).

    Raises:
        NotFoundError: no such card is kept here.
        ConflictError: work for it is going on, or a consent is in force; it says what to do first.
    """
    told, files = await node.store.awrite(lambda tx: _remove(tx, path.id))
    for digest in files:
        await node.files.let_go(digest)
    return told


def _remove(tx: "Writing", id_: str) -> tuple[RemovalView, list[str]]:
    dossier, found = read_dossier(tx, id_), gather(tx, id_)
    _check_over(dossier, found)
    kept = {name: len(found[name]) for name in ("consents", "contracts") if found[name]}
    if found["contracts"]:
        kept |= {name: len(found[name]) for _, name, _ in _OF_PROOF if found[name]}
    deleted = {
        name: len(rows) for name, rows in found.items() if rows and name not in {*kept, "card"}
    }
    _forget_visits(tx, _ids(found["visits"]))
    for row in found["drafts"]:
        _forget_draft(tx, row)
    for model, name, column in _OF_WORK + (() if found["contracts"] else _OF_PROOF):
        _delete(tx, model, _ids(found[name], column), column)
    _forget_card(tx, id_, is_gone=not kept)
    gone = ("visit_files", "consent_files", "agreement_files")
    files = [digest for name in gone if name in deleted for digest in _ids(found[name], "digest")]
    return RemovalView(is_gone=not kept, deleted=deleted, kept=kept), files


def _check_over(dossier: Dossier, found: Rows) -> None:
    """Refuse while somebody still works for the enterprise, or knows it by its consent.

    Raises:
        ConflictError: it says what is open.
    """
    busy = ("submitted", "approved", "publishing")
    waiting = {
        "referrals": sum(case.state not in OVER for case in dossier.referrals),
        "needs": sum(need.state == "open" for need in dossier.needs),
        "engagements": sum(row["state"] in ("planned", "active") for row in found["engagements"]),
        "drafts": sum(row["state"] in busy for row in found["drafts"]),
        "consents": sum(each.state in ("given", "disclosed") for each in dossier.disclosures),
    }
    going_on = {name: count for name, count in waiting.items() if count}
    if going_on:
        listed = ", ".join(f"{count} {name}" for name, count in going_on.items())
        raise ConflictError(
            f"Work for this enterprise is going on or known elsewhere: {listed}.",
            "End the referrals and engagements, withdraw its needs, drafts and consents first.",
            "card-in-use",
        )


def _delete(tx: "Writing", model: type, values: list[str], column: str = "id") -> None:
    table = table_of(model)
    for batch in batched(values):
        tx.connection.execute(delete(table).where(table.c[column].in_(batch)))


def _forget_visits(tx: "Writing", ids: list[str]) -> None:
    """A visit was made and counted; to whom, and what was said, goes."""
    table = table_of(VisitNote)
    for batch in batched(ids):
        bare = update(table).where(table.c.id.in_(batch)).values(enterprise=None, note="")
        tx.connection.execute(bare)


def _forget_draft(tx: "Writing", row: Mapping[str, object]) -> None:
    """A draft that came to nothing goes; one that was published stays with its history, unnamed."""
    if row["state"] in OPEN:
        remove_draft(tx, str(row["id"]))
        return
    body = json.loads(str(row["body"]))
    body.pop("enterprise")
    table = table_of(Draft)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    tx.connection.execute(update(table).where(table.c.id == row["id"]).values(body=text))


def _forget_card(tx: "Writing", id_: str, *, is_gone: bool) -> None:
    table = table_of(Enterprise)
    mine = table.c.id == id_
    if is_gone:
        tx.connection.execute(delete(table).where(mine))
        return
    bare = {"contact": None, "phone": None, "email": None, "note": "", "park": None}
    tx.connection.execute(update(table).where(mine).values(**bare))


CAPABILITY = Capability(
    name="rights",
    title="企业查阅与删除",
    serves=("D11",),
    channels=("needs", "referrals"),
    routes=(
        Route(
            "POST",
            "/enterprises/{id}/copy",
            copy_enterprise,
            "A copy of all that is kept of an enterprise",
            ("D11",),
            act=Act.READ_CARDS,
            media=("application/json",),
        ),
        Route(
            "POST",
            "/enterprises/{id}/remove",
            remove_enterprise,
            "Delete what is kept of an enterprise",
            ("D11",),
            act=Act.MANAGE,
        ),
    ),
)
