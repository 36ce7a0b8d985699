"""Asking for the next page while the last one is being taken in."""

import asyncio
from collections.abc import Awaitable, Callable

from protocol.messages import ChangesRequest, Request
from protocol.page import Page


class Ahead:
    """Sends a conversation's requests, and of a long feed the next page one step ahead.

    A page that is not short says that the next will be asked for: transfer and storing overlap,
    and one page at most lies in memory.
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
        if isinstance(request, ChangesRequest) and isinstance(reply, Page) and reply.more:
            self._expect(request.model_copy(update={"after": str(reply.cursor), "wait_s": 0}))
        return reply

    def cancel(self) -> None:
        """Forget what is under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _expect(self, request: ChangesRequest) -> None:
        async def send() -> object:
            return await self._send(request)

        self._request = request
        self._task = asyncio.create_task(send(), name="page ahead")
        self._task.add_done_callback(_heed)


def _heed(task: "asyncio.Task[object]") -> None:
    """Nobody need hear of a failure ahead: who asks again meets it again."""
    if not task.cancelled():
        task.exception()
