"""``yizhan demo``: the whole network on this machine."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from node.errors import ConfigError


def demo(
    *,
    exit: Annotated[
        bool, Parameter(negative="", help="stop after the story; else the network stays up")
    ] = False,
    dir: Annotated[
        Path | None, Parameter(help="keep each node's folder here, and the genesis file")
    ] = None,
    needs: Annotated[Path | None, Parameter(help="your own needs, JSON lines or CSV")] = None,
    results: Annotated[Path | None, Parameter(help="your own results, JSON lines or CSV")] = None,
    year: Annotated[
        bool, Parameter(negative="", help="a year at twelve stations instead, under its own clock")
    ] = False,
) -> int:
    """Run ten nodes on this machine and tell the whole story, each step checked.

    One national, three regional and six local stations: separate processes, each with its own
    folder, key, store and port. The exit code is 0 only if every step held.

    With ``--year`` twelve stations in one process work through a whole year: visits, needs that a
    second person approves, referrals of every course, reports, the ranking.
    """
    if year:
        from node.demo.year.story import tell_year

        if needs or results:
            raise ConfigError("--year brings its own needs and results", "Leave the files out.")
        return tell_year(dir, stay=not exit)
    from node.demo.story import tell

    return tell(dir, needs, results, stay=not exit)
