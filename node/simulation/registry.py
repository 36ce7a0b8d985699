"""The registry of a large network, written at once, as its issuers would have signed it."""

from node.simulation.plan import Seat
from node.simulation.world import START_MS, World
from protocol.acts import act_id
from protocol.chain import join_text
from protocol.entry import Tail, write_entry
from protocol.header import LogId
from protocol.keys import SigningKey
from protocol.records import ActCarried, LogOpened, Record


def write_registry(world: World) -> list[bytes]:
    """The registry of a network as its issuers sign it: a log each, the highest first."""
    ids: dict[str, str] = {}
    below: dict[str, list[Seat]] = {}
    for seat in world.seats[1:]:
        below.setdefault(seat.parent or "", []).append(seat)
    top = world.seats[0]
    carried = world.carry(world.admission(top, None))
    ids[top.name] = _act_id(world, carried)
    texts = []
    ring = [top.name]
    while ring:
        name = ring.pop(0)
        records: list[Record] = [LogOpened()]
        records += [carried] if name == top.name else []
        seats = below.get(name, [])
        records += [world.admission(seat, ids[name]) for seat in seats]
        if len(records) > 1:
            lines, entries = _write(world, world.nodes[name].keyring.signing, records)
            texts.append(lines)
            ids.update(zip([seat.name for seat in seats], entries[-len(seats) :], strict=True))
            ring += [seat.name for seat in seats]
    return texts


def _act_id(world: World, carried: ActCarried) -> str:
    return act_id(world.network.id, carried.act)


def _write(world: World, key: SigningKey, records: list[Record]) -> tuple[bytes, list[str]]:
    log = LogId(key.public, "registry", START_MS // 1000)
    tail: Tail | None = None
    headers, bodies, ids = [], [], []
    for record in records:
        time = START_MS if tail is None else tail.time + 1
        entry = write_entry(
            key, world.network.id, log, tail, time=time, kind=record.KIND, subject="-",
            body=record.body(),
        )  # fmt: skip
        tail = Tail(entry.header.seq, entry.id, time)
        headers.append(entry.line)
        bodies.append(entry.body)
        ids.append(entry.id)
    return join_text(headers, bodies), ids
