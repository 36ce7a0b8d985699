"""What stations with others below them do: admit them and judge their reports (A3, M4, P3)."""

from dataclasses import replace

from node.capability import Capability
from node.supervision.admission import CAPABILITY as ADMISSION
from node.supervision.approval import CAPABILITY as APPROVAL
from node.supervision.membership import CAPABILITY as MEMBERSHIP


def supervise(report_app: str) -> tuple[Capability, ...]:
    """The capabilities of a tier with stations below it.

    Args:
        report_app: ``module:app`` of the tier's own ``report`` command.
    """
    return ADMISSION, MEMBERSHIP, replace(APPROVAL, commands={"report": report_app})
