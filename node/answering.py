"""What a node answers to other stations: :func:`protocol.sync.respond` over one look at the store,
and the waiting for news (SPEC 7). The same for a running node and a simulated one."""

from node.peering.host import Host
from node.store import StoreView
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.messages import ChangesRequest, Request
from protocol.page import Page
from protocol.sync import REGISTRY_ONLY, Response, check_caller, check_held, respond

_REGISTRY = REGISTRY_ONLY[0].encode()


async def answer(host: Host, caller: str | None, request: Request, me: str) -> Response:
    """Answer anything but a push.

    Args:
        host: the node.
        caller: whose request it is, None for nobody's.
        request: what is asked.
        me: the own key the caller means.

    Raises:
        Refused: what :func:`protocol.sync.respond` refuses.
    """
    if isinstance(request, ChangesRequest):
        return await _next_page(host, caller, request, me)
    return await _look(host, caller, request, me)


def check_push(host: Host, caller: str | None, text: bytes) -> bool:
    """Check that the caller may push this: the registry anyone, the rest members; is it a member?

    Raises:
        Refused: ``not-admitted``.
    """
    if caller is None:
        raise Refused(Code.NOT_ADMITTED, "entries are taken from signed requests only")
    is_member = host.roster.is_admitted(caller, host.now_ms())
    if not is_member and not _is_registry(text):
        raise Refused(Code.NOT_ADMITTED, "only member stations may push more than the registry")
    return is_member


def _is_registry(text: bytes) -> bool:
    """Whether every header line names the registry channel."""
    headers = text.split(b"\n")[0:-1:2]
    return all(line.split(b" ", 4)[3:4] == [_REGISTRY] for line in headers)


async def _look(host: Host, caller: str | None, request: Request, me: str) -> Response:
    roster, now_ms = host.roster, host.now_ms()
    return await host.read(
        lambda reading: respond(
            StoreView(reading, host.network, me, roster, host.channels),
            caller,
            request,
            now_ms,
            me,
        )
    )


async def _next_page(host: Host, caller: str | None, wanted: ChangesRequest, me: str) -> Page:
    """The page asked for; when it is short and empty, wait for a better one (SPEC 7.3)."""
    end_ms = host.elapsed_ms() + wanted.wait_s * 1000
    check_caller(host.roster, caller, wanted.channels, host.now_ms())
    check_held(host.channels, wanted.channels)
    _note_follower(host, caller, wanted)
    if caller is not None:
        host.holdings.note_request(caller, wanted, (host.feed_epoch, host.position))
    if _is_up_to_date(host, wanted):
        await host.wait_beyond(host.position, wanted.wait_s * 1000)
    page = await _page(host, caller, wanted, me)
    while not page.text and not page.more:
        left_ms = end_ms - host.elapsed_ms()
        if left_ms <= 0 or not await host.wait_beyond(page.cursor.position, left_ms):
            break
        again = wanted.model_copy(update={"after": str(page.cursor)})
        page = await _page(host, caller, again, me)
    _note_follower(host, caller, wanted)
    return page


async def _page(host: Host, caller: str | None, wanted: ChangesRequest, me: str) -> Page:
    page = await _look(host, caller, wanted, me)
    assert isinstance(page, Page)
    return page


def _is_up_to_date(host: Host, wanted: ChangesRequest) -> bool:
    """Whether the caller has read this feed to its end: no need to look before waiting."""
    cursor = wanted.cursor
    return cursor is not None and cursor == Cursor(
        host.feed_epoch, host.position, filter_digest(wanted.channels)
    )


def _note_follower(host: Host, caller: str | None, wanted: ChangesRequest) -> None:
    """Remember that a member follows this node: one that takes every run needs no push."""
    if caller is not None and host.roster.is_admitted(caller):
        host.followers.note(caller, host.now_ms(), in_full=not wanted.heads)
