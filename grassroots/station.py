"""The grassroots tier: what every station does, and all that a local one does (A6)."""

from grassroots.approaches import CAPABILITY as APPROACHES
from grassroots.asking import CAPABILITY as ASKING
from grassroots.assigning import CAPABILITY as ASSIGNING
from grassroots.attachments import CAPABILITY as ATTACHMENTS
from grassroots.deadlines import CAPABILITY as DEADLINES
from grassroots.desks import CAPABILITY as DESKS
from grassroots.desks.consents import CAPABILITY as CONSENT_DESKS
from grassroots.desks.watching import CAPABILITY as WATCHING_DESK
from grassroots.disclosure import CAPABILITY as DISCLOSURE
from grassroots.dossiers import CAPABILITY as DOSSIERS
from grassroots.engagements import CAPABILITY as ENGAGEMENTS
from grassroots.enterprises import CAPABILITY as ENTERPRISES
from grassroots.evidence import CAPABILITY as EVIDENCE
from grassroots.helping import CAPABILITY as HELPING
from grassroots.matching import CAPABILITY as MATCHING
from grassroots.needs import CAPABILITY as NEEDS
from grassroots.rankings import CAPABILITY as RANKINGS
from grassroots.referrals import CAPABILITY as REFERRALS
from grassroots.reports import CAPABILITY as REPORTS
from grassroots.resources import CAPABILITY as RESOURCES
from grassroots.results import CAPABILITY as RESULTS
from grassroots.reviewing import CAPABILITY as REVIEWING
from grassroots.rights import CAPABILITY as RIGHTS
from grassroots.screenings import CAPABILITY as SCREENINGS
from grassroots.summaries import CAPABILITY as SUMMARIES
from grassroots.tables import CAPABILITY as TABLES
from grassroots.visits import CAPABILITY as VISITS
from grassroots.withdrawals import CAPABILITY as CONSENTS
from node.capability import Capability, Mode
from node.console import PAGES
from node.mail.pages import CAPABILITY as MAIL
from node.notices.pages import CAPABILITY as NOTICES
from node.people.pages import CAPABILITY as PEOPLE
from node.supervision.admission import ACTS

CONSOLE = Capability(name="console", title="控制台", serves=("L1",), pages=PAGES)

CAPABILITIES = (
    CONSOLE,
    NOTICES,
    ENTERPRISES,
    DOSSIERS,
    RIGHTS,
    VISITS,
    NEEDS,
    REVIEWING,
    SUMMARIES,
    RESULTS,
    RESOURCES,
    SCREENINGS,
    MATCHING,
    REFERRALS,
    HELPING,
    APPROACHES,
    ASSIGNING,
    DEADLINES,
    DISCLOSURE,
    CONSENTS,
    EVIDENCE,
    CONSENT_DESKS,
    WATCHING_DESK,
    ENGAGEMENTS,
    ASKING,
    REPORTS,
    RANKINGS,
    TABLES,
    ATTACHMENTS,
    ACTS,
    DESKS,
    PEOPLE,
    MAIL,
)

STATION = Mode("grassroots", "基层站点", CAPABILITIES)
