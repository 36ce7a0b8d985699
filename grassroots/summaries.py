"""Needs of the whole network brought together by industry, place and field (B9, B10)."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from node.capability import Capability, Download, Route
from node.divisions import division_at, find_division, path_names
from node.industries import group_at, name_group
from node.model import Model
from node.readmodels import stations
from node.readmodels.needgroups import NeedGroup, group_by

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

By = Literal["section", "industry", "province", "prefecture", "county", "field", "kind", "station"]
COLUMNS: Mapping[By, str] = {
    "section": "industry",
    "industry": "industry",
    "province": "division",
    "prefecture": "division",
    "county": "division",
    "field": "field",
    "kind": "kind",
    "station": "station",
}
"""What needs can be summed up by, and the column of a need that says it."""


class SummaryQuery(Model):
    """By what needs are summed up, and which of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: By = "industry"
    division: Annotated[
        str, Field(pattern=r"^[0-9]{0,6}$", description="how their division's code begins")
    ] = ""
    industry: Annotated[
        str, Field(pattern=r"^[0-9]{0,4}$", description="how their industry's digits begin")
    ] = ""
    station: Annotated[str, Field(max_length=64, description="only this station's")] = ""


class SummaryLine(Model):
    """Needs that belong together; ``code`` is empty where they do not say.

    ``common`` counts those of scope common or regional; money in fen.
    """

    code: str
    name: str
    needs: int = 0
    open: int = 0
    solved: int = 0
    withdrawn: int = 0
    common: int = 0
    budget_fen: int = 0


class Summary(Model):
    """Needs summed up, most first, and all of them together."""

    by: By
    items: list[SummaryLine]
    total: SummaryLine


async def summarise_needs(node: "Node", query: SummaryQuery) -> Summary:
    """Needs by industry, place or field."""
    return await node.store.aread(lambda reading: read_summary(reading, query))


def read_summary(reading: "Reading", query: SummaryQuery) -> Summary:
    """Needs by industry, place or field, as this node holds them."""
    groups = group_by(
        reading,
        COLUMNS[query.by],
        station=query.station,
        division=query.division,
        industry=query.industry,
    )
    lines: dict[str, SummaryLine] = {}
    total = SummaryLine(code="", name="")
    for group in groups:
        code = _code(query.by, group.value)
        line = lines.get(code)
        if line is None:
            line = lines[code] = SummaryLine(code=code, name=_name(reading, query.by, code))
        _add(line, group)
        _add(total, group)
    items = sorted(lines.values(), key=lambda line: (-line.needs, line.code))
    return Summary(by=query.by, items=items, total=total)


def _add(line: SummaryLine, group: NeedGroup) -> None:
    line.needs += group.needs
    line.budget_fen += group.budget_fen
    line.open += group.needs if group.state == "open" else 0
    line.solved += group.needs if group.state == "solved" else 0
    line.withdrawn += group.needs if group.state == "withdrawn" else 0
    line.common += group.needs if group.scope != "enterprise" else 0


def _code(by: By, value: str) -> str:
    """What a value counts under; a code of no list counts under itself (must-have 9)."""
    if by in ("section", "industry"):
        return group_at(value, by)
    if by in ("province", "prefecture", "county"):
        return division_at(value, by)
    return value


def _name(reading: "Reading", by: By, code: str) -> str:
    if by in ("section", "industry"):
        return name_group(code) or code
    if by in ("province", "prefecture", "county"):
        return "".join(path_names(code)) if code and find_division(code) else code
    if by == "station":
        found = stations.find_one(reading, code)
        return found.name if found else code
    return code


async def export_summary(node: "Node", query: SummaryQuery) -> Download:
    """The summary as a CSV file that spreadsheets open."""
    summary = await summarise_needs(node, query)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([head for head, _ in _SHEET])
    for line in (*summary.items, summary.total.model_copy(update={"name": "合计"})):
        writer.writerow([read(line) for _, read in _SHEET])
    content = "\ufeff" + text.getvalue()
    return Download(f"needs-by-{query.by}.csv", "text/csv; charset=utf-8", content.encode())


_SHEET: tuple[tuple[str, Callable[[SummaryLine], object]], ...] = (
    ("代码", lambda line: line.code),
    ("名称", lambda line: _safe(line.name)),
    ("需求数", lambda line: line.needs),
    ("征集中", lambda line: line.open),
    ("已解决", lambda line: line.solved),
    ("已撤回", lambda line: line.withdrawn),
    ("共性与区域需求", lambda line: line.common),
    ("预算（元）", lambda line: f"{line.budget_fen // 100}.{line.budget_fen % 100:02}"),
)


def _safe(text: str) -> str:
    """A text a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


CAPABILITY = Capability(
    name="summaries",
    title="需求汇总",
    serves=("B9", "B10", "A2"),
    channels=("needs",),
    routes=(
        Route(
            "GET", "/needs-summary", summarise_needs, "Needs by industry, place or field",
            ("B9", "B10"),
        ),
        Route(
            "GET", "/needs-summary/file", export_summary, "The summary as a file", ("B9", "B10"),
            media=("text/csv",),
        ),
    ),
)  # fmt: skip
