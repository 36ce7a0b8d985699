"""Live figures for open pages: a server-sent event when the feed has moved."""

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

from node.people import Actor
from node.web.auth import actor_of
from node.web.keys import node_of
from node.web.numbers import count_for, count_numbers
from node.web.status import UP
from protocol.errors import Code, Refused

if TYPE_CHECKING:
    from node.app import Node

HEARTBEAT_S = 15.0
PAUSE_S = 0.25
"""At most four figures a second, however fast entries arrive."""
STREAMS_MAX = 512


class Figures:
    """The live figures of a node, counted once for all who look at the same time."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._turn = asyncio.Lock()
        self._told = ""
        self._position = -1
        self._counted_s = -PAUSE_S
        self.streams = 0

    async def read(self) -> str:
        """The figures as JSON, of the feed's last position, counted at most four times a second."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            is_old = loop.time() - self._counted_s > HEARTBEAT_S / 2
            if is_old or self._position != self._node.hub.position:
                await asyncio.sleep(self._counted_s + PAUSE_S - loop.time())
                self._counted_s = loop.time()
                self._told = json.dumps(await self._count())
            return self._told

    async def _count(self) -> dict[str, int]:
        node = self._node
        self._position = node.hub.position
        numbers = await node.store.aread(count_numbers)
        peers = sum(peer.state == UP for peer in node.peering.peers())
        return {**numbers, "position": self._position, "peers": peers}


FIGURES: web.AppKey[Figures] = web.AppKey("figures")


async def serve_events(request: web.Request) -> web.StreamResponse:
    """Stream the node's figures until the reader leaves or the node stops."""
    figures = request.app[FIGURES]
    if figures.streams >= STREAMS_MAX:
        raise Refused(Code.BUSY, "too many pages are being kept up to date; reload later")
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    figures.streams += 1
    try:
        await _stream(node_of(request), figures, response, await actor_of(request))
    except ConnectionError:
        pass
    finally:
        figures.streams -= 1
    return response


async def _stream(
    node: "Node", figures: Figures, response: web.StreamResponse, actor: Actor | None
) -> None:
    told = ""
    while not node.hub.closed:
        position = node.hub.position
        now = await figures.read()
        if actor is not None:
            now = json.dumps({**json.loads(now), "unread": await count_for(node, actor)})
        news = f"event: numbers\ndata: {now}\n\n" if now != told else ":\n\n"
        await response.write(news.encode())
        told = now
        await node.hub.wait_beyond(position, HEARTBEAT_S)
