"""A small country for tests: a founded network and real nodes on free ports of this machine."""

from collections.abc import Callable, Sequence
from pathlib import Path

from node.app import Node
from node.config import Config, load_config
from node.council import (
    add_signatures,
    create_network,
    draft_act,
    draft_admission,
    load_council_key,
)
from node.folder import AdmissionRequest, init_node
from node.settings import PeerAddress
from protocol.genesis import STATIONS
from protocol.records import MembershipIn, Record, StationAdmitted

YEAR_MS = 365 * 24 * 3600 * 1000


class Country:
    """A network with its council at hand, and the folders of its nodes."""

    def __init__(self, folder: Path) -> None:
        """Found the network in ``folder``."""
        self.folder = folder
        self.network = create_network(folder / "network", "测试网")
        self.genesis = folder / "network" / "genesis.json"
        self.requests: dict[str, AdmissionRequest] = {}

    def init(
        self, name: str, mode: str, peers: Sequence[Node | PeerAddress] = (), **settings: object
    ) -> Config:
        """Make a node's folder; it will dial ``peers`` and listen on any free port."""
        peering = {"allow_private": True, "backoff_s": 0.2, "wait_s": 5}
        known = [
            (peer if isinstance(peer, PeerAddress) else peer_address(peer)).model_dump()
            for peer in peers
        ]
        self.requests[name] = init_node(
            self.folder / name,
            mode=mode,
            name=name,
            genesis=self.genesis,
            settings={"listen_port": 0, "peers": known, "peering": peering, **settings},
        )
        return load_config(self.folder / name)

    def council_admission(self, name: str, from_ms: int) -> Record:
        """The first station's admission, signed by the council."""
        key = load_council_key(next((self.folder / "network" / "council").iterdir()))
        record = draft_admission(
            self.requests[name], (STATIONS, "national"), division=None, from_ms=from_ms, days=395
        )
        return add_signatures(self.network, draft_act(self.network, record), [key]).record()

    async def found(self, node: Node) -> None:
        """Have the first station publish its own council-signed admission."""
        from_ms = node.clock.now_ms() - 1000
        await node.publisher.apublish(self.council_admission(node.config.name, from_ms))

    async def admit(
        self, issuer: Node, name: str, level: str, division: str | None = None, **more: object
    ) -> str:
        """Have ``issuer`` admit a node below itself; returns the station's lasting id."""
        me = issuer.me
        assert me is not None
        request = self.requests[name]
        from_ms = issuer.clock.now_ms() - 1000
        fields: dict[str, object] = {
            "station": None,
            "replaces": None,
            "key": request.key,
            "recovery": request.recovery,
            "sealing": request.sealing,
            "name": name,
            "memberships": (MembershipIn(hierarchy=STATIONS, level=level, parent=me.id),),
            "division": division,
            "endpoints": (),
            "from_ms": from_ms,
            "until_ms": from_ms + YEAR_MS,
        }
        record = StationAdmitted.model_validate({**fields, **more})
        entry = await issuer.publisher.apublish(record)
        return entry.id


def peer_address(node: Node) -> PeerAddress:
    """Where a running node is dialled."""
    return PeerAddress(url=node.address, key=node.keyring.public)


async def wait_until(node: Node, is_so: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait, woken by the node's own feed, until something is so; fail loudly when it is not."""
    loop_end = node.clock.now_ms() + timeout_s * 1000
    while not is_so():
        assert node.clock.now_ms() < loop_end, "it did not come about"
        await node.hub.wait_beyond(node.hub.position, 0.1)
