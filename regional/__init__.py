"""The regional tier: everything a grassroots station does, and admission and approval (A3)."""

COMMANDS = {
    "introduce": (
        "grassroots.commands.approaches:introduce",
        "Bring a need's station and another together.",
    ),
    "report": ("regional.commands:report", "Performance reports."),
}
"""Its own commands, and those that say more than a local station's."""
