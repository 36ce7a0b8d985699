"""The national tier: all a grassroots station does, admission, approval, ranking, screening."""

from grassroots import CAPABILITIES as GRASSROOTS
from national.ranking import CAPABILITY as RANKING
from national.screening import CAPABILITY as SCREENING
from node.capability import Mode
from node.supervision import supervise

CAPABILITIES = (*GRASSROOTS, *supervise("national.commands:report"), RANKING, SCREENING)

STATION = Mode("national", "国家站点", CAPABILITIES)
