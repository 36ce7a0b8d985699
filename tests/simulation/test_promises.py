"""Every promise of DESIGN 0 has a named scenario; here each is played once."""

import pytest

from node.simulation.scenarios import SCENARIOS, play

PROMISES = {f"P{number}" for number in range(1, 10)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_that_must_hold_leaves_nothing_amiss(name: str) -> None:
    played = play(name, seed=1)

    assert played.faults == (), f"to see it again: {played.command}"


def test_every_promise_has_a_scenario_that_must_hold() -> None:
    assert {each.about for each in SCENARIOS.values()} >= PROMISES
