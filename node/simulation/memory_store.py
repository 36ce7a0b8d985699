"""A store in memory, opened, read and written like the real one: :mod:`node.simulation.memory`."""

from collections.abc import Callable
from typing import TypeVar

from node.simulation.memory import MemoryTransaction
from node.simulation.shared import Disk, Shared
from node.store import Reading, Store, Writing

T = TypeVar("T")


class MemoryStore(Store):
    """One node's store in memory."""

    def __init__(
        self, feed_epoch: int, shared: Shared, *, like: "MemoryStore | None" = None
    ) -> None:
        """Empty, or holding what another holds (a disk image that was copied)."""
        self._disk: Disk = Disk(feed_epoch) if like is None else like._disk.copy()
        self._disk.feed_epoch = feed_epoch
        self._shared = shared
        self._visible = self._disk.last_position

    def read(self, closure: Callable[[Reading], T]) -> T:
        """Run a closure over the store."""
        return closure(MemoryTransaction(self._disk, self._visible, self._shared))

    def write(
        self, closure: Callable[[Writing], T], before_visible: Callable[[T], None] | None = None
    ) -> T:
        """Run a closure that may write."""
        tx = MemoryTransaction(self._disk, self._visible, self._shared)
        result = closure(tx)
        if before_visible is not None:
            before_visible(result)
        self._visible = max(self._visible, tx.appended_to)
        for callback in tx.after_commit:
            callback()
        return result

    @property
    def entries(self) -> int:
        """How many entries it holds, however they were cut into runs."""
        return self._disk.entries

    def close(self) -> None:
        """Nothing to close."""
