"""What falls due by the calendar: acts in referrals, memberships, needs (D4, D9, must-have 4, 6).

Each station tells its own people from its own node: whoever owes the act first, then its region,
then national (:func:`node.deadlines.told`). What a node missed while it was down it tells when it
is up again, as things then stand.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from node.calendar import day_of
from node.capability import Job, Workplace
from node.deadlines import WAITS, Deadline, find_deadlines, told
from node.notices.telling import notice_id, settle, tell
from node.readmodels import needs, referrals
from node.store import NoticeRow, table_of

if TYPE_CHECKING:
    from node.readmodels.needs import NeedView
    from node.store import Reading, Writing
    from protocol.roster import Roster, Station

EVERY_S = 300
AHEAD_DAYS = (60, 30, 7)
"""So many days before a membership ends it is told of."""
NEED_AHEAD_DAYS = 14
ROWS = 500
_DAY_MS = 24 * 3_600_000
_DEADLINES = ("deadline.soon", "deadline.late", "deadline.below")
_NOTICE = table_of(NoticeRow)


class Due(NamedTuple):
    """Something to tell of; ``owner`` is the station whose name the text needs, if any."""

    kind: str
    subject: str
    key: str
    given: dict[str, object]


async def tell_of_dues(node: Workplace) -> None:
    """Tell of what is due, and settle what no longer is."""
    me = node.roster.station_of(node.keyring.signing.public)
    if me is None:
        return
    roster, service, now_ms = node.roster, node.service, node.clock.now_ms()

    def look(reading: "Reading") -> tuple[list[Due], list[Due]]:
        waiting = find_deadlines(referrals.find_waiting(reading, WAITS), service, now_ms)
        mine = [each for each in waiting if me.id in told(each, roster)]
        titles = needs.find_many(reading, [each.need for each in mine])
        acts = [_deadline(each, me.id, roster, titles) for each in mine]
        return acts, [*_memberships(roster, me, now_ms), *_needs(reading, me.id, now_ms)]

    acts, others = await node.store.aread(look)
    if await node.store.aread(lambda each: _is_told(each, acts, others)):
        return

    def write(tx: "Writing") -> None:
        for each in (*acts, *others):
            tell(tx, now_ms, each.kind, each.subject, key=each.key, given=each.given)
        _settle_past(tx, now_ms, acts)

    await node.store.awrite(write)


def _ids(dues: Iterable[Due]) -> set[str]:
    return {notice_id(each.kind, each.subject, each.key) for each in dues}


def _open_deadlines(reading: "Reading") -> dict[str, str]:
    """Deadlines nobody has dealt with: their subjects by id."""
    is_open = _NOTICE.c.kind.in_(_DEADLINES) & _NOTICE.c.done_ms.is_(None)
    query = select(_NOTICE.c.id, _NOTICE.c.subject).where(is_open)
    return {row.id: row.subject for row in reading.connection.execute(query)}


def _is_told(reading: "Reading", acts: list[Due], others: list[Due]) -> bool:
    """Whether there is nothing to write, which is how it mostly is."""
    wanted = _ids([*acts, *others])
    query = select(_NOTICE.c.id).where(_NOTICE.c.id.in_(wanted))
    known = set(reading.connection.execute(query).scalars())
    return known == wanted and set(_open_deadlines(reading)) <= _ids(acts)


def _settle_past(tx: "Writing", now_ms: int, acts: list[Due]) -> None:
    """What was due and was done, or stands higher now, need not be seen to any more."""
    current = _ids(acts)
    for subject in {held for id_, held in _open_deadlines(tx).items() if id_ not in current}:
        settle(tx, now_ms, _DEADLINES, subject, but=current)


def _deadline(each: Deadline, me: str, roster: "Roster", titles: "dict[str, NeedView]") -> Due:
    need = titles.get(each.need)
    given = {
        "title": need.title if need else each.need[:8],
        "day": each.due,
        "days": each.late_days,
        "station": _name(roster, each.station),
    }
    is_own = each.station == me
    kind = (
        "deadline.below" if not is_own else "deadline.late" if each.late_days else "deadline.soon"
    )
    return Due(kind, each.referral, f"{each.state} {each.due} {each.alarm}", given)


def _name(roster: "Roster", station: str) -> str:
    found = roster.stations.get(station)
    return found.name if found is not None else station[:8]


def _memberships(roster: "Roster", me: "Station", now_ms: int) -> list[Due]:
    """Own membership and those this station grants, when they end soon."""
    found = []
    for each in roster.stations.values():
        is_mine = each.id == me.id
        if each.ended is not None or not (is_mine or me.id in _parents(each)):
            continue
        left = -(-(each.until_ms - now_ms) // _DAY_MS)
        reached = [days for days in AHEAD_DAYS if left <= days]
        if reached:
            day = day_of(each.until_ms)
            kind = "membership.expiring" if is_mine else "membership.below"
            given: dict[str, object] = {"day": day, "station": each.name}
            found.append(Due(kind, each.id, f"{day} {min(reached)}", given))
    return found


def _parents(station: "Station") -> set[str]:
    return {each.parent for each in station.memberships if each.parent}


def _needs(reading: "Reading", me: str, now_ms: int) -> list[Due]:
    """Own open needs that expire within a fortnight."""
    today = date.fromisoformat(day_of(now_ms))
    until = (today + timedelta(days=NEED_AHEAD_DAYS)).isoformat()
    return [
        Due("need.expiring", each.id, each.expires, {"title": each.title, "day": each.expires})
        for each in needs.find_expiring(reading, me, until, ROWS)
    ]


JOB = Job("tell-of-dues", EVERY_S, tell_of_dues)
