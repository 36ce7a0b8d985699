"""The council hands over to another (SPEC 6.11)."""

from collections.abc import Sequence
from pathlib import Path

from node.clock import Random, system_random
from node.council import SignedAct, add_signatures, draft_act, write_keys
from node.errors import ConfigError
from node.folder import building
from protocol.acts import CARRIED, Act, RegistryEntry, read_act
from protocol.genesis import Network
from protocol.keys import SigningKey
from protocol.limits import COUNCIL_KEYS_MAX
from protocol.records import CouncilRotated
from protocol.roster import fold


def draft_handover(
    network: Network,
    registry: Sequence[RegistryEntry],
    folder: Path,
    *,
    keys: int,
    threshold: int,
    random: Random = system_random,
) -> SignedAct:
    """Make the keys of the next council, and the act that names it, signed by all of them.

    Every act of the council in force is kept. The members of the council in office sign next.

    Args:
        network: the genesis.
        registry: the registry entries held.
        folder: where the key files go; must not exist, or be empty.
        keys: how many, 1..64.
        threshold: how many of them must sign an act.
        random: where secret bytes come from.

    Raises:
        ConfigError: the folder is in use, or the numbers do not fit.
    """
    if not 1 <= threshold <= keys <= COUNCIL_KEYS_MAX:
        raise ConfigError(
            f"{threshold} of {keys} keys is no council",
            f"Choose 1 to {COUNCIL_KEYS_MAX} keys, of which at least one must sign.",
        )
    council = [SigningKey(random(32)) for _ in range(keys)]
    roster = fold(network, registry)
    acts = [
        read_act(network, entry)
        for entry in registry
        if entry.kind == CARRIED and entry.entry_id not in roster.inert
    ]
    kept = {act.id for act in acts if isinstance(act, Act) and roster.council.signed(act)}
    record = CouncilRotated(
        number=len(roster.council.sittings),
        keys=tuple(key.public for key in council),
        threshold=threshold,
        acts=tuple(sorted(kept)),
    )
    with building(folder) as place:
        write_keys(place, council)
    return add_signatures(network, draft_act(network, record), council)
