"""The grassroots tier: what every station does, and all that a local one does (A6).

What a station can do is in :mod:`grassroots.station`. Commands ask a running node and load nothing
of it, so they are named here.
"""

COMMANDS = {
    "activity": (
        "grassroots.commands.engagements:activity",
        "Meetings, trainings, exhibitions this station held.",
    ),
    "agreement": (
        "grassroots.commands.agreements:app",
        "Agreements made from templates, and their versions.",
    ),
    "asking": (
        "grassroots.commands.asking:app",
        "Ask enterprises without account; use their answers.",
    ),
    "consent": (
        "grassroots.commands.consents:consent",
        "What enterprises agreed to be disclosed, and withdrew.",
    ),
    "contract": (
        "grassroots.commands.agreements:contract",
        "Technology contracts and their amounts.",
    ),
    "deadlines": (
        "grassroots.commands.deadlines:deadlines",
        "By when the next act in each open referral is due.",
    ),
    "engagement": (
        "grassroots.commands.engagements:app",
        "Services agreed for enterprises, and what came.",
    ),
    "enterprise": (
        "grassroots.commands.enterprises:app",
        "Cards of enterprises, kept at this station only.",
    ),
    "file": (
        "grassroots.commands.files:app",
        "Files of needs, results, reports, cases and visits.",
    ),
    "interest": (
        "grassroots.commands.approaches:interest",
        "Offer help with a need, answer such offers.",
    ),
    "introduce": (
        "grassroots.commands.approaches:introduce",
        "Bring a need's station and another together.",
    ),
    "introduction": (
        "grassroots.commands.approaches:introduction",
        "Introductions by a station above, and their answers.",
    ),
    "match": ("grassroots.commands.matching:match", "What fits a need or a result, and why."),
    "need": (
        "grassroots.commands.needs:app",
        "Needs of enterprises, from the first draft to the day they are met.",
    ),
    "ranking": (
        "grassroots.commands.rankings:app",
        "The ranking of stations: read it, recompute it.",
    ),
    "referral": (
        "grassroots.commands.helping:app",
        "Referrals: hand a need to another station, see it through.",
    ),
    "report": ("grassroots.commands.reports:app", "Performance reports."),
    "resource": (
        "grassroots.commands.resources:app",
        "Experts, brokers, societies, institutions, services.",
    ),
    "result": ("grassroots.commands.results:app", "Results on offer, and how ripe they are."),
    "screening": (
        "grassroots.commands.screenings:screening",
        "National's lists of results screened against needs.",
    ),
    "search": ("grassroots.commands.matching:search", "Find results, needs or experts by words."),
    "visit": ("grassroots.commands.visits:app", "Visits to enterprises."),
    "vocabulary": (
        "grassroots.commands.watching:vocabulary",
        "The station's own words, used in matching.",
    ),
    "watch": (
        "grassroots.commands.watching:watch",
        "Saved searches, and what arrived that fits them.",
    ),
    "work": ("grassroots.commands.work:app", "Who here works on which case or need."),
}
"""Commands by name: where each is, and what it does; the node says whose mode one is for."""
