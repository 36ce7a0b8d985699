"""Where a request finds the node it came to."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from node.app import Node

NODE: "web.AppKey[Node]" = web.AppKey("node")


def node_of(request: web.Request) -> "Node":
    """The node this request came to."""
    return request.app[NODE]
