"""Is the node alive, is it ready, how is it doing: for supervisors and Prometheus."""

from typing import TYPE_CHECKING

from aiohttp import web

from node.telemetry import METRICS_TYPE
from node.web.keys import node_of

if TYPE_CHECKING:
    from node.app import Node


async def serve_healthz(request: web.Request) -> web.StreamResponse:
    """Alive: the event loop answers."""
    return web.json_response({"status": "ok"})


async def serve_readyz(request: web.Request) -> web.StreamResponse:
    """Ready: the store answers, all was started, the node may sign; 503 with what is missing."""
    node = node_of(request)
    checks = await check_ready(node)
    is_ready = all(checks.values())
    told = {
        "status": "ready" if is_ready else "not ready",
        "state": str(node.recovery.state),
        "reason": node.recovery.reason,
        "checks": checks,
    }
    return web.json_response(told, status=200 if is_ready else 503)


async def check_ready(node: "Node") -> dict[str, bool]:
    """Each thing that must be so before the node takes part."""
    position = await node.store.aread(lambda reading: reading.feed_head)
    return {
        "started": node.started,
        "store": position >= 0,
        "open": not node.hub.closed,
        "recovered": node.recovery.is_ready,
    }


async def serve_metrics(request: web.Request) -> web.StreamResponse:
    """Figures in Prometheus' text format."""
    node = node_of(request)
    node.metrics.position.set(node.hub.position)
    node.metrics.stations.set(len(node.roster.stations))
    states: dict[str, int] = {}
    for peer in node.peering.peers():
        states[peer.state] = states.get(peer.state, 0) + 1
    node.metrics.peers.clear()
    for state, number in states.items():
        node.metrics.peers.labels(state).set(number)
    return web.Response(body=node.metrics.text(), headers={"Content-Type": METRICS_TYPE})
