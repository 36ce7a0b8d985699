"""How safe this station's own entries are: who else holds them, where, and as of when (P1)."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from node.holdings import Holdings, sample_own
from node.model import Model
from protocol.header import LogId
from protocol.heads import Head
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.entries import EntryView

HOLDERS = 2
"""An entry is durable once so many stations other than its author committed it (P1)."""


class View(Model):
    """What is shown; made from values of this node, never from input."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Holder(View):
    """A station that said to hold an entry: its region (a station), and when it last said so."""

    station: str
    name: str
    tier: str
    region: str
    at_ms: int


class HeldBy(View):
    """Who else holds an own entry, as far as they have said.

    ``count`` stations in ``regions`` (ids of the stations that head them), the national one among
    them or not; ``as_of_ms`` is the age of the oldest statement counted, None when there is none.
    """

    count: int
    is_durable: bool
    is_national: bool
    regions: list[str]
    as_of_ms: int | None
    holders: list[Holder]


class OwnLog(View):
    """An own log: its newest entry, and up to where it is durable (-1: nowhere).

    ``holders`` stations in so many ``regions`` hold all of it, as far as they have said;
    ``as_of_ms`` is the age of the oldest such word.
    """

    channel: str
    epoch: int
    seq: int
    durable_seq: int
    holders: int
    regions: int
    is_national: bool
    as_of_ms: int | None


class OwnEntries(View):
    """This station's own entries: how many there are, how many of them are durable."""

    entries: int
    durable: int
    logs: list[OwnLog]


def find_held_by(holdings: Holdings, roster: Roster, log: LogId, seq: int) -> HeldBy:
    """Who else holds an own entry.

    Args:
        holdings: what peers said.
        roster: who is a member; what others say does not count.
        log: a log of this station.
        seq: the entry's place in it.
    """
    holders = _describe(roster, _by_station(roster, log, holdings.holders(log, seq)))
    return HeldBy(
        count=len(holders),
        is_durable=len(holders) >= HOLDERS,
        is_national=any(each.tier == "national" for each in holders),
        regions=sorted({each.region for each in holders if each.tier != "national"}),
        as_of_ms=min((each.at_ms for each in holders), default=None),
        holders=holders,
    )


def _by_station(roster: Roster, log: LogId, said: Mapping[str, int]) -> dict[str, int]:
    """What peers said, by the member station they are; the author's own keys do not count."""
    greatest: dict[str, int] = {}
    author = roster.station_of(log.author)
    for peer, value in said.items():
        station = roster.station_of(peer)
        if station is not None and station.ended is None and station is not author:
            greatest[station.id] = max(value, greatest.get(station.id, -1))
    return greatest


def _describe(roster: Roster, newest: Mapping[str, int]) -> list[Holder]:
    """The stations in the order in which they last spoke, the latest first."""
    found = []
    for id_, at_ms in newest.items():
        station = roster.stations[id_]
        tier, region = roster.tier(id_) or "", roster.region(id_)
        found.append(Holder(station=id_, name=station.name, tier=tier, region=region, at_ms=at_ms))
    return sorted(found, key=lambda each: (-each.at_ms, each.station))


async def find_own_holders(node: "Node", entry: "EntryView") -> HeldBy | None:
    """Who else holds an entry, if it is this station's own."""
    own = [key.public for key in node.keyring.signing_keys]
    if entry.author not in own:
        return None
    node.holdings.sample(await node.store.aread(lambda reading: sample_own(reading, own)))
    return find_held_by(node.holdings, node.roster, entry.log, entry.seq)


def find_own(holdings: Holdings, roster: Roster, heads: Iterable[Head]) -> OwnEntries:
    """How safe the own logs are, one by one and together.

    Args:
        holdings: what peers said.
        roster: who is a member.
        heads: where the own logs stand.
    """
    logs = []
    for head in heads:
        durable_seq = _durable_seq(holdings, roster, head)
        whole = find_held_by(holdings, roster, head.log, head.seq)
        logs.append(
            OwnLog(
                channel=head.log.channel,
                epoch=head.log.epoch,
                seq=head.seq,
                durable_seq=durable_seq,
                holders=whole.count,
                regions=len(whole.regions),
                is_national=whole.is_national,
                as_of_ms=whole.as_of_ms,
            )
        )
    return OwnEntries(
        entries=sum(each.seq + 1 for each in logs),
        durable=sum(each.durable_seq + 1 for each in logs),
        logs=logs,
    )


def _durable_seq(holdings: Holdings, roster: Roster, head: Head) -> int:
    """The last entry of a log that enough stations hold, -1 for none."""
    said = {peer: each.seq for peer, each in holdings.statements(head.log).items()}
    ordered = sorted(_by_station(roster, head.log, said).values(), reverse=True)
    return min(head.seq, ordered[HOLDERS - 1]) if len(ordered) >= HOLDERS else -1
