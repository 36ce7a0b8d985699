"""Where stores go that end with the program: simulated networks, and a year told in minutes."""

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108
_ROOM_BYTES = 2 * 1024**3


def scratch_parent() -> str | None:
    """The folder to make a temporary one in: memory, where a commit costs no disk, if it has room.

    Returns:
        None for wherever temporary files go; so it is when ``TMPDIR`` says where that is.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    return str(_MEMORY) if shutil.disk_usage(_MEMORY).free > _ROOM_BYTES else None
