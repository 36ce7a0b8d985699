"""Results on offer: what there is, publishing and amending them, advancing and withdrawing them."""

from grassroots.results.desks import DESKS
from grassroots.results.offers import (
    ROUTES,
    AdvanceInput,
    ResultInput,
    ResultQuery,
    advance_result,
    amend_result,
    get_result,
    list_results,
    list_stages,
    publish_result,
    withdraw_result,
)
from node.capability import Capability

__all__ = [
    "CAPABILITY",
    "AdvanceInput",
    "ResultInput",
    "ResultQuery",
    "advance_result",
    "amend_result",
    "get_result",
    "list_results",
    "list_stages",
    "publish_result",
    "withdraw_result",
]

CAPABILITY = Capability(
    name="results",
    title="成果",
    serves=("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C11"),
    channels=("results",),
    routes=ROUTES,
    desks=DESKS,
)
