"""No bytes make a decoder stumble: a value or a refusal, whatever comes (SPEC 3.2, 5.2, 7)."""

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.property.hostile_bytes import EDIT_BYTES, TARGETS, Target, feed


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(start=0, edits=b"")
@given(start=st.integers(0, 255), edits=st.binary(max_size=16 * EDIT_BYTES))
def test_whatever_bytes_come_the_outcome_is_a_value_or_a_refusal(
    target: Target, start: int, edits: bytes
) -> None:
    feed(target, start, edits)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_decoder_accepts_some_of_the_bytes_it_is_spoilt_from(target: Target) -> None:
    assert any(any(feed(target, start, b"").values()) for start in range(len(target.corpus)))
