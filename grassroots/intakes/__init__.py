"""What becomes of the rows of a file: some are published, some kept (A17)."""

from collections.abc import Mapping

from grassroots.intakes.cards import prepare_enterprises, prepare_visits
from grassroots.intakes.engagements import prepare_engagements
from grassroots.intakes.intake import Intake, Item, Prepare
from grassroots.intakes.publications import prepare_needs, prepare_resources, prepare_results
from grassroots.intakes.services import prepare_activities, prepare_contracts

__all__ = ["INTAKES", "Intake", "Item"]

INTAKES: Mapping[str, Prepare] = {
    "enterprises": prepare_enterprises,
    "visits": prepare_visits,
    "needs": prepare_needs,
    "results": prepare_results,
    "resources": prepare_resources,
    "engagements": prepare_engagements,
    "activities": prepare_activities,
    "contracts": prepare_contracts,
}
"""How each list that has a layout is taken in."""
