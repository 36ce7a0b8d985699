"""What a simulated node answers: the twin of :mod:`node.web.sync`, without HTTP."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from node.errors import NodeError
from node.simulation.scheduler import Listen, Pause
from node.simulation.wire import Answer, Arrived, problem_of
from node.store import StoreView
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Refused
from protocol.exchange import ROOT, decode_request
from protocol.messages import ChangesRequest, PushRequest, Request, write_outcomes
from protocol.page import Page
from protocol.requests import check_request
from protocol.sync import Response, check_caller, respond

if TYPE_CHECKING:
    from node.simulation.machine import SimNode

Answering = Generator[Pause | Listen, bool, Response]


def answer(node: "SimNode", arrived: Arrived) -> Generator[Pause | Listen, bool, Answer]:
    """Answer a request that arrived at a node."""
    try:
        caller = _caller(node, arrived)
        form = arrived.form
        request = decode_request(form.method, form.path, form.query, form.body)
        node.heard_from(caller)
        response = yield from _respond(node, request, caller)
    except (Refused, NodeError) as error:
        return problem_of(error)
    content = node.tamper(request, response) if node.tamper else response.encode()
    return Answer(content)


def _caller(node: "SimNode", arrived: Arrived) -> str:
    form, fields = arrived.form, arrived.fields
    if not node.world.wire.signs:
        return fields["Caller"]
    now_s = node.clock.now_ms() // 1000
    me = node.keyring.public
    return check_request(fields, form.method, ROOT + form.path, form.query, form.body, me, now_s)


def _respond(node: "SimNode", request: Request, caller: str) -> Answering:
    if isinstance(request, PushRequest):
        if not _is_registry(request.text):
            check_caller(node.roster, caller, (), node.clock.now_ms())
        return write_outcomes(node.ingest.receive(request.text, caller))
    if isinstance(request, ChangesRequest):
        return (yield from _next_page(node, request, caller))
    return _look(node, request, caller)


def _is_registry(text: bytes) -> bool:
    """Whether every header line names the registry channel; anyone may push that."""
    headers = text.split(b"\n")[0:-1:2]
    return all(line.split(b" ", 4)[3:4] == [b"registry"] for line in headers)


def _next_page(
    node: "SimNode", request: ChangesRequest, caller: str
) -> Generator[Pause | Listen, bool, Page]:
    """The page asked for; when it is short and empty, wait for a better one (SPEC 7.3)."""
    end = node.world.clock.now + request.wait_s * 1000
    check_caller(node.roster, caller, request.channels, node.clock.now_ms())
    _note_follower(node, caller)
    if _is_up_to_date(node, request):
        yield from node.wait_beyond(node.position, request.wait_s * 1000)
    page = _look(node, request, caller)
    assert isinstance(page, Page)
    while not page.text and not page.more and node.world.clock.now < end:
        left_ms = end - node.world.clock.now
        if not (yield from node.wait_beyond(page.cursor.position, left_ms)):
            break
        page = _look(node, request.model_copy(update={"after": str(page.cursor)}), caller)
        assert isinstance(page, Page)
    _note_follower(node, caller)
    return page


def _is_up_to_date(node: "SimNode", request: ChangesRequest) -> bool:
    cursor = request.cursor
    return cursor is not None and cursor == Cursor(
        node.feed_epoch, node.position, filter_digest(request.channels)
    )


def _look(node: "SimNode", request: Request, caller: str) -> Response:
    now_ms, me = node.clock.now_ms(), node.keyring.public
    network, roster = node.network.id, node.roster
    return node.store.read(
        lambda reading: respond(
            StoreView(reading, network, me, roster), caller, request, now_ms, me
        )
    )


def _note_follower(node: "SimNode", caller: str) -> None:
    if node.roster.is_admitted(caller):
        node.followers[caller] = node.clock.now_ms()
