"""Peers: whom to talk to, how they do, and the talking (DESIGN 1.5, 1.7)."""

from node.peering.engine import Peering
from node.peering.health import PeerHealth, PeerState

__all__ = ["PeerHealth", "PeerState", "Peering"]
