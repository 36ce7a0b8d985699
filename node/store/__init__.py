"""The store: chunks of signed entries, heads, feed, cursors, guard file, private tables."""

from node.store.absence import FIRST_TURN, AbsentBody, Erasure, Place, Turn
from node.store.guard import Guard, GuardedHead
from node.store.merging import merge_chunks
from node.store.private import (
    Account,
    Draft,
    DraftStep,
    Enterprise,
    GuessRow,
    MatchAlert,
    NeedOrigin,
    PrivateFile,
    ResourcePerson,
    SavedSearch,
    SessionRow,
    Synonym,
    TrailRow,
    VisitNote,
)
from node.store.reading import Reading
from node.store.store import Preface, Store
from node.store.stored import FeedPage, HeldRun, Recent, StoredLog, StoredRun
from node.store.tables import HOLDING, HoldingRow, table_of
from node.store.telling import (
    ConsentRow,
    MailAddress,
    MailRow,
    NoticeMark,
    NoticeRead,
    NoticeRow,
)
from node.store.views import StoreView
from node.store.writing import Writing

__all__ = [
    "FIRST_TURN",
    "HOLDING",
    "AbsentBody",
    "Account",
    "ConsentRow",
    "Draft",
    "DraftStep",
    "Enterprise",
    "Erasure",
    "FeedPage",
    "Guard",
    "GuardedHead",
    "GuessRow",
    "HeldRun",
    "HoldingRow",
    "MailAddress",
    "MailRow",
    "MatchAlert",
    "NeedOrigin",
    "NoticeMark",
    "NoticeRead",
    "NoticeRow",
    "Place",
    "Preface",
    "PrivateFile",
    "Reading",
    "Recent",
    "ResourcePerson",
    "SavedSearch",
    "SessionRow",
    "Store",
    "StoreView",
    "StoredLog",
    "StoredRun",
    "Synonym",
    "TrailRow",
    "Turn",
    "VisitNote",
    "Writing",
    "merge_chunks",
    "table_of",
]
