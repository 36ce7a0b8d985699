"""The national tier: all a grassroots station does, admission, approval, ranking, screening."""

from grassroots.introducing import CAPABILITY as INTRODUCING
from grassroots.station import CAPABILITIES as GRASSROOTS
from national.ranking import CAPABILITY as RANKING
from national.screening import CAPABILITY as SCREENING
from node.capability import Mode
from node.supervision.station import CAPABILITIES as SUPERVISION

CAPABILITIES = (
    *GRASSROOTS,
    *SUPERVISION,
    RANKING,
    SCREENING,
    INTRODUCING,
)

STATION = Mode("national", "国家站点", CAPABILITIES)
