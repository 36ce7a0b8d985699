"""The national tier: all a grassroots station does, admission, approval, ranking, screening."""

from grassroots import CAPABILITIES as GRASSROOTS
from grassroots.introducing import CAPABILITY as INTRODUCING
from national.ranking import CAPABILITY as RANKING
from national.screening import CAPABILITY as SCREENING
from node.capability import Mode
from node.supervision import supervise

CAPABILITIES = (
    *GRASSROOTS,
    *supervise("national.commands:report"),
    RANKING,
    SCREENING,
    INTRODUCING,
)

STATION = Mode("national", "国家站点", CAPABILITIES)
