"""``yizhan init``, ``run`` and ``status``: one station's node."""

import asyncio
import socket
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from node.cli.client import find_address
from node.cli.session import HERE, Session


def init(
    dir: Annotated[Path, Parameter(help="the node's folder; made by this command")],
    *,
    name: Annotated[str, Parameter(help="the station's name")],
    mode: Annotated[str, Parameter(help="national, regional or grassroots")] = "grassroots",
    genesis: Annotated[Path | None, Parameter(help="the network's founding file")] = None,
    port: Annotated[int | None, Parameter(help="port to listen on; 0: any free one")] = None,
    endpoint: Annotated[
        list[str] | None, Parameter(help="public address to announce, repeatable")
    ] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Make a node's folder: keys, token and settings, and the request its issuer admits."""
    from node.folder import REQUEST_FILE, init_node

    settings: dict[str, object] = {}
    if port is not None:
        settings["listen_port"] = port
    if endpoint:
        settings["endpoints"] = endpoint
    request = init_node(dir, mode=mode, name=name, genesis=genesis, settings=settings)
    session = Session(dir=dir, json=json)
    if json:
        session.show(request.model_dump())
        return
    session.tell(f"made {dir.absolute()}")
    session.tell(f"next: hand {dir / REQUEST_FILE} to the station above, which runs:")
    session.tell("        yizhan admit REQUEST --level LEVEL --division CODE")
    if genesis is None:
        session.tell(f"and: yizhan network join GENESIS --dir {dir} --peer URL")
    session.tell(f"then: yizhan run --dir {dir}")


def run(*, session: Session = HERE) -> None:
    """Run the node of a folder until it is told to stop (Ctrl-C, SIGTERM)."""
    from node.config import load_config

    config = load_config(session.dir)
    if find_address(config.folder) is None:
        _check_port(config.listen_host, config.listen_port)
    from node.app import run_node

    asyncio.run(run_node(config))


def _check_port(host: str, port: int) -> None:
    """Find out that a port is taken before a store is made that nobody will use.

    Where this very node runs already, the store says so better than the port.
    """
    from node.errors import ConfigError

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(found[0][0]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except OSError as error:
        raise ConfigError(
            f"the node cannot listen on {host} port {port}: {error.strerror}",
            "Choose another listen_port or listen_host, or stop what listens there.",
        ) from None


def status(*, session: Session = HERE) -> int:
    """Show how the running node stands: station, network, peers, entries, what has no effect."""
    with session.client() as client:
        session.show(client.get("/status"))
    return 0
