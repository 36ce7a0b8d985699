"""The national tier: all a grassroots station does, admission, approval, ranking, screening."""

COMMANDS = {
    "introduce": (
        "grassroots.commands.approaches:introduce",
        "Bring a need's station and another together.",
    ),
    "ranking": ("national.commands:ranking", "The ranking of stations: read it, recompute it."),
    "report": ("national.commands:report", "Performance reports."),
    "screening": (
        "national.commands:screening",
        "National's lists of results screened against needs.",
    ),
}
"""Its own commands, and those that say more than a local station's."""
