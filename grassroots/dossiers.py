"""All a station knows of one enterprise: card, visits, needs, referrals, disclosures (A6, D11)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel
from sqlalchemy import select

from grassroots.enterprises import EnterpriseView, get_enterprise
from grassroots.visits import VisitView, find_visits
from node.capability import Capability, Route
from node.drafting import IdPath
from node.people.permissions import Act
from node.readmodels import needs, referrals
from node.readmodels.cases import find_sealed
from node.readmodels.needs import NeedView
from node.readmodels.referrals import ReferralView
from node.store import NeedOrigin, table_of
from protocol.records import KINDS
from protocol.records.referrals import ContactDisclosed

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_ORIGIN = table_of(NeedOrigin)


class Disclosure(BaseModel):
    """To whom the enterprise was disclosed, in which referral, and by what consent.

    ``entry`` is the signed record, ``to`` the station, ``time`` Unix ms.
    """

    entry: str
    referral: str
    to: str
    time: int
    consent_on: str
    consent_by: str
    consent_scope: str


class Dossier(BaseModel):
    """A card and what hangs on it, each the newest first."""

    card: EnterpriseView
    visits: list[VisitView]
    needs: list[NeedView]
    referrals: list[ReferralView]
    disclosures: list[Disclosure]


async def get_dossier(node: "Node", path: IdPath) -> Dossier:
    """One enterprise: its card, visits, needs, referrals, and whom it was disclosed to."""
    me = node.me
    return await node.store.aread(lambda r: read_dossier(r, path.id, me.id if me else ""))


def read_dossier(reading: "Reading", id_: str, station: str) -> Dossier:
    """What is known of the enterprise with this card.

    Args:
        station: this station's own id.

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
        disclosures=_disclosures(reading, handed, station),
    )


def _disclosures(
    reading: "Reading", handed: Sequence[ReferralView], station: str
) -> list[Disclosure]:
    """What this station disclosed in these referrals; of others' disclosures it knows nothing."""
    made = []
    for referral in handed:
        for part in find_sealed(reading, referral.id):
            if part.kind != ContactDisclosed.KIND or part.station != station:
                continue
            record = KINDS[part.kind].model_validate_json(part.body)
            assert isinstance(record, ContactDisclosed)
            at = next((step.time for step in referral.history if step.id == part.entry), 0)
            made.append(
                Disclosure(
                    entry=part.entry,
                    referral=referral.id,
                    to=referral.receiver,
                    time=at,
                    consent_on=record.consent.on,
                    consent_by=record.consent.by,
                    consent_scope=record.consent.scope,
                )
            )
    return sorted(made, key=lambda each: (-each.time, each.entry))


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
