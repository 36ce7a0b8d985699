"""How the demo tells its story: one step after the other, each checked, each printed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from node.demo.network import DemoNetwork
from node.demo.process import NodeProcess, wait_until
from node.errors import NodeError

if TYPE_CHECKING:
    from rich.console import Console

STEP_S = 90
"""How long one thing may take to reach another node before the step has failed, seconds."""


class StepFailedError(NodeError):
    """A step of the story did not hold."""


@dataclass
class Tale:
    """What the story knows so far: the network, and the ids that later steps speak of."""

    network: DemoNetwork
    results_in: int = 0
    needs_in: int = 0
    need_text: dict[str, str] = field(default_factory=dict)
    need: str = ""
    result: str = ""
    case: str = ""
    reports: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    ranking: str = ""


Step = tuple[str, Callable[[Tale], str]]
"""What the step says it does, and the function that does it and returns what was seen."""


def check(holds: object, otherwise: str) -> None:
    """Make sure of something the story says.

    Raises:
        StepFailedError: it does not hold; ``otherwise`` says what was seen instead.
    """
    if not holds:
        raise StepFailedError(otherwise)


def await_at(
    node: NodeProcess,
    condition: Callable[[NodeProcess], object],
    what: str,
    timeout_s: float = STEP_S,
) -> None:
    """Wait until something has reached a node.

    Raises:
        StepFailedError: it did not in time.
    """
    reached = wait_until(lambda: condition(node), timeout_s)
    check(reached, f"{node.place.slug} does not see {what}: {node.last_words()}")


class Narrator:
    """Prints each step as it happens, with a tick and the time it took."""

    def __init__(self, console: "Console", total: int) -> None:
        self._console = console
        self._total = total
        self._number = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """One step; what it saw is handed to the function that is given."""
        self._number += 1
        seen: list[str] = []
        begun = monotonic()
        label = f"{self._number:>2}/{self._total}"
        with self._console.status(f"{label}  {title} …"):
            try:
                yield seen.append
            except NodeError:
                self._console.print(f"[red]✘ {label}[/]  {title}")
                raise
        took = monotonic() - begun
        self._console.print(f"[green]✔ {label}[/]  {title}  [dim]{took:.1f} s[/]")
        for line in seen:
            self._console.print(f"          [dim]{line}[/]", soft_wrap=True)
