"""Epochs: one more than a year allows is a proof that every node reads alike (SPEC 6.8.1)."""

from collections.abc import Sequence

import pytest

from protocol.entry import write_entry
from protocol.epochs import find_crowd, prove_epochs, read_epochs
from protocol.errors import Inert
from protocol.header import LogId
from protocol.keys import SigningKey
from protocol.limits import EPOCHS_PER_YEAR_MAX, YEAR_S
from protocol.records import LogOpened
from tests.builders import Country

KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
NETWORK = Country().network.id
START = 1_790_000_000
FULL = range(START, START + EPOCHS_PER_YEAR_MAX)


def opening(epoch: int, channel: str = "needs", key: SigningKey = KEY) -> bytes:
    log = LogId(key.public, channel, epoch)
    record = LogOpened()
    return write_entry(
        key, NETWORK, log, None, time=epoch * 1000, kind=record.KIND, subject="-",
        body=record.body(),
    ).line  # fmt: skip


def openings(epochs: Sequence[int]) -> list[bytes]:
    return [opening(epoch) for epoch in epochs]


def test_sixteen_epochs_of_a_year_leave_no_room_for_another_before_or_after() -> None:
    assert find_crowd(START + 20, FULL) == [*FULL, START + 20]
    assert find_crowd(START - 1, FULL) == [START - 1, *FULL]


def test_there_is_room_where_a_year_holds_fewer() -> None:
    assert find_crowd(START + 20, list(FULL)[1:]) == []
    assert find_crowd(START + YEAR_S, FULL) == []
    assert find_crowd(START + YEAR_S - 1, FULL) == [*FULL, START + YEAR_S - 1]


def test_a_crowd_that_the_epoch_is_not_part_of_does_not_tell_against_it() -> None:
    crowded = [*FULL, START + 100]

    assert find_crowd(START + 2 * YEAR_S, crowded) == []


@pytest.mark.parametrize("turn", [0, 1, 9, 16])
def test_the_highest_of_the_epochs_shown_is_disputed_whatever_their_order(turn: int) -> None:
    epochs = [*FULL, START + 99]

    found = prove_epochs(NETWORK, openings(epochs[turn:] + epochs[:turn]))

    assert found is not None
    assert found[1] == (LogId(KEY.public, "needs", START + 99), 0)
    assert read_epochs(NETWORK, found[0].body()) == found[1]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (opening(START), "not more epochs"),
        (opening(START + YEAR_S), "not more epochs"),
        (opening(START + 99, "results"), "one author's channel"),
        (opening(START + 99, key=OTHER), "one author's channel"),
        (opening(START + 99)[:-86] + b"A" * 86, "not first lines signed"),
        (b"yz1", "headers"),
    ],
)
def test_what_proves_nothing_is_said_in_words(last: bytes, said: str) -> None:
    lines = [*openings(FULL), last]
    body = b'{"headers":[%b]}' % b",".join(b'"%b"' % line for line in lines)

    with pytest.raises(Inert, match=said):
        read_epochs(NETWORK, body)
    assert prove_epochs(NETWORK, lines) is None


def test_openings_of_another_network_prove_nothing() -> None:
    assert prove_epochs("0" * 16, openings([*FULL, START + 99])) is None
