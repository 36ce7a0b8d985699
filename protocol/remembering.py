"""What was verified once need not be again: every fold of the registry reads every act anew.

What proves to be worth nothing is remembered as well: else a hostile member's bad evidence would
cost its signatures at every fold, on every node, for ever.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from protocol.errors import Inert

REMEMBERED_MAX = 32_768
"""Answers of one function; the bytes they were given are kept by the registry anyway."""

T = TypeVar("T")


def remembered(read: Callable[[str, bytes], T]) -> Callable[[str, bytes], T]:
    """A pure function of a name and a body that remembers its answer, or why there is none."""

    @lru_cache(maxsize=REMEMBERED_MAX)
    def find(name: str, body: bytes) -> T | Inert:
        try:
            return read(name, body)
        except Inert as inert:
            return inert

    @wraps(read)
    def answer(name: str, body: bytes) -> T:
        found = find(name, body)
        if isinstance(found, Inert):
            raise Inert(found.reason, found.detail)
        return found

    return answer
