"""Which stations a node keeps talking to (DESIGN 1.7): no region is special, a dead one is left.

One uplink in the own branch, two stations outside the own region, national, and whoever the
configuration names.
"""

import asyncio
import hashlib
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from node.errors import UnreachableError
from protocol.roster import Roster, Station

OUTSIDE = 2
"""Peers outside the own region; they carry entries round a region that is gone."""
_LOCAL_SUFFIXES = ("localhost", ".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station that can be dialled: its addresses, the key it answers with, its lasting id."""

    urls: tuple[str, ...]
    key: str
    station: str | None = None


class Draw:
    """A station's own order among others, not drawn anew while they are the same."""

    def __init__(self) -> None:
        """Nothing is drawn yet."""
        self._drawn: dict[str, tuple[Sequence[str], list[str]]] = {}

    def order(self, me: str, tier: str, others: Sequence[str]) -> list[str]:
        """The others, by what this station draws for each: every node has its own order.

        Args:
            me: this station's lasting id.
            tier: theirs; the last order of each tier is kept.
            others: their lasting ids.
        """
        known = self._drawn.get(tier)
        if known is not None and known[0] == others:
            return known[1]
        order = sorted(others, key=lambda it: hashlib.sha256(f"{me} {it}".encode()).digest())
        self._drawn[tier] = (others, order)
        return order


def choose_peers(
    roster: Roster,
    me: Station | None,
    configured: Sequence[Candidate],
    *,
    allow_private: bool,
    is_healthy: Callable[[str], bool],
    is_whole: Callable[[str], bool] = lambda _: True,
    draw: Draw | None = None,
) -> list[Candidate]:
    """The peers to keep, in the order of the reasons for keeping them.

    Args:
        roster: who is a member.
        me: this station; None while it is not admitted: then only ``configured`` are left.
        configured: peers the configuration names; they are always kept.
        allow_private: dial addresses from the registry that are not public, too.
        is_healthy: whether the station with this key answered lately, or was never tried.
        is_whole: whether it holds every channel held here, as far as is known: beside one that
            does not another is kept.
        draw: this station's order among those outside its region, as far as it is drawn.
    """
    chosen = {each.key: each for each in (_named(roster, named) for named in configured)}
    if me is None:
        return list(chosen.values())
    dialled = _Dialled(roster, me, draw or Draw(), allow_private=allow_private)
    uplinks = [dialled.find(each) for each in roster.ancestors(me.id)]
    for wanted, count in ((uplinks, 1), (dialled.outside(), OUTSIDE), (dialled.national(), 1)):
        for each in _prefer_healthy(wanted, count, is_healthy, is_whole):
            chosen.setdefault(each.key, each)
    chosen.pop(me.key, None)
    return list(chosen.values())


def _prefer_healthy(
    candidates: Iterable[Candidate | None],
    count: int,
    is_healthy: Callable[[str], bool],
    is_whole: Callable[[str], bool],
) -> list[Candidate]:
    """The first ones, and for each that does not answer, or lacks channels, one more; the first is
    never given up."""
    found: list[Candidate] = []
    good = 0
    for each in candidates:
        if each is None:
            continue
        healthy = is_healthy(each.key)
        whole = healthy and is_whole(each.key)
        if whole or (healthy and len(found) < count) or not found:
            found.append(each)
            good += whole
        if good == count:
            break
    return found


class _Dialled:
    """The stations one can dial, as seen from one of them."""

    def __init__(self, roster: Roster, me: Station, draw: Draw, *, allow_private: bool) -> None:
        self._roster = roster
        self._me = me
        self._draw = draw
        self._allow_private = allow_private

    def find(self, station: str) -> Candidate | None:
        """A member that can be dialled, None for one that cannot."""
        known = self._roster.get(station)
        if known is None or known.ended is not None or known.id == self._me.id:
            return None
        urls = tuple(u for u in known.endpoints if self._allow_private or is_public(u))
        return Candidate(urls, known.key, known.id) if urls else None

    def outside(self) -> Iterator[Candidate | None]:
        """Members of other regions, the wider first; the rest is sorted only when these fail."""
        roster, mine = self._roster, self._roster.region(self._me.id)
        for tier in ("regional", "grassroots"):
            others = [id_ for id_ in roster.by_tier.get(tier, ()) if roster.region(id_) != mine]
            yield from map(self.find, self._draw.order(self._me.id, tier, others))

    def national(self) -> Iterator[Candidate | None]:
        """National members."""
        yield from map(self.find, self._roster.by_tier.get("national", ()))


def _named(roster: Roster, candidate: Candidate) -> Candidate:
    station = roster.station_of(candidate.key)
    if station is None:
        return candidate
    return Candidate(candidate.urls, station.key, station.id)


def is_public(url: str) -> bool:
    """Whether an address from the registry may be dialled: no private network, no local name.

    A public name that resolves to a private address is refused when it is dialled.
    """
    host = ""
    try:
        host = urlsplit(url).hostname or ""
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_LOCAL_SUFFIXES)


async def check_public(url: str) -> None:
    """Check that a name from the registry does not lead into a private network.

    Raises:
        UnreachableError: it does, or there is no such name.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port)
    except OSError as error:
        raise UnreachableError(f"{url}: no such name ({error.strerror})") from None
    if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise UnreachableError(
            f"{url} is a private address", "Allow it with peering.allow_private, if it is meant."
        )
