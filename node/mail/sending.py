"""The job that writes mails about new notices and hands them to the server (must-have 6).

A mail is put into the outbox in the transaction that moves the mark of what its reader was told,
so each notice is in one mail. Before its text goes out that is written down, and after the answer
what it was: a node that dies in between never sends the mail again by itself, since the server may
have it; the manager sees it as unsure.
"""

import asyncio
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from node.capability import Job, Workplace
from node.mail import addresses, outbox
from node.mail.letters import Text, build_message, write_letter
from node.mail.smtp import Conversation
from node.notices import inbox
from node.notices.inbox import InboxQuery
from node.people.actor import Actor
from node.people.permissions import Role
from node.store import Account, MailAddress, NoticeRow, table_of
from node.workdays import is_working_day
from protocol.keys import digest

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from node.mail.outbox import MailView
    from node.store import Reading, Writing

EVERY_S = 10
BUNDLE_MS = 10 * 60_000
"""Who is told at once gets a mail at most this often; what comes meanwhile is in the next."""
NOTICES_MAX = 200
MAILS_MAX = 100
"""Mails in one run of the job."""
DOWN_MS = 60_000
_BEIJING = timezone(timedelta(hours=8))
_ADDRESS = table_of(MailAddress)
_ACCOUNT = table_of(Account)
_NOTICE = table_of(NoticeRow)


async def send_mail(node: Workplace) -> None:
    """Write what is to be written, then send what waits."""
    if not node.mail.host:
        return
    me = node.roster.station_of(node.keyring.signing.public)
    station, link, now_ms = me.name if me else "驿站", node.mail.link, node.clock.now_ms()
    if await node.store.aread(lambda reading: _has_work(reading, now_ms)):
        await node.store.awrite(lambda tx: write_mails(tx, station, link, now_ms))
    await _send_waiting(node, station)


def _has_work(reading: "Reading", now_ms: int) -> bool:
    if outbox.count(reading).get("handing"):
        return True
    return any(_is_due(row, now_ms) for row in _readers(reading))


def _readers(reading: "Reading") -> list["RowMapping"]:
    """Accounts that want mail and have not been told of the newest notice."""
    newest = reading.connection.execute(select(func.max(_NOTICE.c.seq))).scalar() or 0
    joined = _ADDRESS.join(_ACCOUNT, _ACCOUNT.c.id == _ADDRESS.c.account)
    query = select(_ADDRESS, _ACCOUNT.c.name, _ACCOUNT.c.person, _ACCOUNT.c.role).select_from(
        joined
    )
    wanted = (
        _ADDRESS.c.way != "none",
        _ADDRESS.c.refused == "",
        _ACCOUNT.c.disabled_ms.is_(None),
        (_ADDRESS.c.told_seq < newest) | (_ADDRESS.c.way == "daily"),
    )
    return list(reading.connection.execute(query.where(*wanted)).mappings())


def _is_due(row: "RowMapping", now_ms: int) -> bool:
    if row["way"] == "at-once":
        return now_ms - int(row["told_ms"]) >= BUNDLE_MS
    now = datetime.fromtimestamp(now_ms / 1000, _BEIJING)
    hour = now.replace(hour=int(row["hour"]), minute=0, second=0, microsecond=0)
    told = datetime.fromtimestamp(int(row["told_ms"]) / 1000, _BEIJING)
    return is_working_day(date(now.year, now.month, now.day)) and told < hour <= now


def write_mails(tx: "Writing", station: str, link: str, now_ms: int) -> None:
    """One mail for each reader who is due and has something new to read.

    Args:
        tx: in which the marks move, too.
        station: how this station is called.
        link: the console's address.
        now_ms: Unix ms.
    """
    outbox.doubt_handed(tx, now_ms)
    outbox.forget_old(tx, now_ms)
    newest = tx.connection.execute(select(func.max(_NOTICE.c.seq))).scalar() or 0
    for row in _readers(tx):
        if not _is_due(row, now_ms):
            continue
        actor = Actor(row["account"], Role(row["role"]), row["name"], row["person"])
        found = inbox.find(tx, actor, InboxQuery(unread=True, limit=NOTICES_MAX))
        new = [e for e in found if e.seq > row["told_seq"] and e.kind != "mail.failed"]
        if new:
            id_ = digest(f"{row['account']} {row['told_seq']} {newest}".encode())
            text = write_letter(row["person"], station, new, row["lang"], link)
            outbox.put(tx, id_, row["account"], row["address"], text, now_ms)
        if new or row["way"] == "daily":
            told = {"told_seq": newest, "told_ms": now_ms}
            of = _ADDRESS.c.account == row["account"]
            tx.connection.execute(update(_ADDRESS).where(of).values(**told))


async def _send_waiting(node: Workplace, station: str) -> None:
    talk: Conversation | None = None
    try:
        for _ in range(MAILS_MAX):
            now_ms = node.clock.now_ms()
            found = await node.store.aread(lambda each: outbox.next_waiting(each, now_ms))  # noqa: B023
            if found is None:
                return
            if talk is None:
                talk = Conversation(node.mail)
                answer = await asyncio.to_thread(talk.open)
                if not answer.is_good:
                    await _hold(node, found[0], answer.text)
                    return
            if not await _send(node, talk, station, *found):
                return
    finally:
        if talk is not None:
            await asyncio.to_thread(talk.close)


async def _hold(node: Workplace, mail: "MailView", answer: str) -> None:
    """The server cannot be reached or does not let us in: nothing goes out for a while."""
    now_ms = node.clock.now_ms()

    def write(tx: "Writing") -> None:
        outbox.note_later(tx, mail, answer, now_ms)
        outbox.hold_all(tx, now_ms + DOWN_MS)

    await node.store.awrite(write)


async def _send(
    node: Workplace, talk: Conversation, station: str, mail: "MailView", text: str
) -> bool:
    """Send one mail; False where the conversation is over."""
    answer, is_address = await asyncio.to_thread(talk.begin, node.mail.sender, mail.address)
    now_ms = node.clock.now_ms()
    if not answer.is_good:

        def refuse(tx: "Writing") -> None:
            if answer.is_final and is_address:
                outbox.note_failed(tx, mail, answer.text, now_ms)
                if answer.is_about_address:
                    addresses.flag_refused(tx, mail.address, answer.text)
            else:
                outbox.note_later(tx, mail, answer.text, now_ms)

        await node.store.awrite(refuse)
        return answer.code not in (0, 421)
    content = build_message(
        mail.id, node.mail.sender, mail.address, station, Text(mail.subject, text), mail.created_ms
    )
    await node.store.awrite(lambda tx: outbox.begin_handing(tx, mail.id, now_ms))
    handed = await asyncio.to_thread(talk.hand, content)
    at_ms = node.clock.now_ms()

    def note(tx: "Writing") -> None:
        if handed.is_good:
            outbox.note_sent(tx, mail.id, handed.text, at_ms)
        elif handed.code == 0:
            outbox.note_failed(tx, mail, handed.text, at_ms, "unsure")
        elif handed.is_final:
            outbox.note_failed(tx, mail, handed.text, at_ms)
        else:
            outbox.note_later(tx, mail, handed.text, at_ms)

    await node.store.awrite(note)
    return handed.code not in (0, 421)


JOB = Job("send-mail", EVERY_S, send_mail)
