"""What stations above others add to ``yizhan report``: approve, return (M4)."""

from typing import Annotated

from cyclopts import App, Parameter

from node.cli.session import HERE, Session

ReportId = Annotated[str, Parameter(help="the report's id", allow_leading_hyphen=True)]


def add_supervision(app: App) -> None:
    """Add the commands to the ``report`` app of a tier."""
    app.command(approve)
    app.command(return_, name="return")


def approve(report: ReportId, *, session: Session = HERE) -> None:
    """Approve the report of a station below."""
    session.publish(f"/reports/{report}/approve", {}, "approved by entry")


def return_(
    report: ReportId,
    reason: Annotated[str, Parameter(help="what is wrong with it")],
    *,
    session: Session = HERE,
) -> None:
    """Send a report back, with the reason."""
    session.publish(f"/reports/{report}/return", {"reason": reason}, "returned by entry")
