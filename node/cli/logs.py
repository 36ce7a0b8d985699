"""``yizhan verify`` and ``rebuild``: nothing has to be believed, everything can be made again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from node.cli.session import HERE, Session

if TYPE_CHECKING:
    from node.verify import Progress, Verification


def verify(
    *files: Annotated[
        Path, Parameter(help="the genesis file, then logs; none: the whole store of --dir")
    ],
    session: Session = HERE,
) -> int:
    """Check signed logs with nothing but the genesis file, or a node's whole store.

    The first line that does not hold is named, with its file.
    """
    from node.errors import ConfigError
    from node.folder import read_genesis
    from node.verify import BadLogError, verify_files

    if len(files) == 1:
        raise ConfigError("no logs named", "Call: yizhan verify GENESIS FILE…")
    try:
        if files:
            network = read_genesis(files[0])
            size = sum(path.stat().st_size for path in files[1:] if path.exists())
            with progress(session, "checking", size) as advance:
                found = verify_files(network, files[1:], advance)
        else:
            found = _verify_store(session)
    except BadLogError as error:
        if session.json:
            session.show({"ok": False, "file": error.file, "line": error.line, "code": error.code})
        raise
    _report(session, found)
    return 0


def _verify_store(session: Session) -> "Verification":
    from node.cli.store import open_reading
    from node.verify import verify_texts

    with (
        open_reading(session.dir) as (config, network, reading),
        progress(session, "checking", None) as advance,
    ):
        return verify_texts(network, str(config.folder), reading.log_texts(), advance)


def _report(session: Session, found: "Verification") -> None:
    if session.json:
        session.show(
            {
                "ok": True,
                "entries": found.entries,
                "logs": len(found.logs),
                "stations": found.stations,
                "absent_bodies": found.absent,
                "inert": found.inert,
                "revoked_logs": len(found.revoked),
            }
        )
        return
    session.tell(
        f"good: {found.entries} entries in {len(found.logs)} logs of {found.stations} stations, "
        "every signature, digest and link"
    )
    for count, words in (
        (found.absent, "bodies are absent; their digests stand"),
        (found.inert, "entries are well signed and mean nothing here (inert)"),
        (len(found.revoked), "logs go on past the point at which their author was ended"),
    ):
        if count:
            session.tell(f"      {count} {words}")


def rebuild(*, session: Session = HERE) -> None:
    """Drop every read model and fold the log again; the digest must come out the same."""
    from node.cli.client import find_address

    if find_address(session.dir) is not None:
        with session.client(timeout_s=3600) as client:
            before = client.get("/digests")["readmodels"]
            with progress(session, "rebuilding", None):
                after = client.post("/rebuild", {})["readmodels"]
    else:
        before, after = _rebuild_store(session)
    _compare(session, before, after)


def _compare(session: Session, before: dict[str, str], after: dict[str, str]) -> None:
    from node.errors import StoreError

    changed = sorted(name for name in after if before.get(name) != after[name])
    if session.json:
        session.show({"digests": after, "changed": changed})
    if changed:
        raise StoreError(
            f"the read models came out differently: {', '.join(changed)}",
            "They are right now; please report this with the version of this program.",
        )
    session.tell("rebuilt: every read model came out the same")


def _rebuild_store(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    from node.cli.store import rebuild_store

    with progress(session, "rebuilding", None) as advance:
        return rebuild_store(session.dir, advance)


@contextmanager
def progress(session: Session, what: str, total: int | None) -> Iterator["Progress"]:
    """A progress bar on standard error while something long runs; none with ``--json``."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=session.json) as bars:
        task = bars.add_task(what, total=total)
        yield lambda amount: bars.advance(task, amount)
