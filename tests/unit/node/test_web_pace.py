"""Pacing says "later" to who asks too often, and takes one push of a caller at a time."""

import pytest

from node.web import pace
from node.web.pace import Pace, Slots
from protocol.errors import Code, Refused


def test_a_burst_is_let_through_and_then_refused() -> None:
    paced = Pace(per_s=10, burst=3)
    for _ in range(3):
        paced.check("a", 0.0)
    with pytest.raises(Refused) as refused:
        paced.check("a", 0.0)
    assert refused.value.code == Code.RATE


def test_the_bucket_fills_again_and_never_above_its_brim() -> None:
    paced = Pace(per_s=10, burst=2)
    paced.check("a", 0.0)
    paced.check("a", 0.0)
    paced.check("a", 0.1)
    for _ in range(2):
        paced.check("a", 100.0)
    with pytest.raises(Refused):
        paced.check("a", 100.0)


def test_one_caller_does_not_use_up_anothers() -> None:
    paced = Pace(per_s=1, burst=1)
    paced.check("a", 0.0)
    paced.check("b", 0.0)


def test_callers_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CALLERS_MAX", 5)
    paced = Pace()
    for number in range(50):
        paced.check(str(number), 0.0)
    assert len(paced._buckets) == 5


def test_a_slot_is_held_by_one_and_given_back_even_after_a_failure() -> None:
    slots = Slots(1, "later")
    with slots.take("a"):
        with slots.take("b"):
            pass
        with pytest.raises(Refused) as refused, slots.take("a"):
            pass
        assert refused.value.code == Code.BUSY
    with pytest.raises(ValueError, match="x"), slots.take("a"):
        raise ValueError("x")
    with slots.take("a"):
        pass


def test_a_caller_has_as_many_slots_as_there_are_for_one() -> None:
    slots = Slots(2, "later")
    two = (slots.take("a"), slots.take("a"))
    with two[0], two[1], slots.take("b"), pytest.raises(Refused, match="later"), slots.take("a"):
        pass
    with slots.take("a"), slots.take("a"):
        pass
