"""What the network knows of one station (SPEC 6.2): a value, read off its memberships."""

from dataclasses import dataclass

from protocol.records import LogCut, Quota, StationAdmitted, StationDescribed
from protocol.tenure import Tenure, find_seat


@dataclass(frozen=True, slots=True)
class Membership:
    """A station's place in one hierarchy; ``act`` is the act that stands, ``stands`` whether it
    still is a member there."""

    hierarchy: str
    level: str
    parent: str | None
    act: str
    from_ms: int
    until_ms: int
    stands: bool


@dataclass(frozen=True, slots=True)
class Station:
    """A station as the network knows it; ``id`` lasts, keys and names may change (SPEC 6.2).

    ``endpoints`` are those it describes, else those it was admitted with. ``ended`` says why it
    is no member any more, None while it is; ``cuts`` are the last good (channel, epoch, seq, id)
    of its logs then. ``keys`` are all it ever signed with, oldest first, the rotated ones with
    their last good heads. Times are Unix milliseconds.
    """

    id: str
    key: str
    recovery: str
    sealing: str
    name: str
    memberships: tuple[Membership, ...]
    division: str | None
    endpoints: tuple[str, ...]
    quota: Quota
    from_ms: int
    until_ms: int
    act: str
    ended: str | None
    cuts: tuple[tuple[str, int, int, str], ...]
    profile: StationDescribed | None
    keys: tuple[tuple[str, tuple[LogCut, ...] | None], ...] = ()


def describe_station(id_: str, tenures: tuple[Tenure, ...]) -> Station:
    """What a station is: as its home admitted it, or wherever else it still is a member."""
    main = next((each for each in tenures if each.ending is None), tenures[0])
    record: StationAdmitted = main.grants[-1].record
    working = main.grants[-1].key
    keys = {span.key: span.heads for grant in main.grants for span in grant.keys}
    ending = main.ending
    return Station(
        id=id_,
        key=working.key,
        recovery=record.recovery,
        sealing=working.sealing,
        name=record.name,
        memberships=tuple(_membership(each) for each in tenures),
        division=record.division,
        endpoints=tuple(record.endpoints),
        quota=record.quota,
        from_ms=record.from_ms,
        until_ms=record.until_ms,
        act=main.chain[-1].id,
        ended=None if ending is None else ending.why,
        cuts=()
        if ending is None
        else tuple((each.channel, each.epoch, each.seq, each.id) for each in ending.cuts),
        profile=None,
        keys=tuple(keys.items()),
    )


def _membership(tenure: Tenure) -> Membership:
    grant = tenure.grants[-1]
    level, parent = find_seat(grant.record, tenure.hierarchy)
    return Membership(
        tenure.hierarchy,
        level,
        parent,
        tenure.chain[-1].id,
        grant.from_ms,
        grant.until_ms,
        tenure.ending is None,
    )
