"""Asking for the next pages while the last ones are being taken in."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from protocol.limits import BODY_BYTES_MAX, HEADER_BYTES_MAX, PAGE_BYTES_MAX
from protocol.messages import ChangesRequest, RangesRequest, Request
from protocol.page import LogText, Page

FULL_BYTES = PAGE_BYTES_MAX - BODY_BYTES_MAX - HEADER_BYTES_MAX - 2
"""An answer longer than this may have had no room for one entry more."""
TOGETHER = 3
"""So many pieces are handed over as one at the most: a transaction costs an fsync, and however few
entries it holds, it writes nearly every page of the indexes by id."""


class _Piece(NamedTuple):
    """What was asked for ahead, and the answer to come."""

    request: Request
    answer: "asyncio.Task[object]"


class Ahead:
    """Sends a conversation's requests, and of a long feed or one log the next pieces ahead.

    A page that is not short, or a range that fills an answer, says that the next will be asked
    for: transfer and storing overlap, and a few pieces at most lie in memory. Those that are here
    already when the first of them is asked for come as one.
    """

    def __init__(self, ask: Callable[[Request], Awaitable[object]]) -> None:
        """Send by ``ask``."""
        self._send = ask
        self._pieces: deque[_Piece] = deque()
        self._next: Request | None = None

    async def ask(self, request: Request) -> object:
        """Answer a request, from ahead if it is the one that was expected; raises as ``ask``."""
        if self._pieces and self._pieces[0].request == request:
            reply = await self._pieces.popleft().answer
            for _ in range(TOGETHER - 1):
                reply = self._with_what_is_here(reply)
        else:
            self.cancel()
            reply = await self._send(request)
            self._next = _next_request(request, reply)
        self._look_ahead()
        return reply

    def cancel(self) -> None:
        """Forget what is under way."""
        self._next = None
        pieces, self._pieces = self._pieces, deque()
        for piece in pieces:
            piece.answer.cancel()

    def _with_what_is_here(self, reply: object) -> object:
        """A piece and the one after it, if that is here."""
        if not self._pieces or not _has_come(self._pieces[0].answer):
            return reply
        both = _joined(reply, self._pieces[0].answer.result())
        if both is None:
            return reply
        self._pieces.popleft()
        return both

    def _look_ahead(self) -> None:
        """Ask for one piece more, if it is known which and there is room for it."""
        request = self._next
        if request is None or len(self._pieces) >= TOGETHER:
            return
        self._next = None

        async def send() -> object:
            return await self._send(request)

        piece = _Piece(request, asyncio.create_task(send(), name="page ahead"))
        pieces = self._pieces
        pieces.append(piece)
        piece.answer.add_done_callback(lambda _: self._heed(piece, pieces))

    def _heed(self, piece: _Piece, pieces: deque[_Piece]) -> None:
        """Go on from what came, unless its pieces were forgotten since.

        Nobody need hear of a failure ahead: who asks again meets it again.
        """
        if _has_come(piece.answer) and pieces is self._pieces:
            self._next = _next_request(piece.request, piece.answer.result())
            self._look_ahead()


def _has_come(answer: "asyncio.Task[object]") -> bool:
    return answer.done() and not answer.cancelled() and answer.exception() is None


def _joined(first: object, second: object) -> object | None:
    """Two pieces as one; None where they are not of one kind, or the first ends within a line."""
    if not isinstance(first, Page | LogText) or first.text[-1:] not in (b"", b"\n"):
        return None
    if isinstance(first, Page) and isinstance(second, Page):
        return second._replace(text=first.text + second.text)
    if isinstance(first, LogText) and isinstance(second, LogText):
        return LogText(first.text + second.text)
    return None


def _next_request(request: Request, reply: object) -> Request | None:
    """What will be asked next if all goes well, None where this answer was the last."""
    if isinstance(request, ChangesRequest) and isinstance(reply, Page) and reply.more:
        return request.model_copy(update={"after": str(reply.cursor), "wait_s": 0})
    if isinstance(request, RangesRequest) and isinstance(reply, LogText):
        (author, channel, epoch, first, last), *others = request.ranges
        reached = first + reply.text.count(b"\n") // 2
        if not others and len(reply.text) > FULL_BYTES and reached <= last:
            return RangesRequest(ranges=((author, channel, epoch, reached, last),))
    return None
