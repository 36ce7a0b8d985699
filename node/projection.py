"""Read models: what the signed entries amount to, and the runner that keeps them (DESIGN P9)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, Table
from sqlmodel import SQLModel

from protocol.header import LogId
from protocol.records import Record
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.store import Writing


class Fact(NamedTuple):
    """One stored entry as the read models see it: judged once, parsed once.

    ``record`` is None when the entry is inert; ``reason`` then says why. ``station`` is the
    author's lasting station id (never the key), ``-`` when the roster knows no such key.
    """

    id: str
    log: LogId
    seq: int
    time: int
    kind: str
    subject: str
    station: str
    record: Record | None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Projection:
    """A read model: tables, the kinds it folds, and the fold.

    ``project(tx, roster, facts)`` gets the facts of its kinds (all entries, inert ones too, when
    ``kinds`` is None) in arrival order, many at a time. Whatever the order of arrival between
    logs, the tables must end up the same; inside a log the order is the log's.
    ``project_roster(tx, roster)`` is called when the roster changed.
    Tables hold nothing local: no arrival times, no row numbers, no node's own view.
    ``forget(tx, ids)`` takes back what entries gave whose bodies came or went, so that they can be
    folded again, and names other entries to be folded again with them; where it is None the read
    models are folded anew for that. One that has it does not look at the order inside a log either.
    ``digested`` picks the rows that the digest covers, all when it is None.
    """

    name: str
    version: int
    tables: tuple[type[SQLModel], ...]
    kinds: frozenset[str] | None
    project: Callable[["Writing", Roster, Sequence[Fact]], None]
    project_roster: Callable[["Writing", Roster], None] | None = None
    digested: Callable[[Table], ColumnElement[bool]] | None = None
    forget: Callable[["Writing", Sequence[str]], Iterable[str]] | None = None
