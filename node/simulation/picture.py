"""The country's report as a table and as a plot (SVG without any library)."""

import sys
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from node.simulation.measure import Measured, extrapolate, measure
from node.simulation.purely import REMEMBERED

SIZES = (100, 300, 800)
"""Smaller countries run before a large one, to show how the cost grows."""
EXTRAPOLATED = 25_000
"""Nodes with the associations of enterprises and parks, too."""

_COLUMNS = (
    ("nodes", "nodes"),
    ("rounds", "rounds"),
    ("virtual_s", "virtual s"),
    ("cpu_s", "CPU s"),
    ("us_per_pair", "us/(node,run)"),
    ("duplicates_per_pair", "duplicates/pair"),
    ("requests_per_node", "requests/node"),
    ("mb_in_per_node", "MB in/node"),
    ("mb_in_national", "MB in nat."),
    ("mb_out_national", "MB out nat."),
    ("memory_mb", "memory MB"),
)
_WIDTH, _HEIGHT, _MARGIN = 720, 360, 56
_COLOURS = ("#1b6ca8", "#c1440e", "#2e7d32", "#6a1b9a")


def _say(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


def report_country(
    seed: int, nodes: int | None, drills: int, output: Path | None, *, jobs: int, json: bool
) -> int:
    """Run the country and what is smaller than it, and print or write what came of it.

    Returns:
        The exit code: 0 when everything converged and every drill held.
    """
    import json as json_text

    sizes = [size for size in SIZES if nodes is None or size < nodes]
    began_s = monotonic()
    found = _measure_each(seed, sizes, jobs)
    found.append(measure(seed, nodes, _say, drills=drills, jobs=jobs))
    minutes = (monotonic() - began_s) / 60
    if json:
        told = {"minutes": round(minutes, 1), "processes": jobs, "remembered": REMEMBERED,
                "measured": [each.as_dict() for each in found],
                "extrapolated": extrapolate(found, EXTRAPOLATED)}  # fmt: skip
        print(json_text.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(write_table(found))
        print(f"all of it took {minutes:.1f} minutes in {jobs} processes")
    if output is not None:
        output.write_text(draw(found), encoding="utf-8")
    return 0 if all(each.holds for each in found) else 1


def _measure_each(seed: int, sizes: Sequence[int], jobs: int) -> list[Measured]:
    """Smaller countries, each in a process of its own, so many at a time; the largest begins."""
    if jobs == 1 or not sizes:
        return [measure(seed, size, _say) for size in sizes]
    with get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        largest_first = [(seed, size, _say) for size in reversed(sizes)]
        return pool.starmap(measure, largest_first, chunksize=1)[::-1]


def write_table(found: Sequence[Measured]) -> str:
    """The figures, one column a country, and the drills."""
    rows = [[title, *(f"{getattr(each, name):g}" for each in found)] for name, title in _COLUMNS]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    largest = found[-1]
    lines.append(f"computed once for all nodes: {REMEMBERED}; the store is the one in memory")
    lines.append(
        f"heads agree on all {largest.nodes} nodes: {largest.heads_agree}; read models agree on"
        f" {largest.read_models_sampled} sampled nodes: {largest.read_models_agree}"
    )
    guess = extrapolate(list(found), EXTRAPOLATED)
    lines.append(
        f"extrapolated to {EXTRAPOLATED:,} nodes: {guess['cpu_s'] / 3600:.1f} h of one core,"
        f" {guess['memory_mb'] / 1024:.0f} GB, {guess['mb_in_per_node']:.0f} MB in per node"
    )
    for each in largest.drills:
        verdict = "holds" if each.holds else "FAILS"
        lines.append(f"without {each.removed} ({each.nodes} nodes): {verdict}, {each.beats} rounds")
    return "\n".join(lines)


def draw(found: Sequence[Measured]) -> str:
    """How much of everything is held everywhere, over virtual time: one line a country."""
    longest = max(each.virtual_s for each in found) or 1.0
    inner = (_WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    parts += _axes(longest, inner)
    for index, each in enumerate(found):
        colour = _COLOURS[index % len(_COLOURS)]
        points = " ".join(
            f"{_MARGIN + at_s / longest * inner[0]:.1f},{_HEIGHT - _MARGIN - share * inner[1]:.1f}"
            for at_s, share in each.curve
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        parts.append(
            f'<text x="{_WIDTH - _MARGIN - 150}" y="{_HEIGHT - _MARGIN - 20 - 16 * index}"'
            f' fill="{colour}">{each.nodes} nodes, {each.rounds} rounds</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _axes(longest: float, inner: tuple[int, int]) -> list[str]:
    bottom, left = _HEIGHT - _MARGIN, _MARGIN
    parts = [
        f'<path d="M{left} {_MARGIN} V{bottom} H{_WIDTH - _MARGIN}" fill="none" stroke="#444"/>',
        f'<text x="{left}" y="{_MARGIN - 24}">share of all (node, run) pairs held</text>',
        f'<text x="{_WIDTH // 2 - 60}" y="{_HEIGHT - 16}">virtual seconds</text>',
    ]
    for step in range(5):
        x, y = left + inner[0] * step / 4, bottom - inner[1] * step / 4
        parts.append(
            f'<text x="{x:.0f}" y="{bottom + 18}" text-anchor="middle">{longest * step / 4:.0f}'
            f'</text><text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{25 * step} %</text>'
        )
    return parts
