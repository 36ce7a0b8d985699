"""Log-ins that last: made, found by the secret a browser keeps, listed, ended.

A session ends by itself when it was idle too long, and in any case some hours after the log-in
(SP 800-63B-4, 5.2). The store has a digest of the secret, so a copy of it opens nothing.
"""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, and_, delete, select, update

from node.errors import NotFoundError
from node.model import Model
from node.people.actor import Actor
from node.people.permissions import Role
from node.store.private import Account, SessionRow
from node.store.tables import table_of

if TYPE_CHECKING:
    from node.store import Reading, Writing

SEEN_EVERY_MS = 60_000
"""That somebody is still there is written down this often."""
KEPT_MS = 30 * 24 * 3_600_000
"""Ended sessions are listed for so long, then forgotten; the audit trail names them on."""
AGENT_CHARS_MAX = 200

_SESSION = table_of(SessionRow)
_ACCOUNT = table_of(Account)


class Lifetime(NamedTuple):
    """How long a session lasts: without a request, and in all; milliseconds."""

    idle_ms: int
    total_ms: int


class Found(NamedTuple):
    """A session in force: who it is, and when it was last written down as seen (Unix ms)."""

    actor: Actor
    seen_ms: int


class SessionView(Model):
    """A log-in in force; times in Unix ms."""

    id: str
    account: str
    name: str
    person: str
    created_ms: int
    seen_ms: int
    ends_ms: int
    address: str
    agent: str


def digest_of(secret: str) -> str:
    """What the store keeps of a session's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create(tx: "Writing", row: SessionRow, now_ms: int) -> None:
    """Keep a new session, and forget those that ended long ago."""
    old = now_ms - KEPT_MS
    tx.connection.execute(delete(_SESSION).where(_SESSION.c.seen_ms < old))
    tx.insert(SessionRow, [row.model_dump()])


def find_by_secret(
    reading: "Reading", secret: str, now_ms: int, lifetime: Lifetime
) -> Found | None:
    """Whose session a secret is, as its account stands now; None when it has ended."""
    query = (
        select(
            _SESSION.c.id.label("session"),
            _SESSION.c.seen_ms,
            _ACCOUNT.c.id,
            _ACCOUNT.c.name,
            _ACCOUNT.c.person,
            _ACCOUNT.c.role,
            _ACCOUNT.c.is_temporary,
        )
        .join(_ACCOUNT, _ACCOUNT.c.id == _SESSION.c.account)
        .where(_SESSION.c.digest == digest_of(secret), _is_in_force(now_ms, lifetime))
    )
    row = reading.connection.execute(query).mappings().first()
    return None if row is None else Found(_actor(row), row["seen_ms"])


def _actor(row: RowMapping) -> Actor:
    return Actor(
        id=row["id"],
        role=Role(row["role"]),
        name=row["name"],
        person=row["person"],
        session=row["session"],
        must_change=row["is_temporary"],
    )


def _is_in_force(now_ms: int, lifetime: Lifetime) -> ColumnElement[bool]:
    return and_(
        _SESSION.c.ended_ms.is_(None),
        _SESSION.c.seen_ms > now_ms - lifetime.idle_ms,
        _SESSION.c.created_ms > now_ms - lifetime.total_ms,
        _ACCOUNT.c.disabled_ms.is_(None),
    )


def find(
    reading: "Reading", now_ms: int, lifetime: Lifetime, account: str = ""
) -> list[SessionView]:
    """The sessions in force, of one account or of all, the one used last first."""
    query = (
        select(_SESSION, _ACCOUNT.c.name, _ACCOUNT.c.person)
        .join(_ACCOUNT, _ACCOUNT.c.id == _SESSION.c.account)
        .where(_is_in_force(now_ms, lifetime))
        .order_by(_SESSION.c.seen_ms.desc(), _SESSION.c.id)
    )
    if account:
        query = query.where(_SESSION.c.account == account)
    return [
        SessionView(**row, ends_ms=row["created_ms"] + lifetime.total_ms)
        for row in reading.connection.execute(query).mappings()
    ]


def touch(tx: "Writing", id_: str, now_ms: int) -> None:
    """Note that a session was used."""
    later = and_(_SESSION.c.id == id_, _SESSION.c.seen_ms < now_ms)
    tx.connection.execute(update(_SESSION).where(later).values(seen_ms=now_ms))


def end(tx: "Writing", id_: str, now_ms: int, *, account: str = "") -> None:
    """End one session.

    Args:
        id_: the session's id.
        now_ms: when, Unix ms.
        account: whose it has to be; empty for anybody's.

    Raises:
        NotFoundError: there is no such session in force (of that account).
    """
    wanted = and_(_SESSION.c.id == id_, _SESSION.c.ended_ms.is_(None))
    if account:
        wanted = and_(wanted, _SESSION.c.account == account)
    ended = tx.connection.execute(update(_SESSION).where(wanted).values(ended_ms=now_ms))
    if ended.rowcount == 0:
        raise NotFoundError("There is no such session in force.", "List them again.")


def end_all(tx: "Writing", account: str, now_ms: int, *, but: str = "") -> None:
    """End every session of an account, except the one named ``but``."""
    wanted = and_(
        _SESSION.c.account == account, _SESSION.c.ended_ms.is_(None), _SESSION.c.id != but
    )
    tx.connection.execute(update(_SESSION).where(wanted).values(ended_ms=now_ms))
