"""The pages on which a station's people work: cards, visits, needs on their way to publication."""

from grassroots.desks.assigned import DESKS as ASSIGNED
from grassroots.desks.cards import DESKS as CARDS
from grassroots.desks.cases import DESKS as CASES
from grassroots.desks.files import DESKS as FILES
from grassroots.desks.lists import DESKS as LISTS
from grassroots.desks.needs import DESKS as NEEDS
from grassroots.desks.summaries import PAGES
from grassroots.desks.visits import DESKS as VISITS
from node.capability import Capability

CAPABILITY = Capability(
    name="desks",
    title="需求办理",
    serves=("A6", "A7", "B2", "B3", "B9", "B10", "L1"),
    pages=PAGES,
    desks=(*NEEDS, *ASSIGNED, *CARDS, *CASES, *VISITS, *FILES, *LISTS),
    channels=("needs",),
)
