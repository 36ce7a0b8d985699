"""Work on a world in processes of their own: each begins as a copy of this one and ends with it."""

import gc
import json
import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

Task = Callable[[], Any]
"""Something to do; what it returns must be JSON."""


def apart(tasks: Iterable[Task]) -> Iterator[Any]:
    """What each task returns, one after the other.

    Args:
        tasks: what to do; nothing they change is seen here.

    Raises:
        ChildProcessError: a process ended without an answer; it wrote why.
    """
    gc.freeze()
    try:
        for task in tasks:
            yield _end(*_begin(task))
    finally:
        gc.unfreeze()


def _begin(task: Task) -> tuple[int, BinaryIO]:
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, os.fdopen(ours, "rb")
    code = 1
    try:
        os.close(ours)
        with os.fdopen(theirs, "wb") as answer:
            answer.write(json.dumps(task()).encode())
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def _end(pid: int, answer: BinaryIO) -> Any:
    with answer:
        told = answer.read()
    _, status = os.waitpid(pid, 0)
    if status:
        raise ChildProcessError(f"process {pid} ended with {os.waitstatus_to_exitcode(status)}")
    return json.loads(told)
