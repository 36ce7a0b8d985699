"""Processes that play one world together: all run the same program, each for its own machines.

What they say to one another goes through :meth:`Team.swap`, which all call at the same point of
the program; so every one of them knows what any of them knew.
"""

import os
import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Team:
    """One process's view of all: its own number, and lines to the others."""

    def __init__(self, rank: int = 0, lines: Mapping[int, Connection] | None = None) -> None:
        """A process among others; alone without ``lines``.

        Args:
            rank: its number, from 0.
            lines: a line to each of the others, by their numbers.
        """
        self.rank = rank
        self._lines = dict(sorted((lines or {}).items()))
        self.size = 1 + len(self._lines)

    def swap(self, mine: Sequence[T]) -> list[T]:
        """Give each process its item; what each gave this one, in the order of their numbers.

        Raises:
            EOFError: another process ended.
        """
        found = {self.rank: mine[self.rank]}
        for rank, line in self._lines.items():
            if self.rank < rank:
                _send(line, mine[rank])
                found[rank] = _receive(line)
            else:
                found[rank] = _receive(line)
                _send(line, mine[rank])
        return [found[rank] for rank in range(self.size)]

    def tell(self, mine: T) -> list[T]:
        """What every process says, in the order of their numbers."""
        return self.swap([mine] * self.size)

    def talk(self) -> "Talk[Any]":
        """A conversation between all processes while each does its own work."""
        return Talk(self._lines)

    def total(self, mine: int) -> int:
        """The sum of what every process counted."""
        return sum(self.tell(mine))

    def all_say(self, mine: bool) -> bool:
        """Whether it holds in every process."""
        return all(self.tell(mine))


class Talk(Generic[T]):
    """What processes say to one another while each does its own work; all end it together.

    Speaking waits for nobody: whoever is spoken to has threads that listen.
    """

    def __init__(self, lines: Mapping[int, Connection]) -> None:
        """Begin to listen.

        Args:
            lines: a line to each of the others, by their numbers.
        """
        self._lines = lines
        self._heard: SimpleQueue[tuple[int, T | None, bool]] = SimpleQueue()
        self._speaking = set(lines)
        for rank in lines:
            Thread(target=self._listen, args=(rank,), daemon=True).start()

    def say(self, items: Mapping[int, T], *, is_last: bool = False) -> None:
        """Say something to each of the others, by their numbers; the last thing ends it."""
        for rank, line in self._lines.items():
            _send(line, (items[rank], is_last))

    def hear(self, *, waits: bool) -> Iterator[tuple[int, T]]:
        """Who said what since, in the order in which it came.

        Args:
            waits: until there is something, if anybody is still going to speak.

        Raises:
            EOFError: another process ended.
        """
        while self._speaking and (waits or not self._heard.empty()):
            rank, item, is_last = self._heard.get()
            waits = False
            if item is None:
                raise EOFError
            if is_last:
                self._speaking.remove(rank)
            yield rank, item

    @property
    def is_over(self) -> bool:
        """Whether every other process has said its last."""
        return not self._speaking

    def _listen(self, rank: int) -> None:
        is_last = False
        while not is_last:
            try:
                item, is_last = _receive(self._lines[rank])
            except (EOFError, OSError):
                item, is_last = None, True
            self._heard.put((rank, item, is_last))


def together(size: int, play: Callable[[Team], T]) -> T:
    """Play in several processes at once, this one the first; what it returns here.

    Args:
        size: processes.
        play: what all of them do; the others begin as copies of this one and end with it.

    Raises:
        ChildProcessError: one of the others failed; it wrote why.
    """
    ends = {}
    for low, high in combinations(range(size), 2):
        ends[low, high], ends[high, low] = Pipe()
    children = [_begin(rank, size, ends, play) for rank in range(1, size)]
    try:
        with _seat(0, size, ends) as team:
            result = play(team)
    except (EOFError, ConnectionError) as error:
        raise ChildProcessError("another process of the same world ended early") from error
    finally:
        failed = [pid for pid in children if os.waitpid(pid, 0)[1]]
    if failed:
        raise ChildProcessError(f"processes {failed} of the same world failed")
    return result


@contextmanager
def _seat(rank: int, size: int, ends: Mapping[tuple[int, int], Connection]) -> Iterator[Team]:
    """The lines of one process, closed in the end; those of the others are closed at once."""
    own = {other: ends[rank, other] for other in range(size) if other != rank}
    for (holder, _), line in ends.items():
        if holder != rank and not line.closed:
            line.close()
    try:
        yield Team(rank, own)
    finally:
        for line in own.values():
            line.close()


def _begin(
    rank: int,
    size: int,
    ends: Mapping[tuple[int, int], Connection],
    play: Callable[[Team], object],
) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with _seat(rank, size, ends) as team:
            play(team)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def _send(line: Connection, item: object) -> None:
    line.send_bytes(pickle.dumps(item, pickle.HIGHEST_PROTOCOL))


def _receive(line: Connection) -> Any:
    return pickle.loads(line.recv_bytes())  # noqa: S301 - a copy of this process wrote it
