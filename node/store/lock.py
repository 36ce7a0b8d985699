"""One process per store: the lock file that says who runs (DESIGN 2.1)."""

import fcntl
import os
from pathlib import Path

from node.errors import StoreLockedError


class StoreLock:
    """Holds ``folder/lock`` while the process runs; the file names its process id.

    A file that still names a process after the lock was free was left by one that died;
    ``was_unclean`` then says so.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            StoreLockedError: another process holds it; the message names its process id.
        """
        self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise StoreLockedError(
                f"the store in {folder} is in use by process {holder}",
                "stop that process first; commands given its folder talk to it",
            ) from None
        self.was_unclean = bool(os.read(self._file, 32).strip())
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back and note that the process ended in order."""
        os.ftruncate(self._file, 0)
        os.close(self._file)
