"""One node of the demo as a real process, with its own folder, key, store and port."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from node.cli.client import ADDRESS_FILE, Client, find_address
from node.demo.plan import Place
from node.errors import NodeError, UnreachableError

LOG_FILE = "node.log"
_PAUSE_S = 0.05


class NodeProcess:
    """A node's folder and the process that runs it."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.station = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None

    def start(self) -> None:
        """Start the process; :meth:`wait_ready` says when it answers."""
        (self.folder / ADDRESS_FILE).unlink(missing_ok=True)
        with (self.folder / LOG_FILE).open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "node.cli", "run", "--dir", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
            )

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the node answers.

        Raises:
            UnreachableError: it ended, or did not answer in time.
        """
        wait_until(lambda: self._has_ended() or find_address(self.folder) is not None, timeout_s)
        if self._has_ended() or find_address(self.folder) is None:
            raise UnreachableError(
                f"{self.place.slug} did not start: {self.last_words()}",
                f"Its log: {self.folder / LOG_FILE}",
            )

    @property
    def address(self) -> str:
        """Where the node answers."""
        return find_address(self.folder) or ""

    @property
    def api(self) -> Client:
        """The node's API, on one kept connection."""
        if self._client is None:
            self._client = Client(self.folder, timeout_s=60)
        return self._client

    def get(self, path: str, **query: object) -> Any:
        """Read from the node."""
        return self.api.get(path, **query)

    def post(self, path: str, body: object = None, **query: object) -> Any:
        """Write to the node."""
        return self.api.post(path, {} if body is None else body, **query)

    def kill(self) -> None:
        """End the process as a power cut would: SIGKILL, nothing is tidied up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._forget()

    def ask_to_stop(self) -> None:
        """Ask the process to end (SIGTERM)."""
        if self._process is not None and not self._has_ended():
            self._process.terminate()

    def wait_stopped(self, timeout_s: float) -> None:
        """Wait for the end; a process that does not end in time is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget()

    def last_words(self) -> str:
        """The last line of the node's log that says something of itself."""
        lines: list[str] = []
        with suppress(OSError):
            lines = (self.folder / LOG_FILE).read_text("utf-8", "replace").splitlines()
        told = [line for line in lines if line and not line.startswith(" ")]
        return told[-1][:500] if told else "it said nothing"

    def _has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _forget(self) -> None:
        self._process = None
        if self._client is not None:
            self._client.close()
            self._client = None


def wait_until(condition: Callable[[], object], timeout_s: float) -> bool:
    """Look again and again until ``condition`` holds; False when it did not in time.

    What lies between is another process: there is nothing here to be woken by. A node that does
    not answer for a moment counts as *not yet*.
    """
    pause = Event()
    end = monotonic() + timeout_s
    while True:
        with suppress(NodeError):
            if condition():
                return True
        if monotonic() > end:
            return False
        pause.wait(_PAUSE_S)


def _environment() -> dict[str, str]:
    """This process's environment without settings, which are each node's own.

    Nodes keep what they compile, so that not every one of them compiles it all again.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("YIZHAN_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**kept, "PYTHONUTF8": "1"}
