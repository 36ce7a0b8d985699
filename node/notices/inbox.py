"""Who sees which notices, and what was read and dealt with."""

import json
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update

from node.errors import NotFoundError
from node.model import Model
from node.people.actor import Actor
from node.people.permissions import Act
from node.store import NoticeRead, NoticeRow, table_of

if TYPE_CHECKING:
    from node.store import Reading, Writing

_NOTICE = table_of(NoticeRow)
_READ = table_of(NoticeRead)


class NoticeView(Model):
    """A notice: ``given`` are the places of its text, ``text`` the text in the language asked for.

    Times in Unix ms; ``read_ms`` is the reader's own, ``done_ms`` the station's.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    seq: int
    kind: str
    subject: str
    given: dict[str, str]
    link: str
    at_ms: int
    read_ms: int | None
    done_ms: int | None
    done_by: str
    text: str = ""


class InboxQuery(Model):
    """Which notices, newest first; ``before`` leaves out a notice and all told after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unread: Annotated[bool, Field(description="only those the reader has not read")] = False
    open: Annotated[bool, Field(description="only those nobody has dealt with")] = False
    kind: Annotated[str, Field(max_length=40, description="only of this kind")] = ""
    before: Annotated[int, Field(ge=0, le=2**53, description="seq; 0: the newest")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="notices at most")] = 50


def for_reader(actor: Actor) -> ColumnElement[bool]:
    """The condition that a notice is for somebody: for their role, or for their account."""
    acts = [str(act) for act in Act if actor.may(act)]
    by_role = and_(_NOTICE.c.account == "", _NOTICE.c.act.in_(acts))
    return literal(True) if actor.role is None else or_(by_role, _NOTICE.c.account == actor.id)


def _read_by(actor: Actor) -> ColumnElement[bool]:
    return and_(_READ.c.notice == _NOTICE.c.id, _READ.c.account == actor.id)


def _is_unread(actor: Actor) -> ColumnElement[bool]:
    read = select(_READ.c.notice).where(_READ.c.account == actor.id)
    return and_(_NOTICE.c.done_ms.is_(None), _NOTICE.c.id.not_in(read))


def count_unread(reading: "Reading", actor: Actor) -> int:
    """How many notices somebody has not read and nobody has dealt with."""
    query = select(func.count()).select_from(_NOTICE).where(for_reader(actor), _is_unread(actor))
    return int(reading.connection.execute(query).scalar() or 0)


def find(reading: "Reading", actor: Actor, query: InboxQuery) -> list[NoticeView]:
    """Notices for somebody, the newest first."""
    at = _READ.c.at_ms.label("read_ms")
    wanted = select(_NOTICE, at).select_from(_NOTICE.outerjoin(_READ, _read_by(actor)))
    wanted = wanted.where(for_reader(actor))
    if query.unread:
        wanted = wanted.where(_is_unread(actor))
    if query.open:
        wanted = wanted.where(_NOTICE.c.done_ms.is_(None))
    if query.kind:
        wanted = wanted.where(_NOTICE.c.kind == query.kind)
    if query.before:
        wanted = wanted.where(_NOTICE.c.seq < query.before)
    rows = reading.connection.execute(wanted.order_by(_NOTICE.c.seq.desc()).limit(query.limit))
    return [
        NoticeView.model_validate({**row, "given": json.loads(row["given"])})
        for row in rows.mappings()
    ]


def mark_read(tx: "Writing", actor: Actor, at_ms: int, id_: str) -> None:
    """Note that somebody has read a notice; once is enough.

    Raises:
        NotFoundError: there is no such notice for them.
    """
    _check_there(tx, actor, id_)
    if not tx.connection.execute(select(_READ).where(_has_read(actor, id_))).first():
        tx.insert(NoticeRead, [{"notice": id_, "account": actor.id, "at_ms": at_ms}])


def _has_read(actor: Actor, id_: str) -> ColumnElement[bool]:
    return and_(_READ.c.notice == id_, _READ.c.account == actor.id)


def mark_all_read(tx: "Writing", actor: Actor, at_ms: int) -> int:
    """Note that somebody has read all there is for them; how many were unread."""
    query = select(_NOTICE.c.id).where(for_reader(actor), _is_unread(actor))
    ids = list(tx.connection.execute(query).scalars())
    if ids:
        rows = [{"notice": id_, "account": actor.id, "at_ms": at_ms} for id_ in ids]
        tx.insert(NoticeRead, rows)
    return len(ids)


def mark_done(tx: "Writing", actor: Actor, at_ms: int, id_: str) -> None:
    """Note that a notice is dealt with, for everybody it is for.

    Raises:
        NotFoundError: there is no such notice for them.
    """
    _check_there(tx, actor, id_)
    still = and_(_NOTICE.c.id == id_, _NOTICE.c.done_ms.is_(None))
    tx.connection.execute(update(_NOTICE).where(still).values(done_ms=at_ms, done_by=actor.id))


def _check_there(reading: "Reading", actor: Actor, id_: str) -> None:
    query = select(_NOTICE.c.id).where(_NOTICE.c.id == id_, for_reader(actor))
    if not reading.connection.execute(query).first():
        raise NotFoundError(f"There is no notice {id_} for you.", "List your inbox again.")
