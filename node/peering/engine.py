"""Keeps a node in touch with its peers, and chooses them anew when the roster changes."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from node.outbound import Outbound
from node.peering.choice import Candidate, choose_peers
from node.peering.health import PeerHealth
from node.peering.link import Link

if TYPE_CHECKING:
    from node.app import Node

CHOOSE_S = 30.0
"""How often the choice is looked over, for peers that went down since."""
FAILURES_MAX = 3
"""After so many failures in a row another peer is taken beside, or instead."""


class Peering:
    """All links of a node: started and stopped with it.

    ``peers`` is what ``status`` and the console show.
    """

    def __init__(self, node: "Node") -> None:
        """Dial nobody yet."""
        self._node = node
        self._links: dict[str, Link] = {}
        self._failures: dict[str, int] = {}
        self._outbound: Outbound | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Dial, and go on choosing whom to dial."""
        node = self._node
        self._outbound = Outbound(
            node.keyring.signing, node.clock, timeout_s=node.config.peering.timeout_s
        )
        self._keeper = asyncio.create_task(self._keep(), name="peering")

    async def stop(self) -> None:
        """Hang up everywhere."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await asyncio.gather(*(link.close() for link in self._links.values()))
        self._links.clear()
        if self._outbound is not None:
            await self._outbound.close()

    def peers(self) -> list[PeerHealth]:
        """How each peer does, in the order of the reasons for keeping them."""
        return [link.health for link in self._links.values()]

    def note_caller(self, key: str) -> None:
        """A station called: if it is a peer that was down, it need not be waited for."""
        link = self._links.get(key)
        if link is not None:
            link.retry()

    async def _keep(self) -> None:
        """Choose whenever the roster is another one, and every half minute."""
        while True:
            roster = self._node.roster
            await self._choose()
            loop = asyncio.get_running_loop()
            again_s = loop.time() + CHOOSE_S
            while self._node.roster is roster and loop.time() < again_s:
                hub = self._node.hub
                await hub.wait_beyond(hub.position, again_s - loop.time())
                if hub.closed:
                    return
            if self._node.roster is not roster:
                for link in self._links.values():
                    link.retry()

    async def _choose(self) -> None:
        """Let go of who is not chosen any more, dial who is."""
        assert self._outbound is not None
        self._failures.update((key, link.health.failures) for key, link in self._links.items())
        config = self._node.config
        chosen = choose_peers(
            self._node.roster,
            self._node.me,
            [Candidate((each.url,), each.key) for each in config.peers],
            allow_private=config.peering.allow_private,
            is_healthy=lambda key: self._failures.get(key, 0) < FAILURES_MAX,
        )
        wanted = {each.key: each for each in chosen if each.key != self._node.keyring.public}
        for key, link in list(self._links.items()):
            if key not in wanted or wanted[key].urls != link.candidate.urls:
                del self._links[key]
                await link.close()
        for key, candidate in wanted.items():
            if key not in self._links:
                self._links[key] = Link(self._node, self._outbound, candidate)
                self._links[key].start()
            self._links[key].health.station = candidate.station
