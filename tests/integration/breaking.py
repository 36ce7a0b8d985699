"""A line between two nodes that breaks: a TCP proxy on loopback that cuts connections."""

import asyncio
from types import TracebackType
from typing import Self


class BreakingLine:
    """Passes on what a caller sends to ``port``, and cuts each connection after so many bytes.

    ``sent`` counts the bytes that went through towards the port, ``breaks`` the cuts.
    """

    def __init__(self, port: int, bytes_max: int) -> None:
        """Lay no line yet."""
        self.sent = 0
        self.breaks = 0
        self._port = port
        self._bytes_max = bytes_max
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where callers dial."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        far, to_far = await asyncio.open_connection("127.0.0.1", self._port)
        pumps = (self._send(near, to_far), self._return(far, to_near))
        tasks = {asyncio.create_task(each) for each in pumps}
        self._tasks |= tasks
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for writer in (to_near, to_far):
            writer.transport.abort()
        self._tasks -= tasks

    async def _send(self, near: asyncio.StreamReader, to_far: asyncio.StreamWriter) -> None:
        left = self._bytes_max
        while left > 0:
            piece = await near.read(min(left, 65_536))
            if not piece:
                return
            left -= len(piece)
            self.sent += len(piece)
            to_far.write(piece)
            await to_far.drain()
        self.breaks += 1

    async def _return(self, far: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        while piece := await far.read(65_536):
            to_near.write(piece)
            await to_near.drain()
