"""What every command takes and how it shows what it found."""

import json as json_text
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from node.cli.client import Client


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command: which node it is about and how to print.

    Attributes:
        dir: the node's folder.
        json: print JSON instead of text.
    """

    dir: Annotated[
        Path, Parameter(name="--dir", env_var="YIZHAN_DIR", help="the node's folder")
    ] = Path()
    json: Annotated[
        bool, Parameter(name="--json", negative="", help="print JSON instead of text")
    ] = False

    def client(self, timeout_s: float = 60) -> Client:
        """The running node's API.

        Raises:
            UnreachableError: no node runs in the folder.
        """
        return Client(self.dir, timeout_s)

    def publish(
        self, path: str, body: Mapping[str, object], told: str, timeout_s: float = 60
    ) -> None:
        """Ask the node to publish something, and tell what it did.

        Args:
            path: the route of the API.
            body: fields of the request.
            told: what to tell a person, before the new entry's id.
            timeout_s: how long the node may take, seconds.
        """
        with self.client(timeout_s) as client:
            answer = client.post(path, body)
        if self.json:
            self.show(answer)
        else:
            self.tell(f"{told} {answer['id']}")

    def show(self, value: Any, columns: Sequence[str] | None = None) -> None:
        """Print a list of rows as a table, a mapping as lines, or either as JSON.

        Args:
            value: what the API answered.
            columns: which fields of a row to show, in order; all of the first row's when None.
        """
        if self.json:
            print(json_text.dumps(value, ensure_ascii=False, indent=1))
        elif isinstance(value, Mapping):
            show_lines(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            show_table(value, columns)
        else:
            print(value)

    def tell(self, text: str) -> None:
        """Print a line for a person; nothing with ``--json``."""
        if not self.json:
            print(text)


HERE = Session()
"""The default of every command: the node of the current folder, as text."""


def show_lines(value: Mapping[str, Any], indent: str = "") -> None:
    """Print a mapping, one field a line."""
    width = max((len(name) for name in value), default=0)
    for name, part in value.items():
        if isinstance(part, Mapping) and part:
            print(f"{indent}{name}:")
            show_lines(part, indent + "  ")
        elif isinstance(part, list) and part and isinstance(part[0], Mapping):
            print(f"{indent}{name}:")
            for row in part:
                print(f"{indent}  - {_cell(row)}")
        else:
            print(f"{indent}{name:<{width}}  {_cell(part)}")


SHORT = 24
"""A column of cells no wider than this is never wrapped; the long ones give way."""
PIPE_WIDTH = 200


def show_table(rows: Sequence[Any], columns: Sequence[str] | None) -> None:
    """Print rows as a table that fits the terminal; wide where nobody looks at a terminal."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    if not rows:
        print("nothing")
        return
    names = list(columns or rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(names):
        widest = max(cell_len(row[number]) for row in cells)
        table.add_column(name, overflow="fold", no_wrap=widest <= SHORT or name == "id")
    for row in cells:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(highlight=False, markup=False, width=width).print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_cell(part)}" for name, part in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(part) for part in value) or "-"
    return str(value)
