"""Random faults under random seeds; more of them: ``yizhan simulate --seeds 10000``."""

import os

import pytest

from node.simulation.scenarios import play

SEEDS = int(os.environ.get("YIZHAN_TEST_SIMULATION_SEEDS", "6"))
"""How many seeds; continuous integration plays 50, in about three minutes of two cores."""


@pytest.mark.parametrize("seed", range(101, 101 + SEEDS))
def test_nothing_is_amiss_after_a_storm(seed: int) -> None:
    played = play("storm", seed)

    assert played.faults == (), f"to see it again: {played.command}"
