"""The mails that are to go out: each is one row, its state says whether it may be sent (again)."""

from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import delete, func, select, update

from node.errors import ConflictError, NotFoundError
from node.model import Model
from node.notices.telling import tell
from node.store import MailRow, table_of

if TYPE_CHECKING:
    from node.mail.letters import Text
    from node.store import Reading, Writing

KEPT_MS = 30 * 24 * 3_600_000
"""Mails that were sent are forgotten after so long."""
GIVE_UP_MS = 4 * 24 * 3_600_000
FIRST_PAUSE_MS = 60_000
LONGEST_PAUSE_MS = 4 * 3_600_000
AGAIN = ("failed", "unsure")

_MAIL = table_of(MailRow)


class MailView(Model):
    """A mail as it is shown, without its text; times in Unix ms, ``next_ms`` while it waits."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    account: str
    address: str
    subject: str
    state: str
    tries: int
    created_ms: int
    next_ms: int
    changed_ms: int
    answer: str


def put(tx: "Writing", id_: str, account: str, address: str, text: "Text", now_ms: int) -> None:
    """Put a mail into the outbox, unless it is there already."""
    if find_one(tx, id_) is None:
        row = {
            "id": id_, "account": account, "address": address, "subject": text.subject,
            "text": text.text, "state": "waiting", "tries": 0, "created_ms": now_ms,
            "next_ms": now_ms, "changed_ms": now_ms, "answer": "",
        }  # fmt: skip
        tx.insert(MailRow, [row])


def find_one(reading: "Reading", id_: str) -> MailView | None:
    """The mail of this id, or None."""
    row = reading.connection.execute(select(_MAIL).where(_MAIL.c.id == id_)).first()
    return None if row is None else MailView.model_validate(row)


def find(reading: "Reading", limit: int) -> list[MailView]:
    """The newest mails."""
    query = select(_MAIL).order_by(_MAIL.c.created_ms.desc(), _MAIL.c.id).limit(limit)
    return [MailView.model_validate(row) for row in reading.connection.execute(query)]


def count(reading: "Reading") -> dict[str, int]:
    """How many mails stand in each state."""
    query = select(_MAIL.c.state, func.count()).group_by(_MAIL.c.state).order_by(_MAIL.c.state)
    return dict(reading.connection.execute(query).all())


def next_waiting(reading: "Reading", now_ms: int) -> tuple[MailView, str] | None:
    """The mail that has waited longest of those that may be sent now, and its text."""
    due = (_MAIL.c.state == "waiting") & (_MAIL.c.next_ms <= now_ms)
    query = select(_MAIL).where(due).order_by(_MAIL.c.created_ms, _MAIL.c.id).limit(1)
    row = reading.connection.execute(query).first()
    return None if row is None else (MailView.model_validate(row), str(row.text))


def begin_handing(tx: "Writing", id_: str, now_ms: int) -> None:
    """Write down that the text of a mail is on its way, before it is."""
    _change(tx, id_, state="handing", changed_ms=now_ms)


def note_sent(tx: "Writing", id_: str, answer: str, now_ms: int) -> None:
    """Write down that the server has taken a mail: it is never sent again."""
    _change(tx, id_, state="sent", answer=answer, changed_ms=now_ms)


def note_later(tx: "Writing", mail: MailView, answer: str, now_ms: int) -> None:
    """Try a mail again, each time later; after some days give it up."""
    if now_ms - mail.created_ms >= GIVE_UP_MS:
        note_failed(tx, mail, answer, now_ms)
        return
    pause = min(FIRST_PAUSE_MS << min(mail.tries, 16), LONGEST_PAUSE_MS)
    _change(
        tx, mail.id, state="waiting", tries=mail.tries + 1, next_ms=now_ms + pause,
        changed_ms=now_ms, answer=answer,
    )  # fmt: skip


def hold_all(tx: "Writing", until_ms: int) -> None:
    """Nothing is sent before a moment, since the server cannot be reached."""
    waiting = (_MAIL.c.state == "waiting") & (_MAIL.c.next_ms < until_ms)
    tx.connection.execute(update(_MAIL).where(waiting).values(next_ms=until_ms))


def note_failed(
    tx: "Writing", mail: MailView, answer: str, now_ms: int, state: str = "failed"
) -> None:
    """Give a mail up and tell the manager.

    Args:
        state: failed, or unsure where the server may have it.
    """
    _change(tx, mail.id, state=state, answer=answer, changed_ms=now_ms)
    tell(tx, now_ms, "mail.failed", mail.id, key=state, given={"address": mail.address})


def doubt_handed(tx: "Writing", now_ms: int) -> None:
    """Of mails that were on their way when the node died nobody knows whether they arrived."""
    rows = tx.connection.execute(select(_MAIL).where(_MAIL.c.state == "handing")).all()
    for row in rows:
        note_failed(tx, MailView.model_validate(row), "the node stopped", now_ms, "unsure")


def doubt_unsent(tx: "Writing", now_ms: int) -> None:
    """After a restore: what waited when the backup was made may have been sent since."""
    unsent = _MAIL.c.state.in_(["waiting", "handing"])
    known = {"state": "unsure", "answer": "restored from a backup", "changed_ms": now_ms}
    tx.connection.execute(update(_MAIL).where(unsent).values(**known))


def send_again(tx: "Writing", id_: str, now_ms: int) -> MailView:
    """Try a mail again that was given up, with the same Message-ID.

    Raises:
        NotFoundError: there is no such mail.
        ConflictError: it was sent, or will be by itself.
    """
    mail = find_one(tx, id_)
    if mail is None:
        raise NotFoundError(f"There is no mail {id_}.", "List them: yizhan mail status.")
    if mail.state not in AGAIN:
        raise ConflictError(
            f"That mail is {mail.state}.", "Only failed and unsure ones wait for you."
        )
    _change(tx, id_, state="waiting", tries=0, created_ms=now_ms, next_ms=now_ms, changed_ms=now_ms)
    return mail.model_copy(update={"state": "waiting"})


def forget_old(tx: "Writing", now_ms: int) -> None:
    """Forget what was sent long ago."""
    old = (_MAIL.c.state == "sent") & (_MAIL.c.changed_ms < now_ms - KEPT_MS)
    tx.connection.execute(delete(_MAIL).where(old))


def _change(tx: "Writing", id_: str, **values: object) -> None:
    tx.connection.execute(update(_MAIL).where(_MAIL.c.id == id_).values(**values))
