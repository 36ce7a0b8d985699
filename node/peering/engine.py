"""Keeps a node in touch with its peers, from start to stop."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from node.peering.choice import Candidate
from node.peering.circle import Circle
from node.peering.health import PeerHealth
from node.peering.running import RunningHost

if TYPE_CHECKING:
    from node.app import Node


class Peering:
    """All links of a node: started and stopped with it.

    ``host`` is the node as conversations see it; ``peers`` is what ``status`` and the console
    show.
    """

    def __init__(self, node: "Node") -> None:
        """Dial nobody yet."""
        self.host = RunningHost(node)
        self._circle = Circle(
            self.host,
            [Candidate((each.url,), each.key) for each in node.config.peers],
            allow_private=node.config.peering.allow_private,
        )
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Dial, and go on choosing whom to dial."""
        self.host.open()
        self._circle.dial()
        self._keeper = asyncio.create_task(self._circle.keep(), name="peering")

    async def stop(self) -> None:
        """Hang up everywhere."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        self._circle.close()
        await self.host.close()

    def peers(self) -> list[PeerHealth]:
        """How each peer does, in the order of the reasons for keeping them."""
        return [link.health for link in self._circle.links.values()]

    def note_caller(self, key: str) -> None:
        """A station called: if it is a peer that was down, it need not be waited for."""
        self._circle.retry(key)
