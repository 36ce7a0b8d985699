"""Every promise of DESIGN 0 has a named scenario; here each is played once."""

import pytest

from node.simulation.scenarios import HOLDING, PENDING, SCENARIOS, play

PROMISES = {f"P{number}" for number in range(1, 10)}


@pytest.mark.parametrize("name", HOLDING)
def test_a_scenario_that_must_hold_leaves_nothing_amiss(name: str) -> None:
    played = play(name, seed=1)

    assert played.faults == (), f"to see it again: {played.command}"


def test_every_promise_has_a_scenario_that_must_hold() -> None:
    assert {SCENARIOS[name].about for name in HOLDING} >= PROMISES


def test_what_is_pending_names_a_scenario_and_what_is_missing() -> None:
    assert set(PENDING) <= set(SCENARIOS)
    assert all(PENDING.values())
