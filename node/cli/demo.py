"""``yizhan demo``: the whole network on this machine."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


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
) -> int:
    """Run ten nodes on this machine and tell the whole story, each step checked.

    One national, three regional and six local stations: separate processes, each with its own
    folder, key, store and port. The exit code is 0 only if every step held.
    """
    from node.demo.story import tell

    return tell(dir, needs, results, stay=not exit)
