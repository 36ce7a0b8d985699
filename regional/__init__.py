"""The regional tier: everything a grassroots station does, and admission and approval (A3)."""

COMMANDS = {
    "report": ("regional.commands:report", "Performance reports."),
}
"""The commands that do more than those of the same name at a local station."""
