"""Admission of stations: one's own, and acts signed by several (DESIGN 1.6, A9)."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from node.capability import Capability, Route
from node.drafting import IdPath, Published, draft, own_station, publish
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.model import Model
from node.people.permissions import Act
from protocol.acts import sign_act as sign
from protocol.entry import parse_body
from protocol.errors import Inert, Refused
from protocol.genesis import TIERS
from protocol.records import ActCarried, StationAdmitted, StationEnded, parse_record
from protocol.roster import Station

if TYPE_CHECKING:
    from node.app import Node

DAY_MS = 24 * 3600 * 1000
ADMISSION_DAYS = 395
"""13 months, so that renewals overlap."""


class QuotaInput(Model):
    """What one log of the station may take in 24 hours."""

    entries_per_day: int
    bytes_per_day: int


class AdmissionInput(Model):
    """A station's request, and the place it is given.

    With ``station`` this renews or changes that station's admission; its present act is replaced.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    key: str
    recovery: str
    sealing: str
    endpoints: list[str] = Field(default_factory=list)
    hierarchy: str = "stations"
    level: str
    division: str | None = None
    days: Annotated[int, Field(ge=1, le=1_200)] = ADMISSION_DAYS
    station: str | None = None
    quota: QuotaInput | None = None


class EndingInput(Model):
    """Why a membership ends; every log of the station stays good as far as it is held here."""

    model_config = ConfigDict(extra="forbid")

    hierarchy: str = "stations"
    why: Literal["revoked", "suspended", "exited"]


def _check_place(node: "Node", me: Station, place: AdmissionInput) -> None:
    levels = node.network.genesis.hierarchies.get(place.hierarchy)
    if levels is None or place.level not in levels or place.level not in TIERS:
        known = ", ".join(levels or node.network.genesis.hierarchies)
        raise InvalidError(
            f"{place.hierarchy}/{place.level} is no level of this network",
            f"Choose of {known}.",
            {"level": "not known to this network"},
        )
    mine = [each.level for each in me.memberships if each.hierarchy == place.hierarchy]
    if not mine or levels.index(mine[0]) >= levels.index(place.level):
        raise NotAllowedError(
            f"This station cannot admit at level {place.level}.",
            "Only a station above that level in the same hierarchy, or the council, can.",
        )


def _replaced(node: "Node", station: str, hierarchy: str) -> str | None:
    known = node.roster.get(station)
    if known is None:
        raise NotFoundError(f"no station {station} in the roster held here")
    return next((each.act for each in known.memberships if each.hierarchy == hierarchy), None)


async def admit_station(node: "Node", body: AdmissionInput) -> Published:
    """Admit or renew a station below this one."""
    me = own_station(node)
    _check_place(node, me, body)
    holder = node.roster.station_of(body.key)
    if holder is not None and holder.ended is None and body.station is None:
        raise ConflictError(
            f"that key already belongs to {holder.name}", "To renew it, name the station."
        )
    now = node.clock.now_ms()
    fields = body.model_dump(exclude={"hierarchy", "level", "days"}, exclude_none=True)
    if body.station is not None:
        fields["replaces"] = _replaced(node, body.station, body.hierarchy)
    fields["memberships"] = [{"hierarchy": body.hierarchy, "level": body.level, "parent": me.id}]
    fields["from_ms"] = now
    fields["until_ms"] = now + body.days * DAY_MS
    return await publish(node, draft(StationAdmitted, fields))


async def end_station(node: "Node", path: IdPath, body: EndingInput) -> Published:
    """End a station's membership; its logs count as far as they are held here (M5)."""
    me = own_station(node)
    station = node.roster.get(path.id)
    if station is None:
        raise NotFoundError(f"no station {path.id} in the roster held here")
    if station.id != me.id and not node.roster.is_above(me.id, station.id):
        raise NotAllowedError(f"{station.name} is not below this station.")
    heads = await node.store.aread(
        lambda reading: [head for key, _ in station.keys for head in reading.heads(author=key)]
    )
    cuts = [
        {
            "channel": head.log.channel,
            "epoch": head.log.epoch,
            "seq": head.seq,
            "id": head.id,
        }
        for head in heads
    ]
    fields = {
        "station": station.id,
        "hierarchy": body.hierarchy,
        "replaces": _replaced(node, station.id, body.hierarchy),
        "why": body.why,
        "cuts": cuts,
    }
    return await publish(node, draft(StationEnded, fields))


CAPABILITY = Capability(
    name="admission",
    title="准入管理",
    serves=("A1", "A9"),
    channels=("registry",),
    routes=(
        Route(
            "POST",
            "/admissions",
            admit_station,
            "Admit a station below this one",
            ("A9",),
            201,
            act=Act.ADMIT,
        ),
    ),
)


class ActInput(Model):
    """An act signed by the council or by two stations together: its JSON text, [key, sig] each."""

    model_config = ConfigDict(extra="forbid")

    act: Annotated[str, Field(min_length=2, max_length=60_000)]
    signatures: list[tuple[str, str]]


class ActToSign(Model):
    """The JSON text of an act this station is asked to sign with others."""

    model_config = ConfigDict(extra="forbid")

    act: Annotated[str, Field(min_length=2, max_length=60_000)]


class Signature(Model):
    """One signature under an act."""

    key: str
    signature: str


async def carry_act(node: "Node", body: ActInput) -> Published:
    """Carry an act in this station's registry log; it counts by its signatures."""
    record = draft(ActCarried, body.model_dump())
    entry = await node.publisher.apublish(record)
    return Published(id=entry.id, kind=entry.header.kind, time=entry.header.time)


async def sign_act(node: "Node", body: ActToSign) -> Signature:
    """Sign an act together with another station, in the place of a third (DESIGN 1.6)."""
    own_station(node)
    _check_act(body.act)
    key, signature = sign(node.keyring.signing, node.network.id, body.act)
    return Signature(key=key, signature=signature)


def _check_act(act: str) -> None:
    try:
        value = parse_body(act.encode("utf-8"))
        kind, body = value.get("kind"), value.get("body")
        if not isinstance(kind, str) or not isinstance(body, dict) or len(value) != 2:
            raise InvalidError("an act is {kind, body}")
        text = json.dumps(body, ensure_ascii=False).encode("utf-8")
        record = parse_record(kind, "registry", text)
    except (Inert, Refused) as fault:
        raise InvalidError(f"not an act: {fault.detail}") from None
    if not isinstance(record, StationAdmitted | StationEnded):
        raise InvalidError("only admissions and endings are signed together")


ACTS = Capability(
    name="acts",
    title="联署文书",
    serves=("A7", "A9", "M5"),
    routes=(
        Route(
            "POST",
            "/acts",
            carry_act,
            "Carry an act signed by several",
            ("A9",),
            201,
            act=Act.ADMIT,
        ),
        Route(
            "POST",
            "/stations/{id}/end",
            end_station,
            "End a membership",
            ("M5",),
            201,
            act=Act.ADMIT,
        ),
        Route(
            "POST",
            "/acts/sign",
            sign_act,
            "Sign an act together with another station",
            ("A7",),
            act=Act.ADMIT,
        ),
    ),
)
