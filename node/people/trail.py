"""The audit trail: who did what, on what, when, from which log-in, and what came of it.

Lines are only ever appended. Each carries the SHA-256 of itself and of the line before, so that a
changed or missing line shows; META keeps the head, so that lines missing at the end show, too.
Whoever can write the database can write all of it anew: against that a head noted elsewhere
(the node's log has every one) is compared. Of enterprises it holds nothing but ids.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field
from sqlalchemy import select

from node.model import Model
from node.people.actor import Actor
from node.store.private import Account, TrailRow
from node.store.tables import table_of

if TYPE_CHECKING:
    from node.store import Reading, Writing

BEGUN, DONE, REFUSED, FAILED = "begun", "done", "refused", "failed"
"""What came of an act; one that was begun and nothing else was cut short by the node's end."""

HEAD = "trail"
"""Where META keeps the last line's number and link."""

TARGET_CHARS_MAX = 64
_ACTOR, _TARGET = r"^[A-Za-z0-9_-]{0,64}$", r"^[A-Za-z0-9_.:/-]{0,64}$"
_TRAIL = table_of(TrailRow)
_ACCOUNT = table_of(Account)
_CHAINED = ("seq", "at_ms", "actor", "role", "session", "act", "target", "result", "of")


class Line(Model):
    """One line as it is kept; ``at_ms`` Unix ms, ``of`` the line that said the act begins."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    seq: int
    at_ms: int
    actor: str
    role: str
    session: str
    act: str
    target: str
    result: str
    of: int | None
    link: str


class NamedLine(Line):
    """A line with the name the actor logs in with."""

    name: str = ""


class LineQuery(Model):
    """Which lines, newest first; ``before`` leaves out a line and all after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actor: Annotated[str, Field(pattern=_ACTOR, description="an account's id")] = ""
    target: Annotated[str, Field(pattern=_TARGET, description="an entry or row")] = ""
    before: Annotated[int, Field(ge=0, le=2**53, description="0: the newest")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="lines at most")] = 50


class Verdict(Model):
    """Whether the trail is whole: how many lines, its head, and the first line that is not right.

    ``head`` is what to note down elsewhere; ``is_known`` says whether the head given is in it.
    """

    is_whole: bool
    lines: int
    head: str
    wrong_seq: int | None = None
    wrong: str = ""
    is_known: bool | None = None


def append(
    tx: "Writing",
    at_ms: int,
    actor: Actor | None,
    act: str,
    target: str,
    result: str,
    of: int | None = None,
) -> Line:
    """Write the next line, in the transaction of what it tells of.

    Args:
        at_ms: when, Unix ms.
        actor: who; None for somebody who is not known.
        act: the operation.
        target: the id of the entry, row or account; never a name.
        result: begun, done, refused or failed.
        of: the line that said it begins.
    """
    last, _, link = (tx.meta(HEAD) or "0 ").partition(" ")
    told: dict[str, Any] = {
        "seq": int(last) + 1,
        "at_ms": at_ms,
        "actor": actor.id if actor else "",
        "role": actor.role or "" if actor else "",
        "session": actor.session if actor else "",
        "act": act,
        "target": target[:TARGET_CHARS_MAX],
        "result": result,
        "of": of,
    }
    line = Line(**told, link=_link(link, told))
    tx.insert(TrailRow, [line.model_dump()])
    tx.set_meta(HEAD, f"{line.seq} {line.link}")
    return line


def _link(before: str, told: Mapping[str, Any]) -> str:
    text = json.dumps([told[name] for name in _CHAINED], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def find(reading: "Reading", query: LineQuery) -> list[NamedLine]:
    """Lines, newest first."""
    name = select(_ACCOUNT.c.name).where(_ACCOUNT.c.id == _TRAIL.c.actor).scalar_subquery()
    wanted = select(_TRAIL, name.label("name")).order_by(_TRAIL.c.seq.desc()).limit(query.limit)
    if query.actor:
        wanted = wanted.where(_TRAIL.c.actor == query.actor)
    if query.target:
        wanted = wanted.where(_TRAIL.c.target == query.target)
    if query.before:
        wanted = wanted.where(_TRAIL.c.seq < query.before)
    rows = reading.connection.execute(wanted).mappings()
    return [NamedLine(**{**row, "name": row["name"] or ""}) for row in rows]


def verify(reading: "Reading", known: str = "") -> Verdict:
    """Compute every link anew, from the first line to the head.

    Args:
        known: a head noted earlier, ``NUMBER LINK``; empty for none.
    """
    head = reading.meta(HEAD) or "0 "
    link, count, is_known = "", 0, None if not known else known == "0 "
    query = select(_TRAIL).order_by(_TRAIL.c.seq).execution_options(yield_per=1_000)
    for row in reading.connection.execute(query).mappings():
        count += 1
        if row["seq"] != count:
            return _wrong(count, "is missing", count - 1, head)
        link = _link(link, dict(row))
        if link != row["link"]:
            return _wrong(count, "or one before it was changed", count, head)
        is_known = is_known or (f"{count} {link}" == known if known else None)
    if f"{count} {link}" != head:
        return _wrong(count + 1, "and all after it are missing", count, head)
    if is_known is False:
        wrong = "The head noted earlier is not in this trail: it was written anew."
        return Verdict(is_whole=False, lines=count, head=head, wrong=wrong, is_known=False)
    return Verdict(is_whole=True, lines=count, head=head, is_known=is_known)


def _wrong(seq: int, what: str, lines: int, head: str) -> Verdict:
    return Verdict(
        is_whole=False, lines=lines, head=head, wrong_seq=seq, wrong=f"Line {seq} {what}."
    )
