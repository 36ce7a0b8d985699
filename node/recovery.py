"""May this node append to its own logs yet? (SPEC 5.7, DESIGN 1.4)

A disk may go back in time, guard file and all; then only peers know the newest own entry. So a
node starts RECOVERING: it reads and relays, and appends nothing until every peer it dials has said
what it holds of the node's own logs, or until it has waited long enough.
"""

from collections.abc import Iterable
from enum import StrEnum

from node.errors import RecoveringError

RECOVER_S = 30
"""How long peers are waited for, unless the configuration says otherwise."""


class NodeState(StrEnum):
    """Whether the node may append to its own logs."""

    RECOVERING = "recovering"
    READY = "ready"


class Recovery:
    """READY, unless :meth:`begin` was called: then RECOVERING until the peers have answered.

    ``until_ms`` is the moment at which the node stops waiting for them (Unix ms).
    """

    def __init__(self) -> None:
        """Nothing to wait for: a node that dials nobody, or a command on a node that rests."""
        self.state = NodeState.READY
        self.until_ms = 0
        self._dialled: frozenset[str] = frozenset()
        self._heard: set[str] = set()

    def begin(self, until_ms: int) -> None:
        """The node starts; its peers are not chosen yet."""
        self.state = NodeState.RECOVERING
        self.until_ms = until_ms
        self._heard.clear()

    def choose(self, peers: Iterable[str]) -> None:
        """These are the keys of the peers the node dials; with none there is nothing to ask."""
        self._dialled = frozenset(peers)
        self._settle()

    def note_heard(self, peer: str) -> None:
        """A peer has said what it holds of the own logs, and what was lacking is here again."""
        self._heard.add(peer)
        self._settle()

    def give_up(self) -> None:
        """Enough waited: go on with what is known."""
        self.state = NodeState.READY

    @property
    def is_ready(self) -> bool:
        """Whether the node may append."""
        return self.state is NodeState.READY

    @property
    def reason(self) -> str:
        """What is waited for, in words; empty when the node is READY."""
        if self.is_ready:
            return ""
        silent = len(self._dialled - self._heard)
        return (
            f"{silent} of {len(self._dialled)} peers have not said yet which entries of this"
            " station they hold"
        )

    def check(self) -> None:
        """Check that the node may append.

        Raises:
            RecoveringError: it may not, and until when to wait.
        """
        if not self.is_ready:
            raise RecoveringError(
                f"this node has just started: {self.reason}",
                "try again in a few seconds; until then it reads and relays, and signs nothing",
                self.until_ms,
            )

    def _settle(self) -> None:
        if self._dialled <= self._heard:
            self.state = NodeState.READY
