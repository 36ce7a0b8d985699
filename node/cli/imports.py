"""``yizhan import`` and ``yizhan template``: lists from a file, row by row (A17)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from node.cli.client import Client
from node.cli.session import HERE, Session
from node.lists import ListKind

if TYPE_CHECKING:
    from node.imports import ImportPage

app = App(name="import", help="Bring in a list from a file, row by row.")

File = Annotated[Path, Parameter(help="XLSX, CSV with a heading, or JSON lines; UTF-8 or GB 18030")]
System = Annotated[
    str, Parameter(help="name of the system the rows come from; the file's name if not given")
]
DryRun = Annotated[bool, Parameter(negative="", help="only say what would happen")]

_COUNTS = ("published", "handed_in", "already_here", "would_publish")


LISTS = {
    "enterprises": "Keep the cards of enterprises; they stay at the station.",
    "visits": "Keep visits; the notes stay at the station.",
    "needs": "Publish needs from a file; run again, it takes only what is new. Whoever does so "
    "declares that none of them holds a state or work secret.",
    "results": "Publish results from a file; run again, it takes only what is new.",
    "resources": "Make experts and services known; who stands behind them stays at the station.",
    "engagements": "Record services; the numbers of those that are done are published.",
    "activities": "Record activities; their numbers are published, the rest stays at the station.",
    "contracts": "Record technology contracts; they stay at the station.",
}


def _list(name: str, help: str) -> None:
    def bring_in(
        file: File, *, system: System = "", dry_run: DryRun = False, session: Session = HERE
    ) -> int:
        return import_file(session, name, file, system, dry_run)

    bring_in.__doc__ = help
    app.command(bring_in, name=name)


for _name, _help in LISTS.items():
    _list(_name, _help)


def template(
    table: Annotated[
        ListKind,
        Parameter(help="which list"),
    ],
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="the file, .xlsx")],
    session: Session = HERE,
) -> None:
    """Write the workbook to fill in for a list: headings, choices, notes and codes.

    No node needs to run.
    """
    from node.errors import ConfigError
    from node.folder import replace_file
    from node.tables import get_layout
    from node.tables.template import write_template

    if output.suffix.lower() != ".xlsx":
        raise ConfigError(f"{output}: name the file .xlsx")
    if not output.absolute().parent.is_dir():
        raise ConfigError(f"{output.absolute().parent} is no folder", "Make it first.")
    content = write_template(get_layout(table))
    replace_file(output, content)
    if session.json:
        session.show({"file": str(output), "bytes": len(content)})
    else:
        session.tell(f"wrote {output}, {len(content):,} bytes")


def import_file(session: Session, kind: str, file: Path, system: str, dry_run: bool) -> int:
    """Send a file's rows to the running node, page by page.

    Args:
        session: which node, and how to print.
        kind: which list.
        file: XLSX, JSON lines or CSV.
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
        {"row": each.row, "field": each.field, "column": "", "reason": each.reason}
        for each in page.refused
    ]
    total["refused"] += answer["refused"]


def _report(session: Session, total: dict[str, Any], dry_run: bool) -> None:
    if session.json:
        session.show(total)
        return
    refused = sorted(total["refused"], key=lambda row: int(row["row"]))
    for row in refused[:50]:
        session.tell(f"row {row['row']}: {row['column'] or row['field']}: {row['reason']}")
    if len(refused) > 50:
        session.tell(f"… and {len(refused) - 50} more; all of them with --json")
    count = total["would_publish"] if dry_run else total["published"]
    if total["handed_in"]:
        session.tell(f"handed in {total['handed_in']} for a second person's approval")
    session.tell(
        f"{'would publish' if dry_run else 'published'} {count}, "
        f"already here {total['already_here']}, refused {len(refused)}"
    )
