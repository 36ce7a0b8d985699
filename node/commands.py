"""The composition root of the command line: what the tiers add to the node's own commands.

A command asks a running node, whatever its mode, and the node says what its own mode cannot do. So
nothing of the tiers is loaded here but the names.
"""

import grassroots
import national
import regional

COMMANDS: dict[str, tuple[str, str]] = {
    **grassroots.COMMANDS,
    **regional.COMMANDS,
    **national.COMMANDS,
}
"""By a command's name ``module:app`` and what it does; one that two tiers extend is the fullest."""
