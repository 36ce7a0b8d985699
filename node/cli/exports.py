"""``yizhan export``: tables for people, signed logs for anyone who wants to check."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from node.cli.session import HERE, Session
from protocol.limits import CHANNELS

if TYPE_CHECKING:
    from node.store.reading import Reading

LogTexts = Callable[[tuple[str, ...], str | None], Iterable[bytes]]

app = App(name="export", help="Write tables (XLSX, CSV, JSON lines) or signed logs to a file.")

TABLES = (
    "stations",
    "needs",
    "results",
    "resources",
    "referrals",
    "services-rendered",
    "activities-held",
    "screenings",
    "performance",
    "ranking",
)
PRIVATE = ("enterprises", "visits", "engagements", "contracts", "activities")
FORMATS = {".xlsx": "xlsx", ".csv": "csv", ".jsonl": "jsonl"}

Output = Annotated[Path, Parameter(name=["--output", "-o"], help="the file; .xlsx, .csv or .jsonl")]


def _table(name: str) -> None:
    def export(*, output: Output, session: Session = HERE) -> None:
        export_table(session, name, output)

    export.__doc__ = f"Write the table of {name} to a file."
    app.command(export, name=name)


for _name in (*TABLES, *PRIVATE):
    _table(_name)


def export_table(session: Session, name: str, output: Path) -> None:
    """Fetch one table from the running node and write it.

    Raises:
        ConfigError: the file's name says no format.
    """
    from node.errors import ConfigError
    from node.folder import replace_file

    format_ = FORMATS.get(output.suffix.lower())
    if format_ is None:
        raise ConfigError(f"{output}: name the file .xlsx, .csv or .jsonl")
    with session.client(timeout_s=600) as client:
        if name in PRIVATE:
            content = client.fetch(f"/records/{name}/export", {"format": format_})
        else:
            content = client.download(f"/exports/{name}", format=format_)
    _check_place(output)
    replace_file(output, content)
    _done(session, output, len(content))


@app.command
def log(
    *,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="the file; standard output if none")
    ] = None,
    channel: Annotated[
        list[str] | None, Parameter(help="only these channels (and the registry), repeatable")
    ] = None,
    author: Annotated[
        str,
        Parameter(
            allow_leading_hyphen=True,
            help="only this author's logs (and the registry): a key or station id",
        ),
    ] = "",
    session: Session = HERE,
) -> None:
    """Write signed logs as text: header line, body line, and so on; the registry comes first."""
    from node.cli.logs import progress
    from node.errors import ConfigError

    unknown = sorted(set(channel or ()) - set(CHANNELS))
    if unknown:
        raise ConfigError(f"'{unknown[0]}' is no channel", f"Channels: {', '.join(CHANNELS)}")
    chosen = tuple(each for each in CHANNELS if each in (channel or CHANNELS))
    if output is None:
        _stream(session.dir, chosen, author)
        return
    _check_place(output)
    with progress(session, "exporting", None) as advance:
        size = export_log(session.dir, output, chosen, author, advance)
    _done(session, output, size)


def export_log(
    folder: Path,
    output: Path,
    channels: tuple[str, ...] = CHANNELS,
    author: str = "",
    advance: Callable[[int], None] | None = None,
) -> int:
    """Write a node's signed logs to a file: whole, or not at all.

    Args:
        folder: the node's, running or not.
        output: the file.
        channels: which channels; the registry is always there.
        author: whose logs, by key or station id; everybody's when empty.
        advance: told of the bytes written.

    Returns:
        The bytes written.
    """
    from node.cli.store import open_reading

    part = output.with_name(f".{output.name}.part")
    size = 0
    try:
        with open_reading(folder) as (_, _, reading), part.open("wb") as file:
            for text in _texts(reading.log_texts, channels, _author_key(reading, author)):
                file.write(text)
                size += len(text)
                if advance is not None:
                    advance(len(text))
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return size


def _stream(folder: Path, channels: tuple[str, ...], author: str) -> None:
    from node.cli.store import open_reading

    with open_reading(folder) as (_, _, reading):
        for text in _texts(reading.log_texts, channels, _author_key(reading, author)):
            sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def _texts(log_texts: LogTexts, channels: tuple[str, ...], author: str) -> Iterable[bytes]:
    """The whole registry, then the chosen logs: what an outsider needs to check them."""
    yield from log_texts(("registry",), None)
    rest = tuple(channel for channel in channels if channel != "registry")
    if rest:
        yield from log_texts(rest, author or None)


def _author_key(reading: "Reading", author: str) -> str:
    """The key of a station given by key or id; a key that holds no log here is refused."""
    from node.errors import NotFoundError
    from node.readmodels import stations

    if not author:
        return ""
    if any(head.log.author == author for head in reading.heads()):
        return author
    try:
        return stations.get(reading, author).key
    except NotFoundError:
        raise NotFoundError(f"nothing of author '{author}' is held here") from None


def _check_place(output: Path) -> None:
    from node.errors import ConfigError

    if not output.absolute().parent.is_dir():
        raise ConfigError(f"{output.absolute().parent} is no folder", "Make it first.")


def _done(session: Session, output: Path, size: int) -> None:
    if session.json:
        session.show({"file": str(output), "bytes": size})
    else:
        session.tell(f"wrote {output}, {size:,} bytes")
