"""``uv run poe bench``: every figure as a table, medians of five rounds.

``uv run poe bench latency`` measures one of them; ``--rounds 1`` is a quick look.
"""

import argparse
import os
import platform

from tests.benchmarks import cold_sync, ingest, latency, matching, reconcile, recovery
from tests.benchmarks.figures import Figure

GROUPS = {
    "ingest": ingest.figures,
    "cold-sync": cold_sync.figures,
    "recovery": recovery.figures,
    "reconcile": reconcile.figures,
    "latency": latency.figures,
    "matching": matching.figures,
}


def print_figures(figures: list[Figure]) -> None:
    """One line a figure."""
    for each in figures:
        print(
            f"{each.name:<44}{each.value:>12,.1f}  {each.unit:<10}{each.bound:>10}  {each.verdict}",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="the figures of the house")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="which; all if none")
    parser.add_argument("--rounds", type=int, default=5, help="runs a figure is the median of")
    given = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'figure':<44}{'measured':>12}  {'unit':<10}{'bound':>10}  verdict", flush=True)
    for name in given.groups or GROUPS:
        print_figures(GROUPS[name](given.rounds))


if __name__ == "__main__":
    main()
