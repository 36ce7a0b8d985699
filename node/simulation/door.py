"""How requests reach a simulated node and answers leave it: :mod:`node.web.sync` less HTTP."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from node.answering import answer as answer_request
from node.answering import check_push
from node.errors import NodeError
from node.simulation.host import steps
from node.simulation.scheduler import Listen, Pause
from node.simulation.wire import Answer, Arrived, problem_of
from protocol.errors import Code, Refused
from protocol.exchange import ROOT, decode_request
from protocol.messages import PushRequest, Request, write_outcomes
from protocol.requests import check_request
from protocol.sync import Response

if TYPE_CHECKING:
    from node.simulation.machine import SimNode


def answer(node: "SimNode", arrived: Arrived) -> Generator[Pause | Listen, bool, Answer]:
    """Answer a request that arrived at a node."""
    try:
        caller = _caller(node, arrived)
        form = arrived.form
        request = decode_request(form.method, form.path, form.query, form.body)
        node.heard_from(caller)
        response = yield from steps(lambda: _respond(node, request, caller))
    except (Refused, NodeError) as error:
        if isinstance(error, Refused) and error.code is Code.CURSOR_EXPIRED:
            node.world.happened["pruned feed"] += 1
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


async def _respond(node: "SimNode", request: Request, caller: str) -> Response:
    if isinstance(request, PushRequest):
        check_push(node.host, caller, request.text)
        return write_outcomes(node.ingest.receive(request.text, caller))
    return await answer_request(node.host, caller, request, node.keyring.public)
