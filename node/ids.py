"""Ids of what a station keeps to itself: cards, visits, drafts, accounts."""

from node.clock import Random
from protocol.keys import encode_b64

ID_BYTES = 12


def new_id(random: Random) -> str:
    """16 characters of base64url, the first no hyphen: commands take them for no option."""
    while (made := encode_b64(random(ID_BYTES))).startswith("-"):
        pass
    return made
