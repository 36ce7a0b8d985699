"""The regional tier: everything a grassroots station does, and admission and approval (A3)."""

from grassroots.introducing import CAPABILITY as INTRODUCING
from grassroots.station import CAPABILITIES as GRASSROOTS
from node.capability import Mode
from node.supervision.station import CAPABILITIES as SUPERVISION

CAPABILITIES = (*GRASSROOTS, *SUPERVISION, INTRODUCING)

STATION = Mode("regional", "区域站点", CAPABILITIES)
