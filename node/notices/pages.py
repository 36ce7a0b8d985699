"""The inbox as a desk: what there is for somebody, read and dealt with from the page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.capability import Capability, Desk, Done, Visit
from node.errors import InvalidError
from node.notices import arrivals, dues, inbox
from node.notices.inbox import InboxQuery
from node.notices.routes import ROUTES
from node.people.permissions import Act

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

INBOX = "/inbox"
ROWS = 30
SHOWN = ("unread", "open", "all")


async def build_inbox(node: "Node", visit: Visit) -> Mapping[str, object]:
    """Notices for whoever looks, newest first."""
    actor = visit.known
    shown = visit.query.get("show", "unread")
    shown = shown if shown in SHOWN else "unread"
    before = visit.query.get("before", "")
    query = InboxQuery(
        unread=shown == "unread",
        open=shown == "open",
        before=int(before) if before.isdecimal() and len(before) < 16 else 0,
        limit=ROWS + 1,
    )

    def look(reading: "Reading") -> dict[str, object]:
        found = inbox.find(reading, actor, query)
        return {
            "notices": found[:ROWS],
            "next_before": found[ROWS - 1].seq if len(found) > ROWS else 0,
            "unread": inbox.count_unread(reading, actor),
        }

    return {**await node.store.aread(look), "shown": shown}


async def submit_inbox(node: "Node", visit: Visit, form: Mapping[str, str]) -> Done:
    """Note a notice as read or done, or all as read; reading one leads to its page."""
    actor, now_ms, id_ = visit.known, node.clock.now_ms(), form.get("notice", "")
    match form.get("do"):
        case "read":
            await node.store.awrite(lambda tx: inbox.mark_read(tx, actor, now_ms, id_))
        case "done":
            await node.store.awrite(lambda tx: inbox.mark_done(tx, actor, now_ms, id_))
        case "all":
            await node.store.awrite(lambda tx: inbox.mark_all_read(tx, actor, now_ms))
        case _:
            raise InvalidError("The form does not say what to do.", "Send it from the page again.")
    shown = form.get("show", "")
    return Done(f"{INBOX}?show={shown}" if shown in SHOWN else INBOX)


CAPABILITY = Capability(
    name="notices",
    title="通知",
    serves=("D9", "D13"),
    channels=("registry", "referrals", "performance"),
    routes=ROUTES,
    desks=(Desk(INBOX, "inbox.html", "收件箱", build_inbox, Act.OWN, submit_inbox, "收件箱"),),
    jobs=(arrivals.JOB, dues.JOB),
)
