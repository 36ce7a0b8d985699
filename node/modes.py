"""The composition root of the modes: the only place that names them (DESIGN section 2, P6)."""

import grassroots.station
import national.station
import regional.station
from node.capability import Mode
from node.errors import ConfigError

MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (grassroots.station.STATION, regional.station.STATION, national.station.STATION)
}
"""The modes by name, each containing the one before."""


def get_mode(name: str) -> Mode:
    """The mode of that name.

    Raises:
        ConfigError: there is no such mode.
    """
    mode = MODES.get(name)
    if mode is None:
        raise ConfigError(f"'{name}' is no mode", f"Set mode to one of: {', '.join(MODES)}.")
    return mode
