"""The peers a node keeps in touch with, chosen anew when the roster changes or one goes down."""

from collections.abc import Callable, Sequence

from node.peering.choice import Candidate, Draw, choose_peers
from node.peering.health import PeerState
from node.peering.host import Host
from node.peering.link import Link
from protocol.roster import Roster

CHOOSE_MS = 30_000
"""How often the choice is looked over, for peers that went down since."""
FAILURES_MAX = 3
"""After so many failures in a row another peer is taken beside, or instead."""

MakeLink = Callable[
    [Host, Candidate, Callable[[], Sequence[Link]], Callable[[], frozenset[str]]], Link
]


class Circle:
    """All links of a node, in the order of the reasons for keeping them; one of them leads.

    The lead's entries come in full. The others say what they hold, and are asked for what the
    lead does not bring: an entry comes to a node once. Where no peer that answers holds all
    channels that are held here, several lead.
    """

    def __init__(
        self,
        host: Host,
        configured: Sequence[Candidate],
        *,
        allow_private: bool,
        make_link: MakeLink = Link,
    ) -> None:
        """Dial nobody yet.

        Args:
            host: the node.
            configured: the peers its configuration names.
            allow_private: whether addresses of the registry that are not public are dialled.
            make_link: makes the link to a peer.
        """
        self.links: dict[str, Link] = {}
        self._host = host
        self._configured = tuple(configured)
        self._allow_private = allow_private
        self._make_link = make_link
        self._draw = Draw()
        self._failures: dict[str, int] = {}
        self._partial: frozenset[str] = frozenset()
        self._roster: Roster | None = None
        self._known: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    async def keep(self) -> None:
        """Choose again whenever the roster is another one, and every half minute."""
        host = self._host
        while not host.is_closed:
            again_ms = host.elapsed_ms() + CHOOSE_MS
            while host.roster is self._roster and host.elapsed_ms() < again_ms:
                await host.wait_beyond(host.position, again_ms - host.elapsed_ms())
                if host.is_closed:
                    return
            if host.roster is not self._roster:
                for link in self.links.values():
                    link.retry()
            self.dial()

    def dial(self) -> None:
        """Choose, and begin to talk to whoever is new."""
        for link in self.choose():
            link.start()

    def choose(self) -> list[Link]:
        """Let go of who is not chosen any more; the new links, not started yet."""
        self._failures.update((key, link.health.failures) for key, link in self.links.items())
        met = [each for each in self.links.items() if each[1].health.last_ok_ms is not None]
        self._partial -= {key for key, link in met if link.is_whole}
        self._partial |= {key for key, link in met if not link.is_whole}
        down = frozenset(key for key, count in self._failures.items() if count >= FAILURES_MAX)
        known = (down, self._partial)
        if self._host.roster is self._roster and known == self._known:
            return []
        self._roster, self._known = self._host.roster, known
        chosen = choose_peers(
            self._host.roster,
            self._host.me,
            self._configured,
            allow_private=self._allow_private,
            is_healthy=lambda key: key not in down,
            is_whole=lambda key: key not in self._partial,
            draw=self._draw,
        )
        wanted = {each.key: each for each in chosen if each.key != self._host.key}
        self._host.note_chosen(wanted)
        for key, link in self.links.items():
            if key not in wanted or wanted[key].urls != link.candidate.urls:
                link.close()
        kept = {
            key: link
            for key, link in self.links.items()
            if key in wanted and wanted[key].urls == link.candidate.urls
        }
        new = {
            key: self._make_link(self._host, each, self.find_leads, self.followed)
            for key, each in wanted.items()
            if key not in kept
        }
        self.links = {key: kept.get(key) or new[key] for key in wanted}
        for key, link in self.links.items():
            link.health.station = wanted[key].station
        return list(new.values())

    def find_leads(self) -> list[Link]:
        """The first that is followed and holds all channels; if there is none, as many as bring
        them together. Those that may be up are reckoned with where who is followed lacks any.
        """
        followed = [link for link in self.links.values() if link.is_following]
        held = set(self._host.channels)
        if followed and held.issubset(followed[0].channels):
            return followed[:1]
        hopeful = (PeerState.CONNECTING, PeerState.UP)
        awaited = [link for link in self.links.values() if link.health.state in hopeful]
        leads: list[Link] = []
        missing = set(held)
        for links in (followed, awaited):
            for link in sorted(links, key=lambda each: -len(each.channels)):
                if not missing.isdisjoint(link.channels):
                    leads.append(link)
                    missing.difference_update(link.channels)
        return leads

    def followed(self) -> frozenset[str]:
        """The keys of the peers."""
        return frozenset(self.links)

    def retry(self, key: str) -> None:
        """A station called: if it is a peer that was down, it need not be waited for."""
        link = self.links.get(key)
        if link is not None:
            link.retry()

    def close(self) -> None:
        """End every conversation."""
        for link in self.links.values():
            link.close()
        self.links = {}
