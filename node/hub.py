"""Where waiting meets arrival: long polls, pushes and live pages sleep here until the feed moves.

A wake-up is a hint, never data: whoever wakes reads the store (DESIGN 2.2).
"""

import asyncio
from collections.abc import Callable


class Hub:
    """The feed's visible head, and those who wait for it to move on.

    ``wake`` may be called from any thread; everything else belongs to the event loop.
    """

    def __init__(self, position: int = 0) -> None:
        self.position = position
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._listeners: list[Callable[[int], None]] = []

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which loop the waiting ones sleep; before that, ``wake`` acts at once."""
        self._loop = loop

    def wake(self, position: int) -> None:
        """The feed's visible head is now at ``position``; callable from any thread."""
        if self._loop is None or self._loop.is_closed():
            self._advance(position)
        else:
            self._loop.call_soon_threadsafe(self._advance, position)

    def listen(self, listener: Callable[[int], None]) -> None:
        """Have ``listener(position)`` called on the loop whenever the feed moves."""
        self._listeners.append(listener)

    async def wait_beyond(self, position: int, timeout_s: float) -> bool:
        """Sleep until the feed is beyond ``position``.

        Args:
            position: the last feed position already examined.
            timeout_s: how long to wait at most, seconds.

        Returns:
            whether the feed is beyond it; False after the timeout and when the node stops.
        """
        if self.position > position:
            return True
        if self.closed or timeout_s <= 0:
            return False
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = position
        try:
            await asyncio.wait([waiter], timeout=timeout_s)
        finally:
            self._waiting.pop(waiter, None)
        return self.position > position

    def close(self) -> None:
        """Let everyone go who waits: the node is stopping."""
        self.closed = True
        self._release(lambda _: True)

    def _advance(self, position: int) -> None:
        if position <= self.position:
            return
        self.position = position
        self._release(lambda wanted: position > wanted)
        for listener in self._listeners:
            listener(position)

    def _release(self, due: Callable[[int], bool]) -> None:
        for waiter, wanted in list(self._waiting.items()):
            if due(wanted) and not waiter.done():
                waiter.set_result(None)
