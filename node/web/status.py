"""How a node stands, in figures a keeper reads and a program compares (M4)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from node.audit import audited_to
from node.calendar import moment_of
from node.durability import OwnEntries, View, find_own
from node.forks import ForkSeen, find_forks
from node.holdings import sample_own
from node.readmodels import PROJECTIONS, entries
from node.rebuild import readmodel_digest
from node.web.numbers import count_numbers
from protocol.keys import digest
from protocol.limits import CHANNELS, FORMAT
from protocol.ranges import Range

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


class NetworkView(View):
    """The network this node belongs to."""

    id: str
    name: str


class JobView(View):
    """Scheduled work: times in Unix milliseconds."""

    name: str
    every_s: int
    last_ms: int | None
    took_ms: int
    runs: int
    outcome: str
    next_ms: int | None


class LackView(View):
    """Entries ``first`` to ``last`` of a log; ``station`` wrote them."""

    station: str | None
    author: str
    channel: str
    epoch: int
    first: int
    last: int


class PeerView(View):
    """A peer: where it answers, whether it does, and how far behind this node's copy is.

    ``lag`` counts feed positions; times are Unix milliseconds. ``lacks`` counts the entries held
    here that the peer does not show, as of ``lacking_ms``; ``lacking`` names some of them.
    ``channels`` are those it holds, as it last said.
    """

    url: str
    key: str
    station: str | None
    name: str
    state: str
    last_ok_ms: int | None
    last_error: str
    position: int | None
    lag: int | None
    next_retry_ms: int | None
    channels: list[str]
    lacks: int
    lacking_ms: int | None
    lacking: list[LackView]


class ForkView(View):
    """A log with evidence against its author, disputed from ``seq`` on (SPEC 5.8).

    ``disputed`` counts the entries held from there on, ``kept`` those in force in spite of it.
    """

    station: str
    author: str
    channel: str
    epoch: int
    seq: int
    disputed: int
    kept: int
    is_own: bool


class StatusView(View):
    """How this node stands.

    ``state`` is recovering while its peers are asked what they hold of its own logs, at the longest
    until ``ready_ms`` (Unix), then ready: only then it signs.
    ``channels`` are those this node holds.
    ``station`` is None until the network admitted it; ``tier`` is what it was admitted as,
    ``mode`` what it runs as. ``inert`` counts stored entries without effect, by reason; ``held``
    counts runs of others that wait for a roster or a clock; ``full_until`` names the channels
    whose quota is used up, and until when (Unix ms). ``audited`` is the feed position up to which
    every signature was checked.
    """

    network: NetworkView
    format: str
    name: str
    mode: str
    tier: str | None
    station: str | None
    key: str
    is_admitted: bool
    state: str
    ready_ms: int
    advice: str
    address: str
    started_ms: int
    channels: list[str]
    position: int
    audited: int
    entries: int
    own: OwnEntries
    inert: dict[str, int]
    held: int
    full_until: dict[str, int]
    stations: int
    heads: str
    numbers: dict[str, int]
    forks: list[ForkView]
    peers_up: int
    peers: list[PeerView]
    jobs: list[JobView]


class DigestsView(View):
    """``heads`` over every log's head, ``readmodels`` over every table, ``total`` over those."""

    position: int
    heads: str
    readmodels: dict[str, str]
    total: str


def heads_digest(reading: "Reading", channels: Sequence[str] = CHANNELS) -> str:
    """One digest over the heads this node holds: equal on two nodes that hold the same logs."""
    lines = sorted(
        f"{head.log.author} {head.log.channel} {head.log.epoch} {head.seq} {head.id}\n"
        for head in reading.heads()
        if head.log.channel in channels
    )
    return digest("".join(lines).encode("ascii"))


