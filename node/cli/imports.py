"""``yizhan import``: needs and results from a file, row by row (A17)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from node.cli.client import Client
from node.cli.session import HERE, Session

if TYPE_CHECKING:
    from node.imports import ImportPage

app = App(name="import", help="Bring in needs or results from a file, row by row.")

File = Annotated[Path, Parameter(help="JSON lines or CSV with a heading; UTF-8 or GB 18030")]
System = Annotated[
    str, Parameter(help="name of the system the rows come from; the file's name if not given")
]
DryRun = Annotated[bool, Parameter(negative="", help="only say what would happen")]

_COUNTS = ("published", "already_here", "would_publish")


@app.command
def needs(
    file: File, *, system: System = "", dry_run: DryRun = False, session: Session = HERE
) -> int:
    """Publish needs from a file; run again, it takes only what is new."""
    return import_file(session, "needs", file, system, dry_run)


@app.command
def results(
    file: File, *, system: System = "", dry_run: DryRun = False, session: Session = HERE
) -> int:
    """Publish results from a file; run again, it takes only what is new."""
    return import_file(session, "results", file, system, dry_run)


def import_file(session: Session, kind: str, file: Path, system: str, dry_run: bool) -> int:
    """Send a file's rows to the running node, page by page.

    Args:
        session: which node, and how to print.
        kind: ``needs`` or ``results``.
        file: JSON lines or CSV.
        system: where the rows come from; with a row's id it tells a row that is here already.
        dry_run: publish nothing.

    Returns:
        1 when a row was refused, else 0.

    Raises:
        ConfigError: the file cannot be read.
        UnreachableError: no node runs in the folder.
    """
    from node.cli.logs import progress
    from node.errors import ConfigError
    from node.imports import count_rows, read_pages

    if not file.is_file():
        raise ConfigError(f"{file} is no file")
    total: dict[str, Any] = dict.fromkeys(_COUNTS, 0) | {"refused": []}
    with (
        session.client(timeout_s=600) as client,
        progress(session, "importing", count_rows(file)) as advance,
    ):
        for page in read_pages(file):
            answer = _send(client, kind, page, system or file.stem, dry_run)
            _add(total, page, answer)
            advance(len(page.rows) + len(page.refused))
    _report(session, total, dry_run)
    return 1 if total["refused"] else 0


def _send(client: Client, kind: str, page: "ImportPage", system: str, dry_run: bool) -> Any:
    if not page.rows:
        return {"refused": []}
    body = {
        "system": system,
        "first": page.first,
        "numbers": page.numbers,
        "rows": page.rows,
        "dry_run": dry_run,
    }
    return client.post(f"/imports/{kind}", body)


def _add(total: dict[str, Any], page: "ImportPage", answer: dict[str, Any]) -> None:
    for name in _COUNTS:
        total[name] += answer.get(name, 0)
    total["refused"] += [
        {"row": each.row, "field": each.field, "reason": each.reason} for each in page.refused
    ]
    total["refused"] += answer["refused"]


def _report(session: Session, total: dict[str, Any], dry_run: bool) -> None:
    if session.json:
        session.show(total)
        return
    refused = sorted(total["refused"], key=lambda row: int(row["row"]))
    for row in refused[:50]:
        session.tell(f"row {row['row']}: {row['field']}: {row['reason']}")
    if len(refused) > 50:
        session.tell(f"… and {len(refused) - 50} more; all of them with --json")
    count = total["would_publish"] if dry_run else total["published"]
    session.tell(
        f"{'would publish' if dry_run else 'published'} {count}, "
        f"already here {total['already_here']}, refused {len(refused)}"
    )
