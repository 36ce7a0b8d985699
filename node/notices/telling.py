"""Telling of something once, and noting that it is dealt with, inside the caller's transaction."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from node.notices.kinds import KINDS
from node.people.permissions import Act
from node.store import NoticeRow, table_of
from protocol.keys import digest

if TYPE_CHECKING:
    from node.store import Reading, Writing
    from protocol.roster import Roster

GIVEN_CHARS_MAX = 200
STATION = "station"
"""Who dealt with a notice that dealt with itself."""

_NOTICE = table_of(NoticeRow)


@dataclass(frozen=True)
class Told:
    """For whom and in which transaction is told: this station, by this roster, at this time."""

    tx: "Writing"
    roster: "Roster"
    me: str
    keys: frozenset[str]
    now_ms: int

    def name(self, station: str) -> str:
        """How a station is called."""
        found = self.roster.stations.get(station)
        return found.name if found is not None else station[:8]


def notice_id(kind: str, subject: str, key: str = "", account: str = "") -> str:
    """The id of the notice of a fact."""
    return digest(json.dumps([kind, subject, key, account]).encode())


def tell(
    tx: "Writing",
    at_ms: int,
    kind: str,
    subject: str = "",
    *,
    key: str = "",
    given: Mapping[str, object] | None = None,
    account: str = "",
    act: Act | None = None,
    link: str | None = None,
) -> bool:
    """Tell of a fact, unless it was told before.

    Args:
        tx: the transaction of the fact itself, or of the mark up to which was looked.
        at_ms: now, Unix ms.
        kind: one of :data:`KINDS`.
        subject: the id of the entry or row it is about, for the link and to settle it.
        key: what tells two facts of one kind and subject apart, such as an entry's id or a day.
        given: the places of its text; never an enterprise's name where the kind is public.
        account: the one account it is for; empty for every role that may ``act``.
        act: what a role must allow, if not the kind's.
        link: the path of the page, if not the kind's.

    Returns:
        Whether it is new.
    """
    kept = KINDS[kind]
    id_ = notice_id(kind, subject, key, account)
    if tx.connection.execute(select(_NOTICE.c.id).where(_NOTICE.c.id == id_)).first():
        return False
    newest = tx.connection.execute(select(func.max(_NOTICE.c.seq))).scalar() or 0
    places = {name: str(value)[:GIVEN_CHARS_MAX] for name, value in (given or {}).items()}
    row = {
        "id": id_,
        "seq": newest + 1,
        "kind": kind,
        "subject": subject,
        "act": str(act or kept.act),
        "account": account,
        "given": json.dumps(places, ensure_ascii=False),
        "link": kept.link.format(subject) if link is None else link,
        "at_ms": at_ms,
        "done_ms": None,
        "done_by": "",
    }
    tx.insert(NoticeRow, [row])
    return True


def settle(
    tx: "Writing", at_ms: int, kinds: Iterable[str], subject: str, *, but: Iterable[str] = ()
) -> int:
    """Note as done what was told of a subject, since nobody need see to it any more.

    Args:
        tx: the transaction of what settled it.
        at_ms: now, Unix ms.
        kinds: the kinds that are settled.
        subject: as it was told.
        but: ids of notices that stay open.

    Returns:
        How many were open.
    """
    wanted = (
        _NOTICE.c.kind.in_(list(kinds)),
        _NOTICE.c.subject == subject,
        _NOTICE.c.done_ms.is_(None),
        _NOTICE.c.id.not_in(list(but)),
    )
    done = update(_NOTICE).where(*wanted).values(done_ms=at_ms, done_by=STATION)
    return int(tx.connection.execute(done).rowcount)


def find_given(reading: "Reading", subject: str) -> dict[str, str] | None:
    """The places of the last notice about a subject; None where nothing was told of it."""
    query = select(_NOTICE.c.given).where(_NOTICE.c.subject == subject)
    held = reading.connection.execute(query.order_by(_NOTICE.c.seq.desc()).limit(1)).scalar()
    return None if held is None else {str(k): str(v) for k, v in json.loads(held).items()}
