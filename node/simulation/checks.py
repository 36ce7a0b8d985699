"""What must hold when the dust has settled: the promises, asked of every node (DESIGN 0).

Each check takes the world and says what is wrong, in a line per finding; nothing is good.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from sqlalchemy import select

from node.durability import find_own
from node.readmodels.entries import EntryRow
from node.rebuild import Digests, readmodel_digest, rebuild
from node.simulation.clerk import recompute
from node.simulation.disk import DATABASE
from node.simulation.machine import SimNode, lasts_in
from node.simulation.sealed import SEALED_NAME, can_open, find_parts
from node.simulation.world import HOUR_MS, World
from node.store import FIRST_TURN, Reading, table_of
from protocol.header import LogId, entry_id, is_header_signed, parse_header
from protocol.keys import digest
from protocol.limits import CHANNELS

Check = Callable[[World], list[str]]

SETTLE_MS = 6 * HOUR_MS
"""Longer than the longest retry, back-off and comparison of heads together."""


def settle(world: World, within_ms: int = SETTLE_MS) -> bool:
    """Fair weather, every machine up, and time until all honest nodes hold the same."""
    world.weather.clear()
    for node in world.nodes.values():
        node.doom = None
        node.revive()

    def is_settled() -> bool:
        return not find_differing_heads(world) and not find_absent(world)

    return world.run_until(is_settled, within_ms, every_ms=10_000)


def heads_of(node: SimNode, channels: Sequence[str] = CHANNELS) -> str:
    """One word for all heads a node shows in some channels."""
    return node.store.read(lambda reading: reading.digest(channels))


def find_differing_heads(world: World) -> list[str]:
    """All honest nodes show the same heads in the channels they hold (P3, P9)."""
    return [
        fault
        for channels in _scopes(world)
        for fault in _differing(
            "heads", {node.name: heads_of(node, channels) for node in _holders(world, channels)}
        )
    ]


def _scopes(world: World) -> list[tuple[str, ...]]:
    """What channels honest nodes hold: each such set once, the widest first."""
    found = dict.fromkeys(node.channels for node in world.honest())
    return sorted(found, key=lambda channels: -len(channels))


def _holders(world: World, channels: Iterable[str]) -> list[SimNode]:
    """The honest nodes that hold all of these channels."""
    wanted = {*channels}
    return [node for node in world.honest() if wanted <= {*node.channels}]


def find_absent(world: World) -> list[str]:
    """Honest nodes hold every body that is not erased (SPEC 4.4)."""
    return [
        f"{node.name} lacks bodies"
        for node in world.honest()
        if node.store.read(lambda reading: reading.list_absent(FIRST_TURN, 1))
    ]


def find_differing_rosters(world: World) -> list[str]:
    """All honest nodes agree who is a member."""
    return _differing("roster", {node.name: node.roster.digest() for node in world.honest()})


def find_differing_read_models(world: World) -> list[str]:
    """The read models are the same at all nodes that hold the same channels, and the same when
    made anew (P9)."""
    faults: list[str] = []
    digests: dict[tuple[str, tuple[str, ...]], dict[str, str]] = defaultdict(dict)
    for node in world.honest():
        for name, value in _digests(node).by_name.items():
            digests[name, node.channels][node.name] = value
    for (name, _), values in digests.items():
        faults += _differing(f"read model {name}", values)
    if world.honest():
        node = world.honest()[-1]
        before = _digests(node).total
        if rebuild(node.store, node.ingest).total != before:
            faults.append(f"{node.name}: read models made anew are not the same")
    return faults


def _digests(node: SimNode) -> Digests:
    return node.store.read(lambda reading: readmodel_digest(reading, node.ingest.projections))


def find_differing_rankings(world: World) -> list[str]:
    """Every node that holds performance computes the same ranking from the same cut (P5)."""
    nodes = _holders(world, ("performance",))
    found = {node.name: repr(sorted(recompute(node).items())) for node in nodes}
    return _differing("ranking", found)


def _differing(what: str, values: dict[str, str]) -> list[str]:
    if len(set(values.values())) <= 1:
        return []
    most, _ = Counter(values.values()).most_common(1)[0]
    others = sorted(name for name, value in values.items() if value != most)
    return [f"{what} differs at {', '.join(others)} of {len(values)} nodes"]


def find_lost(world: World) -> list[str]:
    """What two nodes other than the author committed is held by all that hold its channel (P1).

    What its own author disputes by a second signature is not: each node keeps the branch it got.
    """
    faults = []
    held = {node.name: node.store.read(lasts_in) for node in world.honest()}
    survivors = {node.name for node in world.nodes.values() if not node.has_lost_state}
    for log, seq in sorted(world.ledger.durable.items()):
        witnesses = world.ledger.holders(log)
        due = min(seq, max((witnesses.get(name, -1) for name in survivors), default=-1))
        forks = [node.roster.disputed(log) for node in world.honest()]
        due = min([due, *(fork - 1 for fork in forks if fork is not None)])
        for name, lasts in held.items():
            if log.channel in world[name].channels and lasts.get(log, -1) < due:
                faults.append(
                    f"{name} lacks {world.name_of(log.author)}/{log.channel}"
                    f" {lasts.get(log, -1) + 1}..{due}"
                )
    return faults


def _lines(node: SimNode) -> Iterator[tuple[LogId, bytes, bytes]]:
    runs = node.store.read(lambda reading: list(reading.log_runs()))
    for run in runs:
        for header, body in zip(*run.lines(), strict=True):
            yield run.log, header, body


def find_own_forks(world: World) -> list[str]:
    """No honest node ever signed two entries for one position (P4)."""
    liars = {node.keyring.public for node in world.nodes.values() if not node.is_honest}
    signed = {place: set(ids) for place, ids in world.ledger.signed.items()}
    for node in world.nodes.values():
        for log, line, _ in _lines(node) if node.is_up else ():
            signed.setdefault((log, parse_header(line).seq), set()).add(entry_id(line))
    return sorted(
        f"{world.name_of(log.author)}/{log.channel} forks at {seq}"
        for (log, seq), ids in signed.items()
        if len(ids) > 1 and log.author not in liars
    )


@lru_cache(maxsize=65_536)
def _is_authentic(author: str, header: bytes, body: bytes) -> bool:
    parsed = parse_header(header)
    return is_header_signed(header, author) and (not body or digest(body) == parsed.digest)


def find_forged(world: World) -> list[str]:
    """Nothing is in force that its author did not sign, nothing held but as evidence (P2)."""
    return [
        f"{node.name} holds an entry of {world.name_of(log.author)} that is not signed by it"
        for node in world.honest()
        for log, header, body in _lines(node)
        if not _is_authentic(log.author, header, body)
        and not node.roster.disputes.covers(log, parse_header(header).seq)
    ]


def find_shown_unsigned(world: World) -> list[str]:
    """Every entry that pages show is one whose signed line is held (P2)."""
    faults = []
    for node in world.honest():
        held = {entry_id(line) for _, line, _ in _lines(node)} | set(node.roster.disputes.kept)
        shown = node.store.read(_shown_ids)
        faults += [f"{node.name} shows {id_}, which nobody signed" for id_ in sorted(shown - held)]
    return faults


def _shown_ids(reading: Reading) -> set[str]:
    return set(reading.connection.execute(select(table_of(EntryRow).c.id)).scalars())


def find_readable_secrets(world: World) -> list[str]:
    """What is sealed is opened by its recipients and nobody else, and nowhere in the clear (P7)."""
    faults = []
    for node in world.honest():
        for sealed, context in find_parts(node):
            meant = {each.station for each in sealed.recipients}
            is_meant = node.me is not None and node.id in meant
            if can_open(node, sealed, context) != is_meant:
                faults.append(f"{node.name} {'cannot' if is_meant else 'can'} read what was sealed")
        written = b"".join(path.read_bytes() for path in sorted(node.folder.glob(f"{DATABASE}*")))
        if SEALED_NAME.encode() in written:
            faults.append(f"{node.name} holds a sealed name in the clear")
    return faults


def find_overstated(world: World) -> list[str]:
    """What a node shows as durable, two others have committed (P1)."""
    faults = []
    for node in world.honest():
        heads = node.store.read(lambda reading: reading.heads(node.keyring.public))  # noqa: B023
        for log in find_own(node.holdings, node.roster, heads).logs:
            named = LogId(node.keyring.public, log.channel, log.epoch)
            durable = world.ledger.durable.get(named, -1)
            if log.durable_seq > durable:
                faults.append(
                    f"{node.name} shows {log.channel} durable to {log.durable_seq}, not {durable}"
                )
    return faults


CHECKS: tuple[Check, ...] = (
    find_lost,
    find_overstated,
    find_own_forks,
    find_forged,
    find_shown_unsigned,
    find_readable_secrets,
    find_absent,
    find_differing_heads,
    find_differing_rosters,
    find_differing_read_models,
    find_differing_rankings,
)


def check_all(world: World) -> list[str]:
    """Every check, on the settled world."""
    return [fault for check in CHECKS for fault in check(world)]
