"""Requests from node to node as bytes through the real codecs, over simulated wires."""

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from node.errors import NodeError, UnreachableError
from node.simulation.scheduler import Bell, Listen, Pause, Process, Scheduler
from node.simulation.trace import Trace
from node.simulation.weather import Weather
from protocol.errors import Code, Refused
from protocol.exchange import ROOT, Form, decode_answer, encode_request
from protocol.messages import (
    ChangesRequest,
    Request,
)
from protocol.requests import sign_request
from protocol.sync import Response

if TYPE_CHECKING:
    from node.simulation.machine import SimNode

TIMEOUT_MS = 20_000
BYTES_PER_MS = 12_500
"""100 Mbit/s: what a message's size adds to its way."""
HTTP_BYTES = 700
"""Request line, signature fields and status line of one exchange, both ways."""


class Arrived(NamedTuple):
    """A request at its receiver's door: its form and the fields that sign it."""

    form: Form
    fields: dict[str, str]


class Answer(NamedTuple):
    """An answer on its way: its content, or the code of a problem document (None: a 5xx)."""

    content: bytes
    is_problem: bool = False
    code: Code | None = None


Answering = Generator[Pause | Listen, bool, Answer]


@dataclass(slots=True)
class Call:
    """A request under way: who waits for its answer, and the answer."""

    bell: Bell = field(default_factory=Bell)
    answer: Answer | None = None
    is_over: bool = False


@dataclass(slots=True)
class Traffic:
    """What one node sent and was sent."""

    requests: int = 0
    served: int = 0
    bytes_out: int = 0
    bytes_in: int = 0


class Wire:
    """Every connection of a world."""

    def __init__(
        self,
        scheduler: Scheduler,
        weather: Weather,
        trace: Trace,
        answer: "Callable[[SimNode, Arrived], Answering]",
        *,
        signs: bool = True,
    ) -> None:
        """Lay the wires.

        Args:
            answer: what a node does with a request that arrived.
            signs: sign every request and check it, as HTTP does; a country at rest may spare it.
        """
        self.weather = weather
        self.signs = signs
        self._scheduler = scheduler
        self._trace = trace
        self.kinds: Counter[str] = Counter()
        """Requests by what they ask."""
        self._doors: dict[str, SimNode] = {}
        self._answer = answer

    def open_door(self, url: str, node: "SimNode") -> None:
        """Let a node answer at an address."""
        self._doors[url] = node

    def ask(
        self, asking: "SimNode", url: str, key: str, request: Request
    ) -> Generator[Pause | Listen, bool, Response]:
        """Send a request to a station and read its answer, as :class:`node.outbound.Outbound`.

        Raises:
            Refused: what the station refused, or bytes of it that are no answer.
            UnreachableError: it did not answer.
        """
        form = encode_request(request)
        fields: dict[str, str] = {}
        if self.signs:
            at_s = asking.clock.now_ms() // 1000
            fields = sign_request(
                asking.keyring.signing, key, form.method, ROOT + form.path, form.query, form.body,
                at_s,
            )  # fmt: skip
        call = Call()
        wait_s = request.wait_s if isinstance(request, ChangesRequest) else 0
        asking.traffic.requests += 1
        self.kinds[type(request).__name__.removesuffix("Request").lower()] += 1
        self._send(asking, url, form, fields, call)
        if not call.is_over:
            yield Listen(call.bell, TIMEOUT_MS + wait_s * 1000)
        call.is_over = True
        if call.answer is None:
            raise UnreachableError(f"{url} did not answer")
        return read_answer(request, call.answer)

    def _send(
        self, asking: "SimNode", url: str, form: Form, fields: dict[str, str], call: Call
    ) -> None:
        """The request's way there; lost on it, nothing ever comes back."""
        weather = self.weather
        node = self._doors.get(url)
        size = len(form.path) + len(form.query) + len(form.body) + HTTP_BYTES
        asking.traffic.bytes_out += size
        if node is None or weather.is_lost(asking.name, node.name):
            return
        for _ in range(2 if weather.is_repeated() else 1):
            spoiled = form._replace(
                query=weather.pass_through(form.query.encode()).decode("latin-1"),
                body=weather.pass_through(form.body),
            )
            arrived = Arrived(spoiled, fields or {"Caller": asking.keyring.public})
            way_ms = weather.transit_ms() + size // BYTES_PER_MS
            self._bring(way_ms, asking, node, arrived, call, size)

    def _bring(
        self, way_ms: int, asking: "SimNode", node: "SimNode", arrived: Arrived, call: Call,
        size: int,
    ) -> None:  # fmt: skip
        """So much later the request is at its receiver's door."""
        self._scheduler.after(way_ms, partial(self._arrive, asking, node, arrived, call, size))

    def _arrive(
        self, asking: "SimNode", node: "SimNode", arrived: Arrived, call: Call, size: int
    ) -> None:
        if not node.is_up:
            self._finish(asking, call, Answer(b"", is_problem=True))
            return
        self._trace.note(node.name, f"<- {asking.name} {arrived.form.path[:14]} {size}")
        node.traffic.served += 1
        node.traffic.bytes_in += size
        node.run(self._serve(asking, node, arrived, call))

    def _serve(self, asking: "SimNode", node: "SimNode", arrived: Arrived, call: Call) -> Process:
        answer = yield from self._answer(node, arrived)
        content = self.weather.pass_through(answer.content)
        node.traffic.bytes_out += len(content)
        if self.weather.is_lost(node.name, asking.name):
            return
        sent = Answer(content, answer.is_problem, answer.code)
        way_ms = self.weather.transit_ms() + len(content) // BYTES_PER_MS
        self._return(way_ms, asking, call, sent)

    def _return(self, way_ms: int, asking: "SimNode", call: Call, answer: Answer) -> None:
        """So much later the answer is with whoever asked."""
        self._scheduler.after(way_ms, partial(self._finish, asking, call, answer))

    def _finish(self, asking: "SimNode", call: Call, answer: Answer) -> None:
        """The answer is there; whoever asked may have given up, or heard another copy before."""
        asking.traffic.bytes_in += len(answer.content)
        if not call.is_over:
            call.is_over = True
            call.answer = answer
            call.bell.ring()


def read_answer(request: Request, answer: Answer) -> Response:
    """What an answer says to a request.

    Raises:
        Refused: a refusal, or bytes that are no answer.
        UnreachableError: the station failed.
    """
    if answer.is_problem:
        if answer.code is None:
            raise UnreachableError("the station failed")
        raise Refused(answer.code, answer.content.decode("utf-8", "replace"))
    return decode_answer(request, answer.content)


def problem_of(error: Refused | NodeError) -> Answer:
    """The problem document for what went wrong."""
    if isinstance(error, Refused):
        return Answer(error.detail.encode(), is_problem=True, code=error.code)
    return Answer(error.message.encode(), is_problem=True)
