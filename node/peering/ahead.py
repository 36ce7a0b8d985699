"""Asking for the next page while the last one is being taken in."""

import asyncio
from collections.abc import Awaitable, Callable

from protocol.limits import BODY_BYTES_MAX, HEADER_BYTES_MAX, PAGE_BYTES_MAX
from protocol.messages import ChangesRequest, RangesRequest, Request
from protocol.page import LogText, Page

FULL_BYTES = PAGE_BYTES_MAX - BODY_BYTES_MAX - HEADER_BYTES_MAX - 2
"""An answer longer than this may have had no room for one entry more."""


class Ahead:
    """Sends a conversation's requests, and of a long feed or one log the next piece one step ahead.

    A page that is not short, or a range that fills an answer, says that the next will be asked
    for: transfer and storing overlap, and one piece at most lies in memory.
    """

    def __init__(self, ask: Callable[[Request], Awaitable[object]]) -> None:
        """Send by ``ask``."""
        self._send = ask
        self._request: Request | None = None
        self._task: asyncio.Task[object] | None = None

    async def ask(self, request: Request) -> object:
        """Answer a request, from ahead if it is the one that was expected; raises as ``ask``."""
        task = self._task
        if task is not None and self._request == request:
            self._task = None
            reply = await task
        else:
            self.cancel()
            reply = await self._send(request)
        expected = _next_request(request, reply)
        if expected is not None:
            self._expect(expected)
        return reply

    def cancel(self) -> None:
        """Forget what is under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _expect(self, request: Request) -> None:
        async def send() -> object:
            return await self._send(request)

        self._request = request
        self._task = asyncio.create_task(send(), name="page ahead")
        self._task.add_done_callback(_heed)


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


def _heed(task: "asyncio.Task[object]") -> None:
    """Nobody need hear of a failure ahead: who asks again meets it again."""
    if not task.cancelled():
        task.exception()
