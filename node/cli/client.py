"""How a command finds and talks to the node that runs in a folder."""

import socket
import sys
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from node.errors import QuotaError, UnreachableError

ADDRESS_FILE = "address"
LOOK_AGAIN_S = 60.0
"""Where a quota is used up, the node is asked again this often: it may grow."""


def find_address(folder: Path) -> str | None:
    """Where the node of this folder answers, or None when none runs.

    A node that was killed leaves its address behind; so the door is knocked at.
    """
    try:
        address = (folder / ADDRESS_FILE).read_text(encoding="utf-8").strip()
        parts = urlsplit(address)
        socket.create_connection((parts.hostname, parts.port), timeout=2).close()
    except (OSError, ValueError):
        return None
    return address


class Client:
    """The API of the node that runs in a folder, with its token."""

    def __init__(self, folder: Path, timeout_s: float = 60) -> None:
        """Find the running node.

        Args:
            folder: the node's folder.
            timeout_s: how long an answer may take, seconds.

        Raises:
            UnreachableError: no node runs there.
            ConfigError: the token is missing or can be read by others.
        """
        address = find_address(folder)
        if address is None:
            raise UnreachableError(
                f"no node runs in {folder.absolute()}", f"Start it with: yizhan run --dir {folder}"
            )
        from node.keyring import read_token
        from node.outbound import ApiClient

        self.address = address
        self._api: ApiClient = ApiClient(address, read_token(folder), timeout_s=timeout_s)

    def get(self, path: str, **query: object) -> Any:
        """Read from the node; ``path`` is below ``/api/v1``."""
        return self._api.get(path, _given(query))

    def post(self, path: str, body: object = None, **query: object) -> Any:
        """Write to the node; ``path`` is below ``/api/v1``.

        Where the station's quota is used up, wait until there is room, and say so (DESIGN 1.3).
        """
        while True:
            try:
                return self._api.post(path, body, _given(query))
            except QuotaError as full:
                told = f"{full.message}; waiting, it goes on by itself (Ctrl-C gives up)"
                print(told, file=sys.stderr, flush=True)
                time.sleep(min(max(full.free_ms / 1000 - time.time(), 1.0), LOOK_AGAIN_S))

    def download(self, path: str, **query: object) -> bytes:
        """Fetch a file from the node; ``path`` is below ``/api/v1``."""
        return bytes(self._api.download(path, _given(query)))

    def upload(self, path: str, file: Path, **query: object) -> Any:
        """Send a file to the node; ``path`` is below ``/api/v1``."""
        return self._api.upload(path, file, _given(query))

    def save(self, path: str, file: Path) -> int:
        """Fetch a file from the node into another one; its bytes."""
        return self._api.save(path, file)

    def fetch(self, path: str, body: object) -> bytes:
        """Fetch a file that only a recorded request gives; ``path`` is below ``/api/v1``."""
        return bytes(self._api.fetch(path, body))

    def close(self) -> None:
        """End the connection."""
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _given(query: dict[str, object]) -> dict[str, str]:
    """Query parameters that were given, as text."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value not in (None, "")
    }
