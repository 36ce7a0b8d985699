"""What network a world begins with: seats in a tree, before anyone is admitted."""

from dataclasses import dataclass
from hashlib import sha256

from protocol.genesis import ASSOCIATIONS, STATIONS


@dataclass(frozen=True, slots=True)
class Seat:
    """A station to be: its name, its level and parent's name, and whether anyone can dial it."""

    name: str
    level: str
    parent: str | None
    division: str | None = None
    hierarchy: str = STATIONS
    is_dialled: bool = True


def small_country() -> tuple[Seat, ...]:
    """One national station, three regional ones, two local ones below each: ten nodes.

    One local station of each region sits behind NAT: nobody can dial it (P8).
    """
    regions = (("sichuan", "510000"), ("zhejiang", "330000"), ("shaanxi", "610000"))
    towns = {
        "sichuan": (("chengdu", "510100"), ("panzhihua", "510400")),
        "zhejiang": (("hangzhou", "330100"), ("ningbo", "330200")),
        "shaanxi": (("xian", "610100"), ("baoji", "610300")),
    }
    seats = [Seat("national", "national", None)]
    seats += [Seat(name, "regional", "national", code) for name, code in regions]
    for region, places in towns.items():
        for index, (name, code) in enumerate(places):
            seats.append(Seat(name, "grassroots", region, code, is_dialled=index == 0))
    return tuple(seats)


ASSOCIATION_LEVELS = {"province": "province", "prefecture": "city", "county": "county"}


_APART = ("71", "81", "82")
"""Taiwan, Hong Kong and Macao: no innovation stations or associations of this network there."""


def association_seats() -> tuple[Seat, ...]:
    """The associations of the division tree of 2024: national, provinces, prefectures, counties."""
    from node.divisions import all_divisions

    divisions = [each for each in all_divisions(2024) if each.code[:2] not in _APART]
    levels = {each.code: each.level for each in divisions}
    seats = [Seat("national", "national", None, None, ASSOCIATIONS)]
    for each in divisions:
        above = "national"
        if each.level != "province":
            above = each.code[:2] + "0000"
        if each.level == "county" and levels.get(each.code[:4] + "00") == "prefecture":
            above = each.code[:4] + "00"
        level = ASSOCIATION_LEVELS[each.level]
        seats.append(Seat(each.code, level, above, each.code, ASSOCIATIONS))
    order = list(ASSOCIATION_LEVELS.values())
    seats[1:] = sorted(seats[1:], key=lambda seat: (order.index(seat.level), seat.name))
    return tuple(seats)


def thin_country(nodes: int) -> tuple[Seat, ...]:
    """The same tree with fewer counties and prefectures, evenly over all 31 provinces."""
    seats = association_seats()
    above = {seat.name: seat.parent or "" for seat in seats}
    kept = {seat.name for seat in seats if seat.level in ("national", "province")}
    counties = [seat.name for seat in seats if seat.level == "county"]
    for name in sorted(counties, key=lambda each: sha256(each.encode()).digest()):
        if len(kept | {name, above[name]}) <= nodes:
            kept |= {name, above[name]}
    return tuple(seat for seat in seats if seat.name in kept)
