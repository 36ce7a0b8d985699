"""The command ``yizhan`` (DESIGN section 3).

Exit codes: 0 done, 1 refused or failed, 2 wrong command line or configuration. What goes wrong is
one line on standard error and, where it helps, a second that says what to do next. Heavy modules
are imported by the command that needs them, so that ``yizhan --help`` answers at once.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App, CycloptsError

from node.commands import COMMANDS
from node.errors import ConfigError, NodeError
from node.process import begin_process
from protocol.errors import ProtocolError

OWN_COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("node.cli.demo:demo", "Run a whole network of ten nodes on this machine."),
    "network": ("node.cli.network:app", "Found a network, join one, sign for its council."),
    "init": ("node.cli.station:init", "Make a node's folder: keys and settings."),
    "admit": ("node.cli.admission:admit", "Admit a station, directly or by the council."),
    "station": ("node.cli.membership:app", "Renew, move, suspend and end memberships."),
    "rotate": ("node.cli.keys:rotate", "Give the station new keys."),
    "run": ("node.cli.station:run", "Run the node."),
    "status": ("node.cli.station:status", "Show how the node stands."),
    "import": ("node.cli.imports:app", "Bring in a list from a file."),
    "template": ("node.cli.imports:template", "Write the workbook to fill in for a list."),
    "export": ("node.cli.exports:app", "Write tables or signed logs to a file."),
    "erase": ("node.cli.erase:erase", "Take back the body of an entry this station wrote."),
    "backup": ("node.cli.backup:backup", "Write the store to one file."),
    "restore": ("node.cli.backup:restore", "Fill an empty store from a backup."),
    "verify": ("node.cli.logs:verify", "Check signed logs, or a whole store, without a node."),
    "simulate": (
        "node.cli.simulate:simulate",
        "Simulate a network under faults, or the whole country.",
    ),
    "rebuild": ("node.cli.logs:rebuild", "Drop every read model and build it again."),
    "account": (
        "node.cli.people:account",
        "Accounts of those who work at the station, and their roles.",
    ),
    "session": ("node.cli.people:session", "Log-ins in force."),
    "audit": ("node.cli.people:audit", "Show the audit trail, or check every link of it."),
    "inbox": ("node.cli.notices:inbox", "What there is to know and to do at this station."),
    "mail": ("node.cli.mail:mail", "Mail to those who work here, and how it fares."),
}
"""The commands every node has, whatever its mode: where they are and what they do."""


_HYPHENED_ID = re.compile("-[A-Za-z0-9_-]{42}")
"""An id or key that begins with a hyphen, as one in 64 does; no option looks like it."""
_GUARD = "\N{WORD JOINER}"
"""Stands before such an id while options are told from values."""


def create_app() -> App:
    """The command line: the node's own commands and those of every tier."""
    app = App(
        name="yizhan",
        help="驿站: a network of innovation stations and science associations.",
        version_flags=["--version"],
        version=_version,
        help_format="plaintext",
    )
    for name, (place, help_) in {**OWN_COMMANDS, **COMMANDS}.items():
        app.command(place, name=name, help=help_)
    return app


def main(tokens: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    begin_process()
    words = list(sys.argv[1:] if tokens is None else tokens)
    try:
        return _run(create_app(), words)
    except CycloptsError as error:
        return _say(str(error), "Add --help to see what the command takes.", 2)
    except NodeError as error:
        return _say(error.message, error.hint, 2 if isinstance(error, ConfigError) else 1)
    except ProtocolError as error:
        return _say(str(error), "", 1)
    except KeyboardInterrupt:
        return 130


def _run(app: App, words: list[str]) -> int:
    guarded = [f"{_GUARD}{word}" if _HYPHENED_ID.fullmatch(word) else word for word in words]
    try:
        command, given, *_ = app.parse_args(guarded, exit_on_error=False, print_error=False)
        named = {name: _unguarded(value) for name, value in given.kwargs.items()}
        code = command(*map(_unguarded, given.args), **named)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (``| head``): nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


def _unguarded(value: object) -> object:
    if isinstance(value, str):
        return value.removeprefix(_GUARD)
    if isinstance(value, Path):
        return Path(str(value).removeprefix(_GUARD))
    if isinstance(value, list):
        return [_unguarded(each) for each in value]
    if type(value) is tuple:
        return tuple(_unguarded(each) for each in value)
    return value


def _say(message: str, hint: str, code: int) -> int:
    print(f"yizhan: {' '.join(message.replace(_GUARD, '').split())}", file=sys.stderr)
    if hint:
        print(f"        {' '.join(hint.split())}", file=sys.stderr)
    return code


def _version() -> str:
    from importlib.metadata import version

    return version("yizhan")
