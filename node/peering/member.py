"""What a running node and a simulated one are alike to their conversations: one half of a
:class:`~node.peering.host.Host`; time, waiting, the store and the wires are the other."""

from collections.abc import Iterable
from typing import Protocol

from node.capability import Workplace
from node.clock import Random
from node.holdings import Holdings
from node.peering.host import Followers
from protocol.roster import Roster, Station


class Member(Workplace, Protocol):
    """A node, real or simulated, as far as its conversations need no more than its parts."""

    @property
    def me(self) -> Station | None: ...
    @property
    def followers(self) -> Followers: ...
    @property
    def feed_epoch(self) -> int: ...
    @property
    def random(self) -> Random: ...


class MemberHost:
    """The half of a host that its node's parts answer for."""

    def __init__(self, member: Member) -> None:
        """Speak for a node."""
        self._member = member

    @property
    def key(self) -> str:
        """Its public key."""
        return self._member.keyring.public

    @property
    def network(self) -> str:
        """The network's id."""
        return self._member.network.id

    @property
    def roster(self) -> Roster:
        """Who is a member."""
        return self._member.roster

    @property
    def me(self) -> Station | None:
        """The station, None before it is admitted."""
        return self._member.me

    @property
    def followers(self) -> Followers:
        """Who reads its feed."""
        return self._member.followers

    @property
    def holdings(self) -> Holdings:
        """What peers said of their copies of own entries (P1)."""
        return self._member.holdings

    @property
    def feed_epoch(self) -> int:
        """Which feed its positions belong to."""
        return self._member.feed_epoch

    def now_ms(self) -> int:
        """Unix time by its clock."""
        return self._member.clock.now_ms()

    def jitter(self) -> float:
        """0.75 to 1.25."""
        return 0.75 + int.from_bytes(self._member.random(2)) / 0x20000

    def note_heard(self, key: str) -> None:
        """A peer has said what it holds of the own logs, and they are whole here."""
        self._member.recovery.note_heard(key)

    def note_chosen(self, keys: Iterable[str]) -> None:
        """These are the peers the node dials from now on."""
        self._member.recovery.choose(keys)
