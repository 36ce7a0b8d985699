"""The inbox as operations of the API: whoever asks sees what is for them."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from node.capability import Route
from node.console.render import say_notice
from node.model import Model
from node.notices import inbox
from node.notices.inbox import InboxQuery, NoticeView
from node.people.actor import Actor
from node.people.permissions import Act

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

Lang = Literal["zh", "en"]


class NoticePath(Model):
    """The id in the address: of a notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class ListQuery(InboxQuery):
    """Which notices, and in which language their texts are."""

    lang: Lang = "zh"


class Inbox(Model):
    """Notices, newest first, and how many of all there are unread."""

    unread: int
    items: list[NoticeView]


class Marked(Model):
    """How many notices were noted as read."""

    count: int


async def list_notices(node: "Node", actor: Actor, query: ListQuery) -> Inbox:
    """What there is for whoever asks."""
    wanted = InboxQuery.model_validate(query.model_dump(exclude={"lang"}))

    def look(reading: "Reading") -> Inbox:
        found = inbox.find(reading, actor, wanted)
        return Inbox(unread=inbox.count_unread(reading, actor), items=found)

    seen = await node.store.aread(look)
    items = [_worded(each, query.lang) for each in seen.items]
    return Inbox(unread=seen.unread, items=items)


def _worded(each: NoticeView, lang: str) -> NoticeView:
    return each.model_copy(update={"text": say_notice(each.kind, each.given, lang)})


async def read_notice(node: "Node", actor: Actor, path: NoticePath) -> NoticePath:
    """Note that whoever asks has read a notice."""
    now_ms = node.clock.now_ms()
    await node.store.awrite(lambda tx: inbox.mark_read(tx, actor, now_ms, path.id))
    return path


async def read_all_notices(node: "Node", actor: Actor) -> Marked:
    """Note that whoever asks has read all there is for them."""
    now_ms = node.clock.now_ms()
    count = await node.store.awrite(lambda tx: inbox.mark_all_read(tx, actor, now_ms))
    return Marked(count=count)


async def finish_notice(node: "Node", actor: Actor, path: NoticePath) -> NoticePath:
    """Note that a notice is dealt with, for everybody it is for."""
    now_ms = node.clock.now_ms()
    await node.store.awrite(lambda tx: inbox.mark_done(tx, actor, now_ms, path.id))
    return path


ROUTES = (
    Route("GET", "/inbox", list_notices, "What there is to know and to do", ("D13",), act=Act.OWN),
    Route(
        "POST", "/inbox/read", read_all_notices, "Note all notices as read", ("D13",), act=Act.OWN
    ),
    Route("POST", "/inbox/{id}/read", read_notice, "Note a notice as read", ("D13",), act=Act.OWN),
    Route(
        "POST", "/inbox/{id}/done", finish_notice, "Note a notice as done", ("D13",), act=Act.OWN
    ),
)
