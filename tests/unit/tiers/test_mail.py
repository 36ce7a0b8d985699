"""Mail by a real server: what is sent once, what is tried again, what is given up (must-have 6)."""

import asyncio
import email
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP

from node.backup import create_backup, restore_backup
from node.errors import ConflictError, InvalidError, NotAllowedError
from node.mail import addresses, outbox
from node.mail.addresses import AddressInput
from node.mail.outbox import MailView
from node.mail.routes import (
    AccountPath,
    MailPath,
    TrialInput,
    send_mail_again,
    send_test_mail,
    set_address,
    set_own_address,
    show_mail,
)
from node.mail.sending import BUNDLE_MS, send_mail
from node.notices import tell
from node.people import OPERATOR, Actor, Role, accounts
from node.settings import MailConfig
from node.store import Account, Store, Writing
from tests.builders import Country
from tests.unit.tiers.desk import Desk, open_desk

HOUR_MS = 3_600_000
BROKER = Actor("broker", Role.BROKER, "wang", "王五")
AT_ONCE = AddressInput(address="wang@station.example", way="at-once")


class Server:
    """A mail server on a free port; ``says`` is what it answers, by the command it answers to."""

    def __init__(self) -> None:
        self.says: dict[str, list[str]] = {}
        self.mails: list[EmailMessage] = []
        self.texts: list[bytes] = []

    def _answer(self, to: str, else_: str) -> str:
        given = self.says.get(to)
        return given.pop(0) if given else else_

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self._answer("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self._answer("DATA", "250 taken")
        if answer.startswith("250"):
            self.texts.append(envelope.content)
            read = email.message_from_bytes(envelope.content, policy=default)
            self.mails.append(cast(EmailMessage, read))
        return answer

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, loop=loop), "127.0.0.1", 0)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def desk(country: Country, tmp_path: Path, server: Server) -> AsyncIterator[Desk]:
    made = open_desk(country.national, country, tmp_path / "desk")
    made.ingest.receive(country.national.text(), "peer")
    listening = await server.listen()
    made.mail = MailConfig(
        host="127.0.0.1", port=listening.sockets[0].getsockname()[1], security="none",
        sender="node@station.example", link="https://station.example",
    )  # fmt: skip
    give_account(made, BROKER)
    yield made
    listening.close()
    made.store.close()


def give_account(desk: Desk, actor: Actor) -> None:
    row = Account(
        id=actor.id, name=actor.name, person=actor.person, role=str(actor.role), password="-",
        is_temporary=False, created_ms=0, password_ms=0,
    )  # fmt: skip
    desk.store.write(lambda tx: accounts.create(tx, row))


def happen(desk: Desk, *keys: str, kind: str = "referral.requested") -> None:
    given = {"station": "杭州站", "title": "尾矿回收", "search": "秘密词"}

    def write(tx: Writing) -> None:
        for key in keys:
            tell(tx, desk.clock.now_ms(), kind, key, given=given)

    desk.store.write(write)


async def wait_and_send(desk: Desk, ms: int = 0) -> list[MailView]:
    desk.clock.now += ms
    await send_mail(desk.node)
    return desk.store.read(lambda reading: outbox.find(reading, 50))


async def test_new_notices_are_in_one_mail_and_in_no_second_one(desk: Desk, server: Server) -> None:
    happen(desk, "before")
    await set_own_address(desk.node, BROKER, AT_ONCE)
    happen(desk, "a", "b")
    happen(desk, "c", kind="match.found")
    for _ in range(3):
        mails = await wait_and_send(desk, BUNDLE_MS)

    assert [each.state for each in mails] == ["sent"]
    (mail,) = server.mails
    text = mail.get_content()
    assert "3 条新通知" in str(mail["Subject"])
    assert mail["To"] == "wang@station.example"
    assert mail["Message-ID"] == f"<{mails[0].id}@station.example>"
    assert text.count("杭州站将需求“尾矿回收”转介到本站，请受理") == 2
    assert "匹配提醒" in text
    assert "秘密词" not in text
    assert "https://station.example/inbox" in text

    happen(desk, "d")
    await wait_and_send(desk, BUNDLE_MS)
    assert "1 条新通知" in str(server.mails[1]["Subject"])


