"""``yizhan deadlines``: what is due in referrals, and what is late."""

from typing import Annotated, Literal

from cyclopts import Parameter

from grassroots.commands.calls import show_list
from node.cli.session import HERE, Session


def deadlines(
    whose: Annotated[
        Literal["own", "told", "all"],
        Parameter(help="own: to be done here; told: late here or below; all: everyone's"),
    ] = "own",
    *,
    session: Session = HERE,
) -> None:
    """Show by when the next act in each open referral is due, the earliest first."""
    columns = ("referral", "state", "station", "due", "late_days", "alarm")
    show_list(session, "/deadlines", columns, whose=whose)
