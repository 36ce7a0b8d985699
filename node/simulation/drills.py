"""Drills on a converged country: a region goes dark, and the rest must carry on without it (P3)."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from node.simulation.apart import apart
from node.simulation.casework import salt_of
from node.simulation.chance import SeededBytes
from node.simulation.checks import heads_of
from node.simulation.clerk import new_need
from node.simulation.country import BEAT_MS, Country, CountryNode
from node.simulation.world import HOUR_MS
from protocol.entry import Entry
from protocol.keys import SigningKey, sealing_public_key
from protocol.records import ReferralAccepted, ReferralRequested

LOOK_MS = 5_000
"""How often is looked whether an entry came: all processes wait for one another then."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What became of the rest without one region: ``beats`` until all agreed and had it all.

    ``came_back`` is None where the region was left away for good.
    """

    removed: str
    nodes: int
    converged: bool
    admitted: bool
    referred: bool
    beats: float
    came_back: bool | None

    @property
    def holds(self) -> bool:
        """Whether nothing was amiss."""
        return self.converged and self.admitted and self.referred and self.came_back is not False


def drill(country: Country, removed: str, *, comes_back: bool = True) -> Drill:
    """Take a province with all below it, or national, away; the rest admits and refers.

    Args:
        country: converged; all its processes call this together.
        removed: the station's name.
        comes_back: whether it is switched on again in the end, and must catch up.
    """
    team = country.team
    dark = [node for node in country.country_nodes() if _is_in(node.name, removed)]
    country.halt(dark)
    began_ms = country.clock.now
    left = [node for node in country.country_nodes() if node.is_up]
    admission = _admit(country, left)
    referred = _refer(country, *_two_far_apart(country, left))
    converged = country.run_until(country.is_converged, HOUR_MS, BEAT_MS // 5)
    beats = (country.clock.now - began_ms) / BEAT_MS
    up = country.own_up()
    admitted = team.all_say(all(admission.id in node.roster.stations for node in up))
    same = len(set().union(*team.tell({heads_of(node) for node in up}))) == 1
    back = None
    if comes_back:
        country.light(dark)
        back = country.run_until(country.is_converged, HOUR_MS, BEAT_MS // 5)
    return Drill(removed, len(dark), converged and same, admitted, referred, round(beats, 1), back)


def drill_apart(country: Country, names: Sequence[str]) -> Iterator[Drill]:
    """Each drill on a copy of the country that ends with it; the region does not come back."""

    def play(name: str) -> dict[str, object]:
        return asdict(drill(country, name, comes_back=False))

    for told in apart([partial(play, name) for name in names]):
        yield Drill(**told)


def _is_in(name: str, removed: str) -> bool:
    return name == removed or (removed != "national" and name.startswith(removed[:2]))


def _two_far_apart(country: Country, left: list[CountryNode]) -> tuple[CountryNode, CountryNode]:
    """Two local associations of different provinces."""
    tier = country.founding.tier
    local = [node for node in left if tier(country.station_id(node)) == "grassroots"]
    first = local[0]
    return first, next(node for node in reversed(local) if node.name[:2] != first.name[:2])


def _refer(country: Country, sender: CountryNode, receiver: CountryNode) -> bool:
    """A need goes from one to the other, who accepts: whether both hear of it."""
    need = country.publish(sender, lambda: new_need(sender, "演练"))
    to = country.station_id(receiver)
    asked = country.publish(
        sender, lambda: ReferralRequested(salt=salt_of(sender), need=need.id, to=to)
    )
    if not _reaches(country, receiver, asked):
        return False
    answer = country.publish(receiver, lambda: ReferralAccepted(after=(asked.id,)), asked.id)
    return _reaches(country, sender, answer)


def _admit(country: Country, left: list[CountryNode]) -> Entry:
    """Some issuer admits a station it never admitted before."""
    up = {node.name for node in left}
    seat = next(s for s in country.seats if s.level == "county" and {s.name, s.parent} <= up)
    issuer = country.nodes[seat.parent or ""]
    secrets = SeededBytes(f"{country.seed} keys of a station that joins {seat.name}")
    record = country.admission(seat, country.station_id(issuer)).model_copy(
        update={
            "key": SigningKey(secrets(32)).public,
            "recovery": SigningKey(secrets(32)).public,
            "sealing": sealing_public_key(secrets(32)),
            "name": f"{seat.name} 的新站",
            "endpoints": (),
        }
    )
    return country.publish(issuer, lambda: record)


def _reaches(country: Country, node: CountryNode, entry: Entry) -> bool:
    """Whether a node comes to hold an entry within the hour."""

    def is_there() -> bool:
        if not country.is_own(node):
            return country.team.all_say(True)
        tail = node.store.read(lambda reading: reading.head(entry.header.log))
        return country.team.all_say(tail is not None and tail.seq >= entry.header.seq)

    return country.run_until(is_there, HOUR_MS, LOOK_MS)
