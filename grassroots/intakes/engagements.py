"""Engagements out of files: kept, and published in numbers where they are done (A17, B13, D9)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import or_, select

from grassroots.engagements.book import (
    REASON_CHARS_MAX,
    EngagementInput,
    FinishInput,
    StopInput,
    add_engagement,
    finish_engagement,
    stop_engagement,
)
from grassroots.intakes.intake import Intake, Item, Key, cells_under, read_model, refuse
from node.calendar import day_of
from node.drafting import IdPath, own_station
from node.imports import Row
from node.people import Actor
from node.readmodels.activities import ServiceRow
from node.readmodels.needs import NeedRow
from node.readmodels.referrals import ReferralRow
from node.store import Enterprise, table_of
from node.store.services import Engagement
from node.tables import ENGAGEMENTS, read_fields
from node.tables.headings import ENTRY
from node.tables.services import ENGAGEMENT_ENTRY, ENGAGEMENT_ID

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_CARD = table_of(Enterprise)
_ENGAGEMENT = table_of(Engagement)
_NEED = table_of(NeedRow)
_REFERRAL = table_of(ReferralRow)
_RENDERED = table_of(ServiceRow)
_IDS = (ENGAGEMENT_ID, ENGAGEMENT_ENTRY, ENTRY)
OVER = ("done", "stopped")


class _Known(NamedTuple):
    """What is here: engagements by their keys; cards by name and code, needs and own referrals."""

    held: set[Key]
    cards: dict[str, str]
    needs: set[str]
    referrals: set[str]


class _Row(NamedTuple):
    """An engagement of a file, and how it ended where it did."""

    body: EngagementInput
    state: str


async def prepare_engagements(node: "Node", rows: Sequence[Row], system: str) -> Intake:
    """Engagements; one is known by its id or its record's, else by title, enterprise and day."""
    me, today = own_station(node).id, day_of(node.clock.now_ms())
    known = await node.store.aread(lambda reading: _look(reading, me))

    def read(row: Row) -> Item:
        ids = {("id", id_) for id_ in cells_under(row, _IDS)} & known.held
        if ids:
            return Item(frozenset(ids), None)
        fields = read_fields(ENGAGEMENTS, row)
        for name in ("id", "entry"):
            fields.pop(name, None)
        state = str(fields.pop("state", ""))
        refuse(_faults(fields, state, known, today))
        if "enterprise" in fields:
            fields["enterprise"] = known.cards[str(fields["enterprise"])]
        body = read_model(EngagementInput, fields)
        key = ("told", body.title, body.enterprise or "", str(body.begins))
        return Item(frozenset({key}), _Row(body, state))

    async def keep(items: Sequence[Item], actor: Actor) -> None:
        for each in items:
            assert isinstance(each.value, _Row)
            await _keep(node, each.value)

    return Intake(read, known.held, keep)


def _look(reading: "Reading", me: str) -> _Known:
    held: set[Key] = set()
    for row in reading.connection.execute(select(_ENGAGEMENT)):
        held |= {("id", row.id), ("told", row.title, row.enterprise or "", row.begins)}
    mine = select(_RENDERED.c.id)
    held |= {("id", id_) for id_ in reading.connection.execute(mine).scalars()}
    cards: dict[str, str] = {}
    for card in reading.connection.execute(select(_CARD)):
        cards |= {card.name: card.id, **({card.credit_code: card.id} if card.credit_code else {})}
    party = or_(_REFERRAL.c.sender == me, _REFERRAL.c.receiver == me)
    cases = reading.connection.execute(select(_REFERRAL.c.id).where(party)).scalars()
    needs = reading.connection.execute(select(_NEED.c.id)).scalars()
    return _Known(held, cards, set(needs), set(cases))


def _faults(fields: dict[str, object], state: str, known: _Known, today: str) -> dict[str, str]:
    """What a row says that cannot be, each with its reason."""
    reasons: dict[str, str] = {}
    if "enterprise" in fields and str(fields["enterprise"]) not in known.cards:
        named = str(fields["enterprise"])[:60]
        reasons["enterprise"] = f"{named} has no card here; bring in the enterprises first"
    for name, ids in (("need", known.needs), ("referral", known.referrals)):
        if name in fields and str(fields[name]) not in ids:
            reasons[name] = f"{str(fields[name])[:64]} is not known here"
    begins, ends = str(fields["begins"]), str(fields.get("ends", ""))
    if ends and ends < begins:
        reasons["ends"] = "it ends before it begins"
    elif state in OVER and not ends:
        reasons["ends"] = "empty, and it is required"
    elif state in OVER and ends > today:
        reasons["ends"] = "a day that has not come"
    if state == "active" and begins > today:
        reasons["begins"] = "a day that has not come"
    if state == "planned" and begins <= today:
        reasons["state"] = "it has begun by that day"
    if state == "stopped" and not fields.get("note"):
        reasons["note"] = "empty, and it is required"
    if state == "stopped" and len(str(fields.get("note", ""))) > REASON_CHARS_MAX:
        reasons["note"] = f"String should have at most {REASON_CHARS_MAX} characters"
    return reasons


async def _keep(node: "Node", row: _Row) -> None:
    """Record it as the form does, and its end where it has ended."""
    body, ends = row.body, row.body.ends
    if row.state == "stopped":
        reason, body = body.note, body.model_copy(update={"note": ""})
    made = IdPath(id=(await add_engagement(node, body)).id)
    if row.state == "done":
        await finish_engagement(node, made, FinishInput(on=ends))
    elif row.state == "stopped":
        await stop_engagement(node, made, StopInput(on=ends, reason=reason))
