"""The national tier: all a grassroots station does, admission, approval, ranking, screening."""

COMMANDS = {
    "ranking": ("national.commands:ranking", "The ranking of stations: read it, recompute it."),
    "report": ("national.commands:report", "Performance reports."),
    "screening": (
        "national.commands:screening",
        "National's lists of results screened against needs.",
    ),
}
"""The commands that do more than those of the same name at a local station."""