async def test_what_comes_within_ten_minutes_is_in_the_next_mail(
    desk: Desk, server: Server
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    happen(desk, "a")
    await wait_and_send(desk)
    happen(desk, "b")
    await wait_and_send(desk, BUNDLE_MS // 2)
    assert len(server.mails) == 1

    happen(desk, "c")
    await wait_and_send(desk, BUNDLE_MS // 2)
    assert "2 条新通知" in str(server.mails[1]["Subject"])


async def test_a_digest_comes_at_its_hour_on_working_days_only(desk: Desk, server: Server) -> None:
    daily = AT_ONCE.model_copy(update={"way": "daily", "hour": 9, "lang": "en"})
    await set_own_address(desk.node, BROKER, daily)
    hours = []
    for hour in range(10 * 24):
        happen(desk, str(hour))
        before = len(server.mails)
        await wait_and_send(desk, HOUR_MS)
        if len(server.mails) > before:
            hours.append(desk.clock.now_ms())

    days = [(ms + 8 * HOUR_MS) // (24 * HOUR_MS) for ms in hours]
    assert len(days) == len(set(days))
    assert 4 <= len(days) < 10
    assert {(ms + 8 * HOUR_MS) // HOUR_MS % 24 for ms in hours} == {9}
    assert "new notices for you" in str(server.mails[0]["Subject"])
    assert "refers the need" in server.mails[0].get_content()


async def test_a_server_that_is_down_delays_a_mail_and_loses_none(
    desk: Desk, server: Server
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    up = desk.mail
    desk.mail = up.model_copy(update={"port": 1})
    happen(desk, "a")
    for _ in range(3):
        mails = await wait_and_send(desk, 10_000)
    assert [(each.state, each.tries) for each in mails] == [("waiting", 1)]
    assert "Refused" in mails[0].answer

    desk.mail = up
    mails = await wait_and_send(desk, HOUR_MS)

    assert [each.state for each in mails] == ["sent"]
    assert len(server.mails) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_a_mail_refused_for_now_is_tried_later(
    desk: Desk, server: Server, command: str
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    server.says[command] = ["451 4.7.1 greylisted", "451 4.7.1 greylisted"]
    happen(desk, "a")
    states = [(await wait_and_send(desk, ms))[0].state for ms in (0, 10_000, HOUR_MS, HOUR_MS)]

    assert states == ["waiting", "waiting", "waiting", "sent"]
    assert len(server.mails) == 1


async def test_an_address_that_does_not_exist_is_flagged_and_the_manager_told(
    desk: Desk, server: Server
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    server.says["RCPT"] = ["550 5.1.1 no such user"]
    happen(desk, "a")
    await wait_and_send(desk)
    happen(desk, "b")
    await wait_and_send(desk, HOUR_MS)

    status = await show_mail(desk.node)
    assert status.counts == {"failed": 1}
    assert status.addresses[0].refused == "550 5.1.1 no such user"
    assert server.mails == []
    assert desk.store.read(lambda each: _kinds(each)) == ["mail.failed"]

    await set_own_address(desk.node, BROKER, AT_ONCE)
    happen(desk, "c")
    await wait_and_send(desk, HOUR_MS)
    assert len(server.mails) == 1


def _kinds(reading: Any) -> list[str]:
    from node.notices.inbox import InboxQuery, find

    return [e.kind for e in find(reading, OPERATOR, InboxQuery()) if e.kind == "mail.failed"]


async def test_a_text_that_is_refused_for_good_is_given_up_and_can_be_sent_again(
    desk: Desk, server: Server
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    server.says["DATA"] = ["554 5.7.1 looks like spam"]
    happen(desk, "a")
    (mail,) = await wait_and_send(desk)
    assert (mail.state, mail.answer) == ("failed", "554 5.7.1 looks like spam")

    await send_mail_again(desk.node, MailPath(id=mail.id))
    (again,) = await wait_and_send(desk, HOUR_MS)

    assert (again.id, again.state) == (mail.id, "sent")
    with pytest.raises(ConflictError, match="is sent"):
        await send_mail_again(desk.node, MailPath(id=mail.id))


class Killed(BaseException):
    """The process was killed here."""


@pytest.mark.parametrize("moment", ["note_sent", "begin_handing"])
async def test_a_node_killed_while_it_sends_sends_no_mail_twice(
    desk: Desk, server: Server, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    happen(desk, "a")

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(outbox, moment, die)
        with pytest.raises(Killed):
            await send_mail(desk.node)
    for _ in range(3):
        (mail,) = await wait_and_send(desk, HOUR_MS)

    assert len(server.mails) == 1
    assert mail.state == ("unsure" if moment == "note_sent" else "sent")


async def test_a_mail_that_waited_when_a_backup_was_made_is_not_sent_by_the_restored_node(
    desk: Desk, server: Server, tmp_path: Path
) -> None:
    await set_own_address(desk.node, BROKER, AT_ONCE)
    up = desk.mail
    desk.mail = up.model_copy(update={"port": 1})
    happen(desk, "a")
    await wait_and_send(desk)
    file = tmp_path / "backup"
    create_backup("sqlite:///node.db", tmp_path / "desk", file)
    folder = tmp_path / "new"
    folder.mkdir()
    restore_backup("sqlite:///node.db", folder, file, desk.clock)

    restored = Store.open("sqlite:///node.db", folder)
    try:
        assert restored.read(outbox.count) == {"unsure": 1}
    finally:
        restored.close()


async def test_the_wire_takes_a_line_that_begins_with_a_dot_and_a_name_in_chinese(
    desk: Desk, server: Server
) -> None:
    with pytest.raises(InvalidError, match="no mail address"):
        await send_test_mail(desk.node, BROKER, TrialInput(address="a b@c\r\nBcc: d@e"))
    await send_test_mail(desk.node, BROKER, TrialInput(address="x@y.example"))
    await wait_and_send(desk)

    (mail,) = server.mails
    assert str(mail["From"]).startswith(desk.me.name if desk.me else "-")
    assert "测试邮件" in mail.get_content()
    assert all(len(line) <= 998 for line in server.texts[0].split(b"\r\n"))


async def test_addresses_are_ones_own_or_set_by_a_manager(desk: Desk) -> None:
    path = AccountPath(name="wang")
    view = await set_address(desk.node, path, AT_ONCE)
    assert (view.account, view.person) == (BROKER.id, "王五")
    with pytest.raises(NotAllowedError):
        await set_own_address(desk.node, OPERATOR, AT_ONCE)
    with pytest.raises(InvalidError):
        await set_address(desk.node, path, AT_ONCE.model_copy(update={"address": "nobody"}))
    held = desk.store.read(addresses.find_all)
    assert [each.address for each in held] == ["wang@station.example"]


async def test_without_a_server_nothing_is_written_and_a_test_mail_is_refused(desk: Desk) -> None:
    desk.mail = MailConfig()
    await set_own_address(desk.node, BROKER, AT_ONCE)
    happen(desk, "a")
    assert await wait_and_send(desk) == []
    with pytest.raises(ConflictError, match="No mail server"):
        await send_test_mail(desk.node, BROKER, TrialInput(address="x@y.example"))
