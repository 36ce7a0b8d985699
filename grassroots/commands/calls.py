"""One call of the running node's API, and how its answer is shown."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from node.calendar import moment_of
from node.cli.session import Session
from node.errors import ConfigError

FILE_S = 1800
"""How long a file may be on its way, seconds."""


def an_id(help_: str, name: str | None = None) -> Parameter:
    """A parameter that is an entry's id, which may begin with a hyphen."""
    return Parameter(name=name, help=help_, allow_leading_hyphen=True)


Limit = Annotated[int, Parameter(help="rows at most, 1 to 500")]
After = Annotated[str, an_id("id of the last row of the page before")]
Q = Annotated[str, Parameter(name=["--q", "-q"], help="words to find")]
OfStation = Annotated[str, an_id("only this station's: its id", "--station")]
Output = Annotated[Path, Parameter(name=["--output", "-o"], help="where to; nothing is there")]
Field = Annotated[str, Parameter(help="only this technical field")]


def show_list(session: Session, path: str, columns: Sequence[str], **query: object) -> None:
    """Fetch a list and show it as a table; times in Beijing time."""
    with session.client() as client:
        items = client.get(path, **{name: value for name, value in query.items() if value != ""})[
            "items"
        ]
    if session.json:
        session.show(items)
    else:
        session.show([_readable(item) for item in items], columns)


def show_one(session: Session, path: str, **query: object) -> None:
    """Fetch one thing and show its fields."""
    with session.client() as client:
        value = client.get(path, **query)
    session.show(value if session.json else _readable(value))


def send(session: Session, path: str, body: Mapping[str, object], told: str) -> None:
    """Ask the node to publish something, and tell what it did.

    Args:
        body: fields of the request; those that are None or empty are left out.
        told: what to tell a person, before the new entry's id.
    """
    given = {name: value for name, value in body.items() if value not in (None, "", [], {})}
    session.publish(path, given, told, timeout_s=600)


def check_file(file: Path) -> None:
    """Check that there is a file to send.

    Raises:
        ConfigError: there is none.
    """
    if not file.is_file():
        raise ConfigError(f"{file} is no file")


def send_file(session: Session, path: str, file: Path, query: Mapping[str, str]) -> Any:
    """Send a file to the node.

    Returns:
        What the node answered.
    """
    check_file(file)
    with session.client(FILE_S) as client:
        return client.upload(path, file, **query)


def tell_made(session: Session, answer: Mapping[str, object], told: str) -> None:
    """Tell what was made, by its id."""
    if session.json:
        session.show(answer)
    else:
        session.tell(f"{told} {answer['id']}")


def save_file(session: Session, path: str, output: Path) -> None:
    """Fetch a file from the node; it is there whole, or not at all.

    Raises:
        ConfigError: something is there already.
    """
    if output.exists():
        raise ConfigError(f"{output} is there already", "Choose another name.")
    part = output.with_name(f".{output.name}.part")
    try:
        with session.client(FILE_S) as client:
            size = client.save(path, part)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    if session.json:
        session.show({"file": str(output), "bytes": size})
    else:
        session.tell(f"wrote {output}, {size:,} bytes")


def _readable(item: Mapping[str, object]) -> dict[str, object]:
    """Times as a person reads them; what is empty is left out."""
    shown: dict[str, object] = {}
    for name, value in item.items():
        if name in ("time", "revised", "updated") and isinstance(value, int):
            shown[name] = moment_of(value)
        elif isinstance(value, Mapping):
            shown[name] = _readable(value)
        elif value not in (None, "", []):
            shown[name] = value
    return shown
