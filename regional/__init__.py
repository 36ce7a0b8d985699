"""The regional tier: everything a grassroots station does, and admission and approval (A3)."""

from grassroots import CAPABILITIES as GRASSROOTS
from grassroots.introducing import CAPABILITY as INTRODUCING
from node.capability import Mode
from node.supervision import supervise

CAPABILITIES = (*GRASSROOTS, *supervise("regional.commands:report"), INTRODUCING)

STATION = Mode("regional", "区域站点", CAPABILITIES)
