"""The node's door: one HTTP server for stations, programs, readers and supervisors."""

import errno
from importlib.metadata import version
from typing import TYPE_CHECKING

from aiohttp import web

from node.errors import ConfigError
from node.web.api import add_routes
from node.web.auth import writes
from node.web.desks import add_desks
from node.web.errors import count_requests, problems
from node.web.events import FIGURES, Figures, serve_events
from node.web.files import add_files
from node.web.health import serve_healthz, serve_metrics, serve_readyz
from node.web.keys import NODE
from node.web.pages import add_headers, add_pages, show_problems
from node.web.reference import REFERENCE
from node.web.routes import ROUTES
from node.web.sync import add_sync
from protocol.limits import REQUEST_BYTES_MAX

if TYPE_CHECKING:
    from node.app import Node

LINE_BYTES_MAX = 32 * 1024
"""The first line of a request: a search for 2,000 characters, 12 bytes each as they are written."""
STOP_S = 5.0
"""Answers under way when the node stops get this long."""

LINGER_S = 1.0
"""What is still sent after an answer is read and dropped this long, then the line is cut."""

IDLE_S = 75.0
"""A connection on which no whole request comes for so long is closed, half a request or none."""

ADDRESS_FILE = "address"


def create_web_app(node: "Node") -> web.Application:
    """Everything the node serves, as an aiohttp application."""
    layers = (count_requests, show_problems, problems, writes)
    app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=layers)
    app[NODE] = node
    app[FIGURES] = Figures(node)
    add_sync(app)
    add_files(app)
    add_routes(app, node, (*ROUTES, *node.mode.routes), version("yizhan"))
    app.router.add_get("/healthz", serve_healthz)
    app.router.add_get("/readyz", serve_readyz)
    app.router.add_get("/metrics", serve_metrics)
    app.router.add_get("/events", serve_events)
    add_pages(app, (*node.mode.pages, REFERENCE))
    add_desks(app, node.mode.desks)
    app.on_response_prepare.append(add_headers)
    return app


class Server:
    """The listening socket and the application behind it."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._runner: web.AppRunner | None = None
        self.app: web.Application | None = None
        self.address = ""

    async def start(self) -> None:
        """Listen, and write the address others on this machine find the node by.

        Raises:
            ConfigError: the port is taken, or the host is not this machine's.
        """
        config = self._node.config
        self.app = create_web_app(self._node)
        runner = web.AppRunner(
            self.app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=STOP_S,
            auto_decompress=False,
            max_line_size=LINE_BYTES_MAX,
            keepalive_timeout=IDLE_S,
            lingering_time=LINGER_S,
        )
        await runner.setup()
        site = web.TCPSite(runner, config.listen_host, config.listen_port, backlog=512)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise _listen_error(error, config.listen_host, config.listen_port) from None
        self._runner = runner
        host, port = runner.addresses[0][:2]
        self.address = f"http://{_in_url(host)}:{port}"
        (config.folder / ADDRESS_FILE).write_text(f"{self.address}\n", encoding="ascii")

    async def stop(self) -> None:
        """Finish what is being answered and close the door."""
        if self._runner is None:
            return
        (self._node.config.folder / ADDRESS_FILE).unlink(missing_ok=True)
        await self._runner.cleanup()
        self._runner = None


def _in_url(host: str) -> str:
    """An address others can dial: every-interface addresses become loopback."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{reachable}]" if ":" in reachable else reachable


def _listen_error(error: OSError, host: str, port: int) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            f"port {port} on {host} is taken by another program",
            "Choose another listen_port, or 0 for any free one.",
        )
    if error.errno == errno.EACCES:
        return ConfigError(
            f"port {port} on {host} is not open to this user", "Choose a port above 1023."
        )
    return ConfigError(
        f"cannot listen on {host} port {port}: {error.strerror or error}",
        "Set listen_host to an address of this machine.",
    )
