"""All a station knows of one enterprise: card, visits, needs, referrals, disclosures (A6, D11)."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from grassroots.consents import ConsentQuery, ConsentView, find_consents
from grassroots.enterprises import EnterpriseView, get_enterprise
from grassroots.visits import VisitView, find_visits
from node.capability import Capability, Route
from node.drafting import IdPath
from node.model import Model
from node.people.permissions import Act
from node.readmodels import needs, referrals
from node.readmodels.needs import NeedView
from node.readmodels.referrals import ReferralView
from node.store import NeedOrigin, table_of

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_ORIGIN = table_of(NeedOrigin)


class Dossier(Model):
    """A card and what hangs on it, each the newest first."""

    card: EnterpriseView
    visits: list[VisitView]
    needs: list[NeedView]
    referrals: list[ReferralView]
    disclosures: list[ConsentView]


async def get_dossier(node: "Node", path: IdPath) -> Dossier:
    """One enterprise: its card, visits, needs, referrals, and whom it was disclosed to."""
    return await node.store.aread(lambda reading: read_dossier(reading, path.id))


def read_dossier(reading: "Reading", id_: str) -> Dossier:
    """What is known of the enterprise with this card.

    Raises:
        NotFoundError: no such card is kept here.
    """
    card = get_enterprise(reading, id_)
    query = select(_ORIGIN.c.need).where(_ORIGIN.c.enterprise == card.id)
    found = needs.find_many(reading, reading.connection.execute(query).scalars().all())
    behind = sorted(found.values(), key=lambda need: (-need.time, need.id))
    handed = [each for need in behind for each in referrals.find(reading, need=need.id, limit=500)]
    return Dossier(
        card=card,
        visits=find_visits(reading, enterprise=card.id),
        needs=behind,
        referrals=handed,
        disclosures=find_consents(reading, ConsentQuery(enterprise=card.id)),
    )


CAPABILITY = Capability(
    name="dossiers",
    title="企业档案",
    serves=("A6", "D11"),
    channels=("needs", "referrals"),
    routes=(
        Route(
            "GET",
            "/enterprises/{id}",
            get_dossier,
            "One enterprise: card, visits, needs, referrals, disclosures",
            ("A6", "D11"),
            act=Act.READ_CARDS,
        ),
    ),
)
