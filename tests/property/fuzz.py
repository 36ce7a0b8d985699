"""Very many different spoilt inputs for every decoder: ``uv run poe fuzz [INPUTS] [SEED]``.

Deterministic in the seed; an input that breaks a property is shrunk and printed.
"""

import sys
from time import process_time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.property.hostile_bytes import EDIT_BYTES, TARGETS, Target, feed

BATCH = 500
"""Examples between two fresh starts: what was tried is remembered within a batch."""
EDITS = 16, 48
"""Edits of an example, at the least and at the most."""


def fuzz(target: Target, inputs: int, start_seed: int) -> tuple[int, int]:
    """Give a decoder so many different inputs, and a few more: how many, how many it accepted."""
    seen: dict[int, bool] = {}
    least, most = (edits * EDIT_BYTES for edits in EDITS)

    @settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(start=st.integers(0, 255), edits=st.binary(min_size=least, max_size=most))
    def each(start: int, edits: bytes) -> None:
        seen.update((hash(raw), good) for raw, good in feed(target, start, edits).items())

    batch = 0
    while len(seen) < inputs:
        seed(start_seed * 1_000_003 + batch)(each)()
        batch += 1
    return len(seen), sum(seen.values())


def main() -> None:
    """Print a line a decoder, and their sum."""
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    start_seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    total, began_s = 0, process_time()
    for target in TARGETS:
        since_s = process_time()
        number, accepted = fuzz(target, -(-inputs // len(TARGETS)), start_seed)
        total += number
        took_s = process_time() - since_s
        print(
            f"{target.name:15} {number:9,} inputs {accepted:9,} accepted {took_s:7.1f} s",
            flush=True,
        )
    print(f"{'in all':15} {total:9,} inputs {'':18} {process_time() - began_s:7.1f} s")


if __name__ == "__main__":
    main()
