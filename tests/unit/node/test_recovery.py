"""RECOVERING and READY: a node asks its peers before it signs (SPEC 5.7)."""

import pytest

from node.errors import RecoveringError
from node.recovery import NodeState, Recovery


def started(*peers: str) -> Recovery:
    recovery = Recovery()
    recovery.begin(until_ms=31_000)
    recovery.choose(peers)
    return recovery


def test_a_node_that_was_not_started_has_nobody_to_wait_for() -> None:
    assert Recovery().is_ready
    Recovery().check()


def test_a_node_that_was_started_waits_until_its_peers_are_chosen() -> None:
    recovery = Recovery()
    recovery.begin(until_ms=31_000)

    assert recovery.state is NodeState.RECOVERING


def test_the_first_node_of_a_network_starts_at_once() -> None:
    assert started().is_ready


def test_it_is_ready_when_the_last_peer_has_answered() -> None:
    recovery = started("a", "b")

    recovery.note_heard("a")
    recovery.note_heard("a")
    assert not recovery.is_ready
    recovery.note_heard("b")

    assert recovery.is_ready


def test_a_peer_that_is_not_dialled_any_more_is_not_waited_for() -> None:
    recovery = started("a", "b")
    recovery.note_heard("a")

    recovery.choose(["a"])

    assert recovery.is_ready


def test_a_peer_found_meanwhile_is_asked_too() -> None:
    recovery = started("a", "b")
    recovery.note_heard("a")
    recovery.choose(["a", "b", "c"])
    recovery.note_heard("b")

    assert not recovery.is_ready


def test_a_peer_found_later_changes_nothing() -> None:
    recovery = started("a")
    recovery.note_heard("a")

    recovery.choose(["a", "b"])

    assert recovery.is_ready


def test_it_waits_only_so_long() -> None:
    recovery = started("a")

    recovery.give_up()

    assert recovery.is_ready
    assert recovery.reason == ""


def test_while_it_waits_it_says_for_whom_and_until_when() -> None:
    recovery = started("a", "b", "c")
    recovery.note_heard("b")

    with pytest.raises(RecoveringError, match="2 of 3 peers") as refused:
        recovery.check()

    assert refused.value.until_ms == 31_000
    assert "try again" in refused.value.hint
