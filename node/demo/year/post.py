"""How the twelve exchange entries: the conversations of sync, answers called, not sent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from node.answering import answer, check_push
from node.errors import UnreachableError
from node.peering.choice import Candidate
from node.peering.host import Ask
from node.peering.link import Link
from node.peering.running import RunningHost
from node.simulation.host import Straight
from protocol.actions import Peer
from protocol.messages import PushRequest, Request, write_outcomes
from protocol.pull import pull
from protocol.reconciling import visit
from protocol.sync import Response

if TYPE_CHECKING:
    from node.app import Node


class PostHost(RunningHost):
    """A running node's host that speaks when the script lets it, to those in its process."""

    def __init__(self, node: "Node", hosts: Mapping[str, "PostHost"]) -> None:
        """Speak for a node; ``hosts`` are all of them, by their keys."""
        super().__init__(node)
        self._hosts = hosts

    def elapsed_ms(self) -> int:
        """The script's time, which never runs back."""
        return self.now_ms()

    async def sleep(self, ms: int) -> None:
        """Between two days of the script nobody waits."""

    async def wait_beyond(self, position: int, ms: int) -> bool:
        """Whether the feed is beyond a position now."""
        return self.position > position

    async def ask(self, link: Link, request: Request) -> Response:
        """Have the peer answer a request, as its door would.

        Raises:
            Refused: what the peer refused.
            UnreachableError: there is no such station here.
        """
        key = link.candidate.key
        if key not in self._hosts:
            raise UnreachableError(f"no station {key} takes part")
        other = self._hosts[key]
        if isinstance(request, PushRequest):
            check_push(other, self.key, request.text)
            return write_outcomes(await other.receive(request.text, self.key))
        return await answer(other, self.key, request, key)

    def asking(self, ask: Ask) -> Straight:
        """Send a conversation's requests by ``ask``."""
        return Straight(ask)


class Post:
    """Carries entries between stations and those above them, whenever the script says so."""

    def __init__(self, nodes: Mapping[str, "Node"], parents: Mapping[str, str]) -> None:
        """``nodes`` by name, the highest first; ``parents`` says who dials whom."""
        hosts: dict[str, PostHost] = {}
        for node in nodes.values():
            hosts[node.keyring.public] = PostHost(node, hosts)
        self._links: dict[str, tuple[Link, Peer]] = {}
        for name, parent in parents.items():
            host = hosts[nodes[name].keyring.public]
            key = nodes[parent].keyring.public
            link = Link(host, Candidate((f"post://{parent}",), key), lambda: (), frozenset)
            self._links[name] = (link, Peer(host.key, key, host.network, host.channels))
        self._lower_first = [*parents][::-1]

    async def join(self) -> None:
        """Everyone takes in what those above hold; the registry comes first (SPEC 7.8)."""
        for name in reversed(self._lower_first):
            link, peer = self._links[name]
            await link.drive(pull(peer, 0))

    async def go_round(self) -> None:
        """What each has written goes up, and comes down to all others."""
        for name in (*self._lower_first, *reversed(self._lower_first)):
            link, peer = self._links[name]
            await link.drive(visit(peer))
