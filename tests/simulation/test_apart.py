"""Processes that begin as copies: their answers come in order, their failures are heard of."""

import os
from functools import partial

import pytest

from node.simulation.apart import apart


def test_answers_come_in_the_order_of_the_tasks_and_nothing_changes_here() -> None:
    seen = [0]

    def count(number: int) -> list[int]:
        seen[0] += number
        return [number, seen[0], os.getpid()]

    told = list(apart([partial(count, number) for number in (1, 2, 3)]))
    assert [each[:2] for each in told] == [[1, 1], [2, 2], [3, 3]]
    assert seen == [0]
    assert len({os.getpid(), *(each[2] for each in told)}) == 4


def test_a_process_that_dies_is_told_of() -> None:
    with pytest.raises(ChildProcessError, match="ended with 7"):
        list(apart([partial(os._exit, 7)]))
