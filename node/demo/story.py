"""The whole story of the mission, told by ten real processes (DESIGN section 3)."""

import signal
import sys
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from node.demo import founding, ranking, referring
from node.demo.checking import verify_exports
from node.demo.network import DemoNetwork, running
from node.demo.tale import Narrator, Step, Tale
from node.errors import ConfigError, NodeError

if TYPE_CHECKING:
    from rich.console import Console


def steps(needs: Path, results: Path) -> tuple[Step, ...]:
    """The story, step by step."""
    return (
        ("the council founds the network", founding.found_network),
        ("ten nodes start, each with its own folder, key, store and port", founding.start_nodes),
        ("the council admits the national station", founding.admit_national),
        ("national admits three regional stations", founding.admit_regional),
        ("each regional station admits two local ones", founding.admit_local),
        ("results are imported at the stations", founding.import_results(results)),
        ("needs are imported at the stations", founding.import_needs(needs)),
        ("a visit in Sichuan turns up a need", referring.visit_enterprise),
        ("it is published without the enterprise's name", referring.check_unnamed),
        ("the Zhejiang station finds a result for it", referring.find_match),
        ("the Sichuan regional node is killed (SIGKILL)", referring.kill_region),
        ("the need is referred to Zhejiang all the same", referring.request),
        ("accepted; the enterprise is disclosed to one station", referring.accept_and_disclose),
        ("carried out, concluded with a contract, confirmed", referring.conclude),
        ("performance reports are compiled and signed", ranking.compile_reports),
        ("reports are approved, in the dead parent's place too", ranking.approve_reports),
        ("national publishes the ranking", ranking.publish_ranking),
        ("a local station recomputes the ranking and agrees", ranking.recompute),
        ("the killed node comes back and catches up", ranking.bring_back),
        ("all ten nodes show the same heads and read models", ranking.compare_all),
        ("an outsider verifies every exported log", verify_exports),
    )


def tell(folder: Path | None, needs: Path | None, results: Path | None, *, stay: bool) -> int:
    """Tell the story; keep the network up afterwards if ``stay``.

    Args:
        folder: where the nodes' folders go and remain; a temporary one when None.
        needs: a file of needs in place of the sample.
        results: a file of results in place of the sample.
        stay: leave the nodes running until Ctrl-C.

    Returns:
        0 when every step held.

    Raises:
        ConfigError: a file or the folder cannot be used; nothing was started.
        NodeError: a step did not hold.
    """
    from rich.console import Console

    for file in (needs, results):
        if file is not None and not file.is_file():
            raise ConfigError(f"{file} is no file")
    console = Console(highlight=False)
    place = folder or Path(mkdtemp(prefix="yizhan-demo-")) / "network"
    signal.signal(signal.SIGTERM, _interrupt)
    with running(place) as network:
        try:
            _tell_steps(
                console,
                Tale(network),
                steps(needs or founding.SAMPLE_NEEDS, results or founding.SAMPLE_RESULTS),
            )
        except NodeError as error:
            error.hint = f"{error.hint} Everything is kept in {place}".strip()
            raise
        if stay:
            _stay(console, network)
    if folder is None:
        _remove(place.parent)
    return 0


def _tell_steps(console: "Console", tale: Tale, told: tuple[Step, ...]) -> None:
    narrator = Narrator(console, len(told))
    for title, act in told:
        with narrator.step(title) as saw:
            saw(act(tale))


def _stay(console: "Console", network: DemoNetwork) -> None:
    console.print("\nThe network is up. The consoles:")
    for node in network:
        console.print(f"  {node.address:<24} {node.place.name}")
    console.print(f"Folders: {network.folder}. Ctrl-C ends it.")
    sys.stdout.flush()
    try:
        Event().wait()
    except KeyboardInterrupt:
        console.print("stopping …")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _remove(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)
