"""The store: chunks of signed entries, heads, feed, cursors, guard file, private tables."""

from node.store.guard import Guard, GuardedHead
from node.store.merging import merge_chunks
from node.store.reading import Reading
from node.store.store import Store
from node.store.stored import FeedPage, HeldRun, Recent, StoredLog, StoredRun
from node.store.tables import (
    HOLDING,
    Draft,
    Enterprise,
    HoldingRow,
    NeedOrigin,
    VisitNote,
    table_of,
)
from node.store.views import StoreView
from node.store.writing import Writing

__all__ = [
    "HOLDING",
    "Draft",
    "Enterprise",
    "FeedPage",
    "Guard",
    "GuardedHead",
    "HeldRun",
    "HoldingRow",
    "NeedOrigin",
    "Reading",
    "Recent",
    "Store",
    "StoreView",
    "StoredLog",
    "StoredRun",
    "VisitNote",
    "Writing",
    "merge_chunks",
    "table_of",
]
