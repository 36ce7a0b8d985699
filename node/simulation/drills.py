"""Drills on a converged country: a region goes dark, and the rest must carry on without it (P3)."""

from dataclasses import dataclass

from node.simulation.checks import heads_of
from node.simulation.clerk import new_need, salt_of
from node.simulation.country import BEAT_MS, Country, CountryNode
from node.simulation.world import HOUR_MS
from protocol.entry import Entry
from protocol.records import ReferralAccepted, ReferralRequested


@dataclass(frozen=True, slots=True)
class Drill:
    """What became of the rest without one region: ``beats`` each time until all agreed."""

    removed: str
    nodes: int
    converged: bool
    renewed: bool
    referred: bool
    beats: float
    came_back: bool

    @property
    def holds(self) -> bool:
        """Whether nothing was amiss."""
        return self.converged and self.renewed and self.referred and self.came_back


def drill(country: Country, removed: str) -> Drill:
    """Take a province with all below it, or national, away; then bring it back.

    Args:
        country: converged.
        removed: the station's name.
    """
    dark = [node for node in country.country_nodes() if _is_in(node.name, removed)]
    for node in dark:
        node.halt()
    began_ms = country.clock.now
    left = [node for node in country.country_nodes() if node.is_up]
    sender, receiver = _two_far_apart(left)
    renewal = _renew(country, left)
    need = sender.publish(new_need(sender, "演练"))
    assert need is not None
    asked = sender.publish(ReferralRequested(salt=salt_of(sender), need=need.id, to=receiver.id))
    arrived = asked is not None and _reaches(country, [receiver], asked)
    answer = arrived and asked and receiver.publish(ReferralAccepted(after=(asked.id,)), asked.id)
    referred = bool(answer) and _reaches(country, [sender], answer)  # type: ignore[arg-type]
    converged = country.run_until(country.is_converged, HOUR_MS, BEAT_MS // 5)
    beats = (country.clock.now - began_ms) / BEAT_MS
    renewed = all(renewal.id in _acts(node) for node in left)
    same = len({heads_of(node) for node in left}) == 1
    for node in dark:
        node.light()
    back = country.run_until(country.is_converged, HOUR_MS, BEAT_MS // 5)
    return Drill(removed, len(dark), converged and same, renewed, referred, round(beats, 1), back)


def _is_in(name: str, removed: str) -> bool:
    return name == removed or (removed != "national" and name.startswith(removed[:2]))


def _acts(node: CountryNode) -> set[str]:
    return {station.act for station in node.roster.stations.values()}


def _two_far_apart(left: list[CountryNode]) -> tuple[CountryNode, CountryNode]:
    """Two local associations of different provinces."""
    local = [node for node in left if node.roster.tier(node.id) == "grassroots"]
    first = local[0]
    return first, next(node for node in reversed(local) if node.name[:2] != first.name[:2])


def _renew(country: Country, left: list[CountryNode]) -> Entry:
    """Some issuer renews one of its members."""
    up = {node.name for node in left}
    seat = next(s for s in country.seats if s.level == "county" and {s.name, s.parent} <= up)
    issuer = country.nodes[seat.parent or ""]
    member = country.nodes[seat.name].me
    assert member is not None
    record = country.admission(seat, issuer.id).model_copy(
        update={"station": member.id, "replaces": member.act}
    )
    entry = issuer.publish(record)
    assert entry is not None
    return entry


def _reaches(country: Country, nodes: list[CountryNode], entry: Entry) -> bool:
    def is_there() -> bool:
        return all(
            (tail := node.store.read(lambda reading: reading.head(entry.header.log))) is not None
            and tail.seq >= entry.header.seq
            for node in nodes
        )

    return country.run_until(is_there, HOUR_MS, 1000)
