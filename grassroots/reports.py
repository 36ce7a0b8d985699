"""Performance reports: compiled from what the station's own node holds, and read (M6, R7)."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.calendar import read_period
from node.capability import Capability, Route
from node.drafting import IdPath, ListQuery, Published, draft, own_station, publish
from node.model import Model
from node.people.permissions import Act
from node.readmodels import performance
from node.readmodels.counting import Counted, count_indicators
from node.readmodels.performance import ReportView
from protocol.header import LogId
from protocol.heads import Head
from protocol.records.performance import ReportCompiled

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

HEADS_MAX = 128


class PeriodInput(Model):
    """The period: 2026, 2026-Q4 or 2026-11."""

    model_config = ConfigDict(extra="forbid")

    period: Annotated[str, Field(max_length=7)]


class ReportQuery(ListQuery):
    """Which reports."""

    period: Annotated[str, Field(max_length=7)] = ""
    state: Annotated[str, Field(pattern=r"^(|compiled|approved|returned)$")] = ""


class ReportList(Model):
    """A page of reports."""

    items: list[ReportView]


class ReportDetail(Model):
    """A report, and what this node counts for the same station and period today."""

    report: ReportView
    counted_here: dict[str, int]


class TotalsQuery(Model):
    """Whose numbers; the whole network's when empty."""

    model_config = ConfigDict(extra="forbid")

    station: Annotated[str, Field(max_length=64)] = ""


class Totals(Model):
    """What stations did, in numbers; money in fen."""

    visits: int
    outcomes: int
    contract_fen: int
    technology_fen: int
    reports: int
    reports_approved: int


async def list_reports(node: "Node", query: ReportQuery) -> ReportList:
    """Performance reports, newest first."""
    found = await node.store.aread(lambda reading: performance.find(reading, **query.model_dump()))
    return ReportList(items=list(found))


async def get_report(node: "Node", path: IdPath) -> ReportDetail:
    """One report beside what this node counts itself, for whoever judges it."""

    def read(reading: "Reading") -> ReportDetail:
        view = performance.get(reading, path.id)
        counted = count_indicators(reading, view.station, read_period(view.period))
        return ReportDetail(report=view, counted_here=counted.indicators)

    return await node.store.aread(read)


async def get_performance(node: "Node", query: TotalsQuery) -> Totals:
    """Visits, outcomes and contract amounts."""
    found = await node.store.aread(lambda reading: performance.totals(reading, query.station))
    return Totals(**found)


async def compile_report(node: "Node", body: PeriodInput) -> Published:
    """Compile and sign this station's report for a period."""
    me = own_station(node)
    span = read_period(body.period)

    def read(reading: "Reading") -> tuple[Counted, list[Head]]:
        return count_indicators(reading, me.id, span), reading.heads(author=me.key)

    counted, heads = await node.store.aread(read)
    return await publish(
        node,
        draft(
            ReportCompiled,
            {
                "period": body.period,
                "indicators": counted.indicators,
                "heads": [_cut(head.log, head) for head in heads[-HEADS_MAX:]],
                "evidence": counted.evidence,
            },
        ),
    )


def _cut(log: LogId, head: Head) -> dict[str, object]:
    return {"channel": log.channel, "epoch": log.epoch, "seq": head.seq, "id": head.id}


CAPABILITY = Capability(
    name="reports",
    title="绩效报告",
    serves=("M6", "R7", "R8"),
    channels=("performance",),
    routes=(
        Route("GET", "/performance", get_performance, "Numbers of a station or of all", ("M6",)),
        Route("GET", "/reports", list_reports, "Performance reports", ("M6",)),
        Route("GET", "/reports/{id}", get_report, "One report", ("M6", "R7")),
        Route(
            "POST",
            "/reports",
            compile_report,
            "Compile this station's report",
            ("M6",),
            201,
            act=Act.REPORT,
        ),
    ),
)
