"""What a mail says: how many new notices there are, what is public of them, where to read them."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from node.calendar import moment_of
from node.console.render import translate
from node.console.words import TABLES
from node.notices.inbox import NoticeView
from node.notices.wording import say_outside

LISTED_MAX = 20
_BEIJING = timezone(timedelta(hours=8))


class Text(NamedTuple):
    """A mail's subject and text."""

    subject: str
    text: str


def _say(name: str, lang: str, **places: object) -> str:
    return translate(TABLES["mail"][name], lang, **places)


def write_letter(
    person: str, station: str, notices: Sequence[NoticeView], lang: str, link: str
) -> Text:
    """A mail about new notices.

    Args:
        person: whom it is to.
        station: how this station is called.
        notices: the new ones, newest first, one at least.
        lang: zh or en.
        link: the console's address, empty where it cannot be reached from elsewhere.
    """
    count = len(notices)
    subject = _say("subject", lang, count=count, station=station)
    lines = [_say("greeting", lang, person=person), ""]
    lines += [_say("new", lang, count=count, station=station), ""]
    for each in notices[:LISTED_MAX]:
        said = say_outside(each.kind, each.given, lang)
        lines.append(f"· {moment_of(each.at_ms)[:16]}  {said}")
    if count > LISTED_MAX:
        lines.append(_say("more", lang, count=count - LISTED_MAX))
    lines += ["", _say("read", lang) if not link else _say("read-at", lang, link=f"{link}/inbox")]
    return Text(subject, "\n".join([*lines, *_ending(lang)]))


def write_test(station: str, lang: str) -> Text:
    """A mail by which somebody sees that mail arrives."""
    said = _say("test", lang, station=station)
    return Text(_say("test-subject", lang, station=station), "\n".join([said, *_ending(lang)]))


def _ending(lang: str) -> list[str]:
    return ["", "--", _say("ending", lang), ""]


def build_message(id_: str, sender: str, to: str, station: str, text: Text, at_ms: int) -> bytes:
    """The mail as it goes over the wire; the same row gives the same bytes each time.

    Args:
        id_: the left part of its Message-ID.
        sender: the address it comes from.
        to: the address it goes to.
        station: how the sender is called.
        text: subject and text.
        at_ms: when it was written, Unix ms.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(station, addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = text.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(at_ms / 1000, _BEIJING))
    message["Message-ID"] = f"<{id_}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.text, cte="base64")
    return message.as_bytes()
