"""What holds for every network that can be thought up, not only for the ones we thought of."""

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = float(os.environ.get("YIZHAN_TEST_EXAMPLES", "1"))
"""How many times as many examples as in a short run: 20 for a night."""


def trying(examples: int, steps: int = 50) -> settings:
    """Settings of a property: so many worlds (at least one), none of them made smaller after.

    Args:
        examples: worlds to try in a short run.
        steps: acts in each, for a state machine.
    """
    return settings(
        max_examples=max(1, round(examples * TIMES)),
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
