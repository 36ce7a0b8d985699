"""The pages on which a station's people work: cards, visits, needs on their way to publication."""

from grassroots.desks.cards import DESKS as CARDS
from grassroots.desks.files import DESKS as FILES
from grassroots.desks.lists import DESKS as LISTS
from grassroots.desks.visits import DESKS as VISITS
from node.capability import Capability

CAPABILITY = Capability(
    name="desks",
    title="工作台",
    serves=("A6", "B2", "L1"),
    desks=(*CARDS, *VISITS, *FILES, *LISTS),
)
