"""Desks about mail: one's own address, and how mail fares for the manager."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from node.capability import Capability, Desk, Done, Visit
from node.errors import InvalidError
from node.mail.addresses import AddressInput
from node.mail.routes import (
    ROUTES,
    MailPath,
    TrialInput,
    get_own_address,
    send_mail_again,
    send_test_mail,
    set_own_address,
    show_mail,
)
from node.mail.sending import JOB
from node.people.permissions import Act
from node.people.recording import record

if TYPE_CHECKING:
    from node.app import Node

MAIL, OWN = "/mail", "/me/mail"
WAYS = ("daily", "at-once", "none")
HOURS = range(7, 20)


async def build_own(node: "Node", visit: Visit) -> Mapping[str, object]:
    """Where and how often one is told by mail."""
    return {
        "mail": await get_own_address(node, visit.known),
        "ways": WAYS,
        "hours": HOURS,
        "host": node.mail.host,
        "changed": "changed" in visit.query,
    }


async def submit_own(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Set where and how often one is told by mail."""
    hour = form.get("hour", "9")
    given = {
        "address": form.get("address", "").strip(),
        "way": form.get("way", ""),
        "hour": int(hour) if hour.isdecimal() and len(hour) < 3 else -1,
        "lang": form.get("lang", "zh"),
    }
    try:
        wanted = AddressInput.model_validate(given)
    except ValidationError:
        raise InvalidError("The form is not filled in right.", "Choose from the lists.") from None
    me = visit.known
    await record(node, me, "set_own_address", me.id, lambda: set_own_address(node, me, wanted))
    return Done(f"{OWN}?changed=1")


async def build_mail(node: "Node", visit: Visit) -> Mapping[str, object]:
    """How mail fares: what waits, what failed, whose address is refused."""
    return {"status": await show_mail(node), "tested": "tested" in visit.query}


async def submit_mail(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Send a test mail, or one that was given up again."""
    me = visit.known
    match form.get("do"):
        case "test":
            wanted = TrialInput(address=form.get("address", "").strip()[:254])
            await record(node, me, "send_test_mail", "", lambda: send_test_mail(node, me, wanted))
            return Done(f"{MAIL}?tested=1")
        case "again":
            id_ = form.get("mail", "")
            try:
                path = MailPath(id=id_)
            except ValidationError:
                raise InvalidError("There is no such mail.", "Send the form again.") from None
            await record(node, me, "send_mail_again", id_, lambda: send_mail_again(node, path))
            return Done(MAIL)
        case _:
            raise InvalidError("The form does not say what to do.", "Send it from the page again.")


CAPABILITY = Capability(
    name="mail",
    title="邮件提醒",
    serves=("D13",),
    routes=ROUTES,
    desks=(
        Desk(OWN, "me_mail.html", "邮件提醒", build_own, Act.OWN, submit_own),
        Desk(MAIL, "mail.html", "邮件", build_mail, Act.ACCOUNTS, submit_mail, "邮件"),
    ),
    jobs=(JOB,),
)
