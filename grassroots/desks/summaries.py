"""The page of needs summed up; open to everybody, as the needs themselves are (B9, B10)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from grassroots.forms import build
from grassroots.summaries import COLUMNS, SummaryQuery, summarise_needs
from node.capability import Page

if TYPE_CHECKING:
    from node.app import Node


async def build_summary(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    """Needs by industry, place or field."""
    asked = {name: query.get(name, "").strip() for name in ("by", "division", "industry")}
    given = build(SummaryQuery, {name: value for name, value in asked.items() if value})
    shown = given.model_dump()
    return {
        "summary": await summarise_needs(node, given),
        "query": shown,
        "ways": tuple(COLUMNS),
        "file_url": "/api/v1/needs-summary/file?"
        + urlencode({name: value for name, value in shown.items() if value}),
    }


PAGES = (
    Page("/needs-summary", "need_summary.html", "需求汇总", build_summary, "汇总", ("B9", "B10")),
)
