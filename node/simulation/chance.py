"""Chance that comes from the seed alone."""

import hashlib


class SeededBytes:
    """Random bytes of one node, the same in every run of a seed."""

    def __init__(self, seed: str) -> None:
        self._state = hashlib.sha256(seed.encode())

    def __call__(self, size: int, /) -> bytes:
        """``size`` bytes."""
        self._state.update(b".")
        return hashlib.shake_256(self._state.digest()).digest(size)
