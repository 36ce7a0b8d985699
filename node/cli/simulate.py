"""``yizhan simulate``: a network under faults in virtual time, or the whole country."""

import json as json_text
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from node.simulation.scenarios import Played


def simulate(
    *,
    seed: Annotated[int, Parameter(help="the only source of chance")] = 1,
    seeds: Annotated[int | None, Parameter(help="play the storm under so many seeds")] = None,
    scenario: Annotated[str | None, Parameter(help="one scenario; --list names them")] = None,
    list: Annotated[bool, Parameter(negative="", help="name the scenarios")] = False,
    country: Annotated[
        bool, Parameter(negative="", help="every division of China at county level and above")
    ] = False,
    nodes: Annotated[int | None, Parameter(help="with --country: only so many nodes")] = None,
    drills: Annotated[
        int, Parameter(help="with --country: regions taken away in turn, national last")
    ] = 32,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="with --country: write the plot, SVG")
    ] = None,
    jobs: Annotated[int, Parameter(help="processes that share the seeds or stations")] = 1,
    json: Annotated[bool, Parameter(negative="", help="print JSON instead of text")] = False,
) -> int:
    """Run the production code of a whole network in one process under a virtual clock.

    Without options every scenario is played once; with --seeds the storm of random faults, under
    one seed after another. Whatever fails is printed with the command that reproduces it, and the
    exit code is 1.
    """
    if list:
        return _list(json=json)
    if country:
        from node.simulation.picture import report_country

        return report_country(seed, nodes, drills, output, jobs=jobs, json=json)
    from node.simulation.scenarios import SCENARIOS

    if seeds is not None:
        plays = [(scenario or "storm", seed + number) for number in range(seeds)]
    else:
        plays = [(name, seed) for name in ([scenario] if scenario else SCENARIOS)]
    return _play_all(plays, jobs, json=json)


def _list(*, json: bool) -> int:
    from node.simulation.scenarios import SCENARIOS

    rows = [
        {"name": each.name, "about": each.about, "title": each.title} for each in SCENARIOS.values()
    ]
    if json:
        print(json_text.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        print(f"{row['name']:<14} {row['about']:<4} {row['title']}")
    return 0


def _play_all(plays: "list[tuple[str, int]]", jobs: int, *, json: bool) -> int:
    from node.errors import ConfigError
    from node.simulation.scenarios import SCENARIOS, play_many

    unknown = {name for name, _ in plays if name not in SCENARIOS}
    if unknown:
        raise ConfigError(f"there is no scenario {min(unknown)}", "yizhan simulate --list")
    failed = 0
    happened: Counter[str] = Counter()
    for played in play_many(plays, jobs):
        failed += bool(played.faults)
        happened.update(played.happened)
        if json:
            print(json_text.dumps(asdict(played), ensure_ascii=False), flush=True)
        else:
            _tell(played)
    if not json:
        if happened:
            told = ", ".join(f"{count} {kind}" for kind, count in happened.most_common())
            print(f"put through: {told}")
        print(f"{len(plays) - failed} of {len(plays)} runs hold")
    return 1 if failed else 0


def _tell(played: "Played") -> None:
    verdict = "holds" if not played.faults else "FAILS"
    print(
        f"{verdict} {played.scenario} seed {played.seed}: {played.messages} messages,"
        f" {played.entries} entries taken in, {played.virtual_s / 60:.0f} virtual minutes,"
        f" {played.cpu_s:.1f} s, trace {played.trace}",
        flush=True,
    )
    for fault in played.faults:
        print(f"  {fault}")
    if played.faults:
        print(f"  to see it again: {played.command}")
