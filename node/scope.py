"""Which channels a node holds: it takes in, serves and writes no others (SPEC 7.9)."""

from collections.abc import Iterable
from dataclasses import dataclass

from node.errors import NotAllowedError
from protocol.acts import REGISTRY
from protocol.limits import CHANNELS


@dataclass(frozen=True, slots=True)
class Scope:
    """The channels ``held``, in the order of SPEC 3.1, and those the node's work ``needs``."""

    held: tuple[str, ...] = CHANNELS
    needs: tuple[str, ...] = ()

    @property
    def unheld(self) -> tuple[str, ...]:
        """The channels the node does not hold."""
        return tuple(channel for channel in CHANNELS if channel not in self.held)

    def check(self, channel: str, purpose: str) -> None:
        """Check that a channel is held.

        Args:
            channel: its name.
            purpose: what would be done with it, as in "this entry belongs in it".

        Raises:
            NotAllowedError: it is not; says what to do, and which channels the work here needs.
        """
        if channel not in self.held:
            raise NotAllowedError(
                f"this node does not hold the channel {channel}: {purpose}",
                f"Add it to 'channels' in node.toml and start the node again; {self._advice}.",
            )

    @property
    def _advice(self) -> str:
        lacking = [channel for channel in self.needs if channel not in self.held]
        return (
            f"it holds {', '.join(self.held)}, and its mode's work needs {', '.join(self.needs)}"
            if lacking
            else f"it holds {', '.join(self.held)}"
        )


def order_channels(names: Iterable[str]) -> tuple[str, ...]:
    """Channels in the order of SPEC 3.1, each once, the registry always among them.

    Raises:
        ValueError: one of them is no channel.
    """
    wanted = {REGISTRY, *names}
    unknown = sorted(wanted.difference(CHANNELS))
    if unknown:
        raise ValueError(f"'{unknown[0]}' is no channel; choose of {', '.join(CHANNELS)}")
    return tuple(channel for channel in CHANNELS if channel in wanted)
