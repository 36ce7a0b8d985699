"""``yizhan demo --year``: the year told, its figures checked, its consoles opened."""

import asyncio
import signal
from datetime import date
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic
from typing import TYPE_CHECKING

from node.demo.plan import TOP
from node.demo.year.closing import check_acts, compare, rank, report
from node.demo.year.figures import Figure, check_figures, read_figures
from node.demo.year.network import YearNetwork, founded
from node.demo.year.script import Pace, Year, working_days
from node.errors import NodeError
from node.scratch import scratch_parent

if TYPE_CHECKING:
    from rich.console import Console

YEAR = 2025


def tell_year(folder: Path | None, *, stay: bool) -> int:
    """Play a year at twelve stations; keep the consoles open afterwards if ``stay``.

    Args:
        folder: where the nodes' folders go and remain; a temporary one when None.
        stay: serve the consoles until Ctrl-C.

    Returns:
        0 when every target was met and all twelve show the same.

    Raises:
        NodeError: a step did not hold.
    """
    from rich.console import Console

    console = Console(highlight=False)
    place = folder or Path(mkdtemp(prefix="yizhan-year-", dir=scratch_parent())) / "network"
    try:
        asyncio.run(_tell(console, place, stay=stay))
    except NodeError as error:
        error.hint = f"{error.hint} Everything is kept in {place}".strip()
        raise
    if folder is None:
        rmtree(place.parent, ignore_errors=True)
    return 0


async def _tell(console: "Console", place: Path, *, stay: bool) -> None:
    begun = monotonic()
    async with founded(place, date(YEAR, 1, 2)) as network:
        _say(console, begun, "十二个站点已组网: the council founded the network, all are admitted")
        year = Year(network, [*working_days(YEAR)], Pace())
        with console.status("…") as status:
            await year.play(
                lambda day, days: status.update(
                    f"{network.clock.today} · {day}/{days} · {year.field.visits} 次走访"
                    f" · {len(year.courses)} 件在办"
                )
            )
        _say(console, begun, f"{len(year.days)} 个工作日: {year.begun} needs were handed on")
        _say(console, begun, await check_acts(network))
        reports = await report(network, str(YEAR))
        _say(console, begun, f"{reports} reports compiled and approved")
        _say(console, begun, await rank(network, str(YEAR)))
        _say(console, begun, await compare(network))
        figures = await read_figures(network[TOP.slug])
        _print(console, figures)
        check_figures(figures)
        _say(console, begun, "the targets of the pilot are met")
        if stay:
            await _stay(console, network)


def _say(console: "Console", begun: float, text: str) -> None:
    console.print(f"[green]✔[/] {text}  [dim]{monotonic() - begun:.1f} s[/]", soft_wrap=True)


def _print(console: "Console", figures: list[Figure]) -> None:
    from rich.table import Table

    table = Table("指标", "全年", "目标")
    for name, value, at_least in figures:
        table.add_row(name, f"{value:,}", "" if at_least is None else f"≥ {at_least:,}")
    console.print(table)


async def _stay(console: "Console", network: YearNetwork) -> None:
    """Serve every console until Ctrl-C."""
    await network.open_consoles()
    console.print("\nThe consoles, with the accounts of each station:")
    for station in network:
        accounts = "  ".join(f"{name} {word}" for name, word in station.passwords.items())
        console.print(
            f"  {station.node.address:<24} {station.place.name}\n      [dim]{accounts}[/]",
            soft_wrap=True,
        )
    console.print(f"Folders: {network.folder}. Ctrl-C ends it.")
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    await over.wait()
    console.print("stopping …")
