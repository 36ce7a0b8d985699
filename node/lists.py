"""The lists a station brings in from files, by name; nothing else, so that commands start fast."""

from typing import Literal

ListKind = Literal[
    "enterprises",
    "visits",
    "needs",
    "results",
    "resources",
    "engagements",
    "activities",
    "contracts",
]
"""A list with a template, an import and an export (A17)."""
