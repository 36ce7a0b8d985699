"""Wires that fail: a proxy for each way from one node to another, each in a loop of their own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from threading import Thread
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

HOST = "127.0.0.1"
PIECE = 16 * 1024


class Way(NamedTuple):
    """From one node, which dials, to another."""

    dialler: str
    target: str


class Proxy:
    """One way between two nodes: forwards, breaks off after so many bytes, or lets nothing by."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.is_cut = False
        self.bytes_max: Callable[[], int] | None = None
        self.broken = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()
        await self.hang_up()

    async def hang_up(self) -> None:
        """End every connection that is open now."""
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        await asyncio.gather(task, return_exceptions=True)
        writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            return
        far_reader, far_writer = await asyncio.open_connection(HOST, self.target_port)
        left = [1 << 60 if self.bytes_max is None else self.bytes_max()]
        there = asyncio.create_task(self._pump(reader, far_writer, left))
        back = asyncio.create_task(self._pump(far_reader, writer, left))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            far_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]
    ) -> None:
        while piece := await reader.read(PIECE):
            writer.write(piece[: left[0]])
            await writer.drain()
            left[0] -= len(piece)
            if left[0] <= 0:
                self.broken += 1
                return


class Wires:
    """Every way of a network; its loop runs beside the test, which waits for processes."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.ways: dict[Way, Proxy] = {}

    def lay(self, dialler: str, target: str, port: int) -> str:
        """A wire from one node to another that listens on a port; the address to dial."""
        proxy = Proxy(port)
        self._do(proxy.start())
        self.ways[Way(dialler, target)] = proxy
        return f"http://{HOST}:{proxy.port}"

    def cut(self, group: Iterable[str]) -> None:
        """Part a group of nodes from all others, both ways."""
        inside = set(group)
        for way, proxy in self.ways.items():
            if (way.dialler in inside) != (way.target in inside):
                proxy.is_cut = True
                self._do(proxy.hang_up())

    def fray(self, bytes_max: Callable[[], int]) -> None:
        """Every connection made from now on breaks off after so many bytes."""
        for proxy in self.ways.values():
            proxy.bytes_max = bytes_max
            self._do(proxy.hang_up())

    def mend(self) -> None:
        """Every wire is whole again."""
        for proxy in self.ways.values():
            proxy.is_cut = False
            proxy.bytes_max = None
            self._do(proxy.hang_up())

    @property
    def broken(self) -> int:
        """How many connections broke off."""
        return sum(proxy.broken for proxy in self.ways.values())

    def close(self) -> None:
        """Take every wire down."""
        for proxy in self.ways.values():
            self._do(proxy.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(20)
