"""The national tier: everything a grassroots station does, and admission, approval, ranking."""

from grassroots import CAPABILITIES as GRASSROOTS
from national.ranking import CAPABILITY as RANKING
from node.capability import Mode
from node.supervision import supervise

CAPABILITIES = (*GRASSROOTS, *supervise("national.commands:report"), RANKING)

STATION = Mode("national", "国家站点", CAPABILITIES)
