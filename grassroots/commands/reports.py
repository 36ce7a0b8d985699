"""``yizhan report``: compile this station's report, read everybody's."""

from typing import Annotated

from cyclopts import App, Parameter

from grassroots.commands.calls import After, Limit, OfStation, an_id, send, show_list, show_one
from node.cli.session import HERE, Session

ReportId = Annotated[str, an_id("the report's id")]
Period = Annotated[str, Parameter(help="2026, 2026-Q4 or 2026-11")]


def create_app() -> App:
    """The commands every station has; tiers with stations below add their own."""
    app = App(name="report", help="Performance reports.")
    app.command(list_reports, name="list")
    app.command(show)
    app.command(compile_, name="compile")
    return app


def list_reports(
    *,
    station: OfStation = "",
    period: Period = "",
    state: Annotated[str, Parameter(help="compiled, approved or returned")] = "",
    limit: Limit = 50,
    after: After = "",
    session: Session = HERE,
) -> None:
    """List reports, newest first."""
    columns = ("id", "station", "period", "state", "indicators", "in_place_of", "time")
    query = {"station": station, "period": period, "state": state, "after": after}
    show_list(session, "/reports", columns, limit=limit, **query)


def show(report: ReportId, *, session: Session = HERE) -> None:
    """Show one report beside what this node counts itself."""
    show_one(session, f"/reports/{report}")


def compile_(period: Period, *, session: Session = HERE) -> None:
    """Compile and sign this station's report for a period."""
    send(session, "/reports", {"period": period}, "compiled report")


app = create_app()
