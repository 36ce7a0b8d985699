"""Lists as data: one description of each column, used by template, import and export (A17, L1)."""

from node.tables.catalogue import ENTERPRISES, LAYOUTS, NEEDS, RESULTS, VISITS, get_layout
from node.tables.layout import Column, Layout
from node.tables.offers import RESOURCES
from node.tables.rows import read_fields, row_key
from node.tables.services import ACTIVITIES, CONTRACTS, ENGAGEMENTS

__all__ = [
    "ACTIVITIES",
    "CONTRACTS",
    "ENGAGEMENTS",
    "ENTERPRISES",
    "LAYOUTS",
    "NEEDS",
    "RESOURCES",
    "RESULTS",
    "VISITS",
    "Column",
    "Layout",
    "get_layout",
    "read_fields",
    "row_key",
]
