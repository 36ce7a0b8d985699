"""A membership changes: renewed, lifted, moved, promoted, or begun in the other hierarchy."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.capability import Capability, Route
from node.drafting import IdPath, Published, draft, own_station, publish
from node.errors import InvalidError, NotFoundError
from node.model import Model
from node.people.permissions import Act
from protocol.acts import write_act
from protocol.records import StationAdmitted
from protocol.roster import Station

if TYPE_CHECKING:
    from node.app import Node

DAY_MS = 24 * 3600 * 1000
RENEWAL_DAYS = 395
"""13 months, so that renewals overlap."""


class RenewalInput(Model):
    """What changes; the rest stays as it is.

    It renews a membership, and lifts a suspension; ``parent`` moves the station below another,
    ``level`` promotes or demotes it, a hierarchy it is not in yet admits it there too.
    """

    model_config = ConfigDict(extra="forbid")

    hierarchy: str = "stations"
    level: str | None = None
    parent: str | None = None
    division: str | None = None
    days: Annotated[int, Field(ge=1, le=1_200)] = RENEWAL_DAYS


def renewal(station: Station, said: RenewalInput, me: str, now_ms: int) -> dict[str, object]:
    """The admission that changes a membership, all else as the roster has it.

    Args:
        station: whose membership.
        said: what changes.
        me: the station to be its parent where none is named and it has none.
        now_ms: Unix milliseconds.

    Raises:
        InvalidError: a new membership without a level.
    """
    seat = next((each for each in station.memberships if each.hierarchy == said.hierarchy), None)
    level = said.level or (seat.level if seat is not None else None)
    if level is None:
        raise InvalidError(
            f"{station.name} is not in {said.hierarchy} yet", "Name the level it gets there."
        )
    parent = said.parent or (seat.parent if seat is not None else None) or me
    return {
        "station": station.id,
        "replaces": None if seat is None else seat.act,
        "key": station.key,
        "recovery": station.recovery,
        "sealing": station.sealing,
        "name": station.name,
        "memberships": [{"hierarchy": said.hierarchy, "level": level, "parent": parent}],
        "division": said.division or station.division,
        "endpoints": list(station.endpoints),
        "quota": station.quota.model_dump(),
        "from_ms": now_ms,
        "until_ms": now_ms + said.days * DAY_MS,
    }


async def renew_station(node: "Node", path: IdPath, body: RenewalInput) -> Published:
    """Renew or change the membership of a station, one that was suspended too."""
    me = own_station(node)
    station = node.roster.get(path.id)
    if station is None:
        raise NotFoundError(f"no station {path.id} in the roster held here")
    fields = renewal(station, body, me.id, node.clock.now_ms())
    return await publish(node, draft(StationAdmitted, fields))


class DraftedAct(Model):
    """The JSON text of an act that waits for signatures."""

    act: str


async def draft_renewal(node: "Node", path: IdPath, body: RenewalInput) -> DraftedAct:
    """Write a renewal for two others to sign in the place of the station's parent (SPEC 6.5)."""
    me = own_station(node)
    station = node.roster.get(path.id)
    if station is None:
        raise NotFoundError(f"no station {path.id} in the roster held here")
    fields = renewal(station, body, me.id, node.clock.now_ms())
    return DraftedAct(act=write_act(draft(StationAdmitted, fields)))


CAPABILITY = Capability(
    name="membership",
    title="成员变更",
    serves=("A1", "A9"),
    channels=("registry",),
    routes=(
        Route(
            "POST",
            "/stations/{id}/renew",
            renew_station,
            "Renew or change a membership",
            ("A9",),
            201,
            act=Act.ADMIT,
        ),
        Route(
            "POST",
            "/stations/{id}/renew/draft",
            draft_renewal,
            "Draft a renewal for others",
            ("A7",),
            act=Act.ADMIT,
        ),
    ),
)