async def status(node: "Node") -> StatusView:
    """Gather how the node stands, as of one moment of the store."""
    roster = node.roster
    keys = [key.public for key in node.keyring.signing_keys]
    position, audited, heads, inert, held, numbers, seen, own, sample = await node.store.aread(
        lambda reading: (
            reading.feed_head,
            audited_to(reading),
            heads_digest(reading, node.scope.held),
            entries.count_inert(reading),
            len(reading.held()),
            count_numbers(reading),
            find_forks(reading, roster),
            [head for key in keys for head in reading.heads(key)],
            sample_own(reading, keys),
        )
    )
    node.holdings.sample(sample)
    forks = fork_views(node, seen)
    me = node.me
    peers = peer_views(node)
    return StatusView(
        network=NetworkView(id=node.network.id, name=node.network.genesis.name),
        format=FORMAT,
        name=me.name if me else node.config.name,
        mode=node.mode.name,
        tier=node.roster.tier(me.id) if me else None,
        station=me.id if me else None,
        key=node.keyring.signing.public,
        is_admitted=me is not None and me.ended is None,
        state=str(node.recovery.state),
        ready_ms=node.recovery.until_ms,
        advice=advise(node, inert, forks),
        address=node.address,
        started_ms=node.started_ms,
        channels=list(node.scope.held),
        position=position,
        audited=audited,
        entries=numbers["entries"],
        own=find_own(node.holdings, roster, own),
        inert=inert,
        held=held,
        full_until=_full_until(node),
        stations=len(node.roster.stations),
        heads=heads,
        numbers=numbers,
        forks=forks,
        peers_up=sum(peer.state == UP for peer in peers),
        peers=peers,
        jobs=[JobView.model_validate(state) for state in node.scheduler.states()],
    )


UP = "up"
LACKING_SHOWN = 20
"""Ranges a peer lacks that are named; the count is of all."""


def fork_views(node: "Node", seen: Sequence[ForkSeen]) -> list[ForkView]:
    """The forks known here; ``is_own`` where a key of this station signed them."""
    me = node.me
    return [
        ForkView(**each._asdict(), is_own=me is not None and each.station == me.id) for each in seen
    ]


def advise(node: "Node", inert: dict[str, int], forks: Sequence[ForkView] = ()) -> str:
    """What the keeper should do next, or nothing."""
    return _advise_waiting(node) or _advise_writing(node, inert, forks)


def _advise_waiting(node: "Node") -> str:
    """What stands against writing at all."""
    me = node.me
    if not node.recovery.is_ready:
        return f"Wait before writing: {node.recovery.reason}."
    if me is None:
        return (
            "This station is not admitted yet: nothing it writes is accepted by others. "
            "Send the admission request of 'yizhan network join' to the station above."
        )
    if me.ended is not None:
        return f"This station's membership has ended ({me.ended}). Ask the station above."
    return ""


def _advise_writing(node: "Node", inert: dict[str, int], forks: Sequence[ForkView]) -> str:
    full = _full_until(node)
    if full:
        return "The quota is used up: " + "; ".join(
            f"{channel} until {moment_of(free_ms)}" for channel, free_ms in full.items()
        )
    if any(fork.is_own and fork.disputed > fork.kept for fork in forks):
        return (
            "A log of this station forked: two entries were signed for one position, as after a "
            "restored backup. The next entry opens a new epoch. See /entries?reason=disputed and "
            "keep those this station stands by (POST /api/v1/entries/ID/keep)."
        )
    if inert.get("beyond-level"):
        return "Entries beyond the level of their author are kept without effect; see /entries."
    return ""


def _full_until(node: "Node") -> dict[str, int]:
    now_ms = node.clock.now_ms()
    return {name: at_ms for name, at_ms in node.publisher.full_until.items() if at_ms > now_ms}


def peer_views(node: "Node") -> list[PeerView]:
    """The peers this node keeps, with the names the roster gives them."""
    found = []
    for peer in node.peering.peers():
        station = node.roster.get(peer.station) if peer.station else None
        names = PeerView.model_fields.keys() - {"name", "lacking"}
        fields = {name: getattr(peer, name) for name in names}
        lacking = [_lack_view(node, each) for each in peer.lacking[:LACKING_SHOWN]]
        found.append(PeerView(name=station.name if station else "", lacking=lacking, **fields))
    return found


def _lack_view(node: "Node", lacking: Range) -> LackView:
    station = node.roster.station_of(lacking.log.author)
    return LackView(
        station=station.id if station else None,
        first=lacking.first,
        last=lacking.last,
        **lacking.log._asdict(),
    )


async def digests(node: "Node") -> DigestsView:
    """Digest every head and every read-model row, as of one moment of the store."""

    position, heads, found = await node.store.aread(
        lambda reading: (
            reading.feed_head,
            heads_digest(reading, node.scope.held),
            readmodel_digest(reading, PROJECTIONS),
        )
    )
    return DigestsView(
        position=position, heads=heads, readmodels=dict(found.by_name), total=found.total
    )
